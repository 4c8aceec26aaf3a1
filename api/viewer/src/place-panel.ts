// What is known of one place or one facility.

import type { Atlas, Column, Facility, Language, Layer, Place, PlaceIndicator } from "./atlas";
import { el } from "./dom";
import { placeName, sayMeasure, sayNumber, sayUnknown, sayValue, titleParts } from "./formats";
import { notComputed, sourceList } from "./sources";
import { caution } from "./texts/cautions";
import { sayMapa } from "./texts/mapa";

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
    el("h3", {}, sayMapa("general", language)),
    ...topics(place.indicators, language),
    ...notComputed(atlas, language),
    sourceList(place.sources, language),
    el("p", {}, el("a", {
      href: `/collections/${place.layer}/items/${place.cvegeo}`, type: "application/geo+json",
    }, sayMapa("download", language))),
  ];
}

function headline(
  item: PlaceIndicator, place: Place, atlas: Atlas, language: Language,
): Node[] {
  const within = place.parents.find((parent) => parent.cvegeo === place.siblings.within);
  const where = within?.name ?? sayMapa("here", language);
  const rank = item.rank && item.rank.of > 1
    ? el("p", { class: "rank" }, sayMapa("rank", language,
        sayNumber(item.rank.position, "count", language),
        sayNumber(item.rank.of, "count", language), where))
    : null;
  const references = (item.references ?? []).map((reference) => {
    const parent = place.parents.find((candidate) => candidate.cvegeo === reference.cvegeo);
    const layer = atlas.layers.find((candidate) => candidate.level === reference.level);
    return el("li", {}, `${parent?.name ?? layer?.title[language] ?? reference.level}: `,
      el("strong", {}, reference.value === null
        ? sayUnknown(language) : sayNumber(reference.value, item.kind, language)));
  });
  return [
    el("section", { class: "headline" },
      el("h3", {}, item.title[language]),
      el("p", { class: "value" }, ...valueOf(item, language, true)),
      rank,
      references.length > 0 ? el("ul", { class: "references" }, ...references) : null,
      el("h4", {}, sayMapa("says", language)),
      el("p", {}, `${item.description[language]}. ${caution(item, language)}`)),
  ];
}

function valueOf(item: PlaceIndicator, language: Language, large = false): (Node | string)[] {
  if (item.value === null) {
    const reason = item.reason?.[language] ?? "";
    return [el("span", { class: "unknown" }, sayUnknown(language)),
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
      el("summary", {}, capital(named) || sayMapa("population", language)), el("dl", {}, ...rows));
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
    el("p", { class: "kind" }, sayMapa("facility", language)),
    el("h2", { id: "panel-title", tabindex: "-1" }, typeof name === "string" ? name : facility.id),
    el("dl", {}, ...rows),
    el("p", { class: "note" }, sayMapa("facilityCaution", language)),
    sourceList(atlas.sources.filter((source) => used.has(source.role)), language),
  ];
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
