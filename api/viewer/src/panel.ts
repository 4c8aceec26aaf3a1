// What is known of one place or one facility.

import type { Atlas, Column, Facility, FoundCentre, Language, Layer, Place, PlaceIndicator, Source } from "./atlas";
import { el } from "./dom";
import { distance } from "./finder";
import { caution, placeName, say, sayMeasure, sayNumber, sayValue, titleParts } from "./texts";
import type { TextId } from "./texts";

export function placePanel(
  place: Place, atlas: Atlas, shown: string | null, language: Language,
): Node[] {
  const layer = atlas.layers.find((item) => item.id === place.layer);
  const level = layer?.title[language] ?? place.level;
  const current = place.indicators.find((item) => item.name === shown);
  const parents = place.parents.map((parent) => parent.name ?? parent.cvegeo);
  return [
    el("p", { class: "kind" }, [level, ...parents].join(" · ")),
    el("h2", { id: "panel-title", tabindex: "-1" }, placeName(place.name, place.cvegeo, place.level, language)),
    el("p", { class: "code" }, `cvegeo ${place.cvegeo}`),
    ...(current ? headline(current, place, atlas, language) : []),
    el("h3", {}, say("general", language)),
    ...topics(place.indicators, language),
    ...notComputed(atlas, language),
    sourceList(place.sources, language),
    el("p", {}, el("a", {
      href: `/collections/${place.layer}/items/${place.cvegeo}`, type: "application/geo+json",
    }, say("download", language))),
  ];
}

function headline(
  item: PlaceIndicator, place: Place, atlas: Atlas, language: Language,
): Node[] {
  const within = place.parents.find((parent) => parent.cvegeo === place.siblings.within);
  const where = within?.name ?? say("here", language);
  const rank = item.rank && item.rank.of > 1
    ? el("p", { class: "rank" }, say("rank", language,
        sayNumber(item.rank.position, "count", language),
        sayNumber(item.rank.of, "count", language), where))
    : null;
  const references = (item.references ?? []).map((reference) => {
    const parent = place.parents.find((candidate) => candidate.cvegeo === reference.cvegeo);
    const layer = atlas.layers.find((candidate) => candidate.level === reference.level);
    return el("li", {}, `${parent?.name ?? layer?.title[language] ?? reference.level}: `,
      el("strong", {}, reference.value === null
        ? say("unknown", language) : sayNumber(reference.value, item.kind, language)));
  });
  return [
    el("section", { class: "headline" },
      el("h3", {}, item.title[language]),
      el("p", { class: "value" }, ...valueOf(item, language, true)),
      rank,
      references.length > 0 ? el("ul", { class: "references" }, ...references) : null,
      el("h4", {}, say("says", language)),
      el("p", {}, `${item.description[language]}. ${caution(item, language)}`)),
  ];
}

function valueOf(item: PlaceIndicator, language: Language, large = false): (Node | string)[] {
  if (item.value === null) {
    const reason = item.reason?.[language] ?? "";
    return [el("span", { class: "unknown" }, say("unknown", language)),
      large ? el("small", {}, reason) : el("small", { class: "hidden" }, ` (${reason})`)];
  }
  if (typeof item.value === "string") return [sayValue(item.value, language)];
  const [number, unit] = sayMeasure(item.value, item.unit, item.kind, language);
  return unit ? [number, " ", el("small", {}, unit)] : [number];
}

/** Indicators by service or group, each topic folded. */
function topics(indicators: PlaceIndicator[], language: Language): Node[] {
  const byTopic = new Map<string, PlaceIndicator[]>();
  for (const item of indicators) {
    const topic = item.service ?? item.group ?? "";
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), item]);
  }
  return [...byTopic].map(([topic, items]) => {
    const named = items[0] ? titleParts(items[0].title, language)[1] : "";
    const rows = items.map((item) => {
      const [measure, about] = titleParts(item.title, language);
      return el("div", {}, el("dt", {}, topic ? measure : [measure, about].filter(Boolean).join(": ")),
        el("dd", {}, ...valueOf(item, language)));
    });
    return el("details", {},
      el("summary", {}, capital(named) || say("population", language)), el("dl", {}, ...rows));
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function facilityPanel(
  facility: Facility, layer: Layer, atlas: Atlas, language: Language,
): Node[] {
  const name = facility.properties["name"];
  const rows = layer.columns.flatMap((column) => {
    const said = facilityValue(column, facility, language);
    return said === null ? []
      : [el("div", {}, el("dt", {}, column.title[language]), el("dd", {}, said))];
  });
  const used = new Set(layer.columns.flatMap((column) => column.sources));
  return [
    el("p", { class: "kind" }, say("facility", language)),
    el("h2", { id: "panel-title", tabindex: "-1" }, typeof name === "string" ? name : facility.id),
    el("dl", {}, ...rows),
    el("p", { class: "note" }, say("facilityCaution", language)),
    sourceList(atlas.sources.filter((source) => used.has(source.role)), language),
  ];
}

/** The card of a centre that a search found: whether the person may use it, and how to get in touch. */
export function foundPanel(centre: FoundCentre, language: Language): Node[] {
  const { contact, places } = centre;
  const street = [contact["street"], contact["exterior_number"], contact["neighborhood"], contact["postcode"]]
    .filter(Boolean).join(", ");
  const line = (title: TextId, value: Node | string | null): Node | null =>
    value ? el("div", {}, el("dt", {}, say(title, language)), el("dd", {}, value)) : null;
  const range = places.central === null ? null
    : `${sayNumber(places.central, "count", language)} (${sayNumber(places.low ?? 0, "count", language)} – ${sayNumber(places.high ?? 0, "count", language)})`;
  const reached = [
    line("phone", contact["phone"] ? link(`tel:${contact["phone"].replace(/[^+\d]/g, "")}`, contact["phone"]) : null),
    line("email", contact["email"] ? link(`mailto:${contact["email"].toLowerCase()}`, contact["email"].toLowerCase()) : null),
    line("website", contact["website"] ? webLink(contact["website"].toLowerCase()) : null),
    line("address", street),
  ].filter((node) => node !== null);
  return [
    el("p", { class: "kind" }, sayValue(centre.service_type ?? "", language)),
    el("h2", { id: "panel-title", tabindex: "-1" }, centre.name ?? centre.activity ?? centre.facility_id),
    el("section", { class: `headline ${centre.verdict}` },
      el("p", { class: "value" }, distance(centre, language)),
      el("p", { id: "way", role: "status" }),
      el("h3", {}, say("why", language)),
      el("ul", { class: "reasons" }, ...centre.reasons.map((reason) =>
        el("li", { class: reason.kind }, reason.text[language])))),
    el("h3", {}, say("contact", language)),
    reached.length > 0 ? el("dl", {}, ...reached) : el("p", { class: "note" }, say("noContact", language)),
    el("h3", {}, say("whatItIs", language)),
    el("dl", {}, ...[
      line("serviceType", centre.activity),
      line("admits", centre.ages.text[language]),
      line("sector", centre.sector ? sayValue(centre.sector, language) : null),
      line("institution", centre.institution),
      line("entitlements", centre.scheme ? sayValue(centre.scheme, language) : null),
      line("placesEstimate", range),
      line("listed", centre.first_seen),
      line("data", centre.edition ? `DENUE ${centre.edition}` : null),
    ].filter((node) => node !== null)),
    el("p", { class: "note" }, say("facilityCaution", language)),
    el("p", {}, link("https://www.inegi.org.mx/app/mapa/denue/", say("stillOpen", language))),
  ];
}

const link = (address: string, text: string): HTMLElement =>
  el("a", { href: address, rel: "noreferrer noopener" }, text);

/** A web page as the directory writes it, linked only where it is one. */
function webLink(text: string): HTMLElement | string {
  const address = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  return /^https?:\/\/[\w.-]+\.[a-z]{2,}(\/[^\s]*)?$/i.test(address) ? link(address, text) : text;
}

// The heading, the ends of the range of places, and the codes of where it lies.
const CARD_LEAVES_OUT = new Set([
  "name", "places_low", "places_high", "state", "municipality", "locality", "ageb", "block",
]);

/** One line of a facility's card, or null where there is nothing to say. */
function facilityValue(column: Column, facility: Facility, language: Language): string | null {
  const { name, kind } = column;
  const value = facility.properties[name];
  const apart = kind === "identifier" || CARD_LEAVES_OUT.has(name);
  if (apart || value === null || value === undefined || value === "" || value === false) return null;
  if (value === true) return sayValue("si", language);
  if (Array.isArray(value)) return value.map((item) => sayValue(String(item), language)).join(", ");
  if (typeof value !== "number") {
    return /^[a-z_]+$/.test(String(value)) ? sayValue(String(value), language) : String(value);
  }
  const [number, unit] = sayMeasure(value, column.unit, kind, language);
  const low = facility.properties["places_low"];
  const high = facility.properties["places_high"];
  const range = name === "places_central" && typeof low === "number" && typeof high === "number"
    ? ` (${sayNumber(low, kind, language)} – ${sayNumber(high, kind, language)})` : "";
  return `${number}${range} ${unit}`.trim();
}

export function notComputed(atlas: Atlas, language: Language): Node[] {
  if (atlas.not_computed.length === 0) return [];
  const items = atlas.not_computed.map((item) => el("li", {}, item.reason[language]));
  return [el("h3", {}, say("notComputed", language)), el("ul", { class: "gaps" }, ...items)];
}

export function sourceList(sources: Source[], language: Language): HTMLElement {
  // Several files of one publication are one line.
  const lines = new Set(sources.map((source) =>
    [`${source.title[language]}, ${say("edition", language)} ${source.edition}`,
      source.publisher, source.licence, ...source.notes.map((note) => note[language])].join(". ")));
  return el("section", { class: "sources" }, el("h3", {}, say("sources", language)),
    el("ul", {}, ...[...lines].map((line) => el("li", {}, line))));
}
