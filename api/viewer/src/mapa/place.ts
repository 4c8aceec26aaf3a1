// What is known of one place or one facility, in words and small charts.

import { readFacility, readPlace } from "../atlas";
import type { Atlas, Box, Column, Facility, Language, Layer, Place, PlaceIndicator } from "../atlas";
import { bars, histogram } from "../chart";
import type { Bar } from "../chart";
import { el } from "../dom";
import { placeName, sayMeasure, sayNumber, sayUnknown, sayValue, titleParts } from "../formats";
import type { Context } from "../mode";
import { sharing } from "../sharing";
import { notComputed, sourceList } from "../sources";
import { caution } from "../texts/cautions";
import { sayMapa } from "../texts/mapa";
import { agesChart, demandChart } from "./people";
import type { ColumnData, Distribution } from "./data";
import type { Selected } from "./beside";

const BOUND = /_(low|high)(_|$)|_status$/; // bounds are said with what they bound
const SERVICE_GROUPS: Record<string, string> = { guarderia: "infancia", preescolar: "infancia", primaria: "infancia" };
const FEWEST_DRAWN = 5; // places worth a histogram
const NUMERIC = new Set(["count", "time", "rate", "share", "index"]);

/** @param compare the reader wants to compare; it is given the button pressed */
export async function placeNodes(
  context: Context, data: ColumnData, layer: Layer, key: string, shown: string | null,
  compare: (button: HTMLElement) => void,
): Promise<{ nodes: Node[]; box: Box | null }> {
  const { atlas, language } = context;
  const place = await readPlace(layer.level ?? "", key, language);
  const current = place.indicators.find((item) => item.name === shown);
  // A chart that cannot be had leaves the rest as it is.
  const distribution = current && NUMERIC.has(current.kind)
    ? await data.distribution(layer, current.name).catch(() => null) : null;
  const parents = place.parents.map((parent) => parent.name ?? parent.cvegeo);
  const button = el("button", { type: "button" }, sayMapa("compare", language));
  button.addEventListener("click", () => compare(button));
  const sheet = place.links.find((link) => link.type === "application/pdf");
  const nodes = [
    el("p", { class: "kind" }, [layer.title[language], ...parents].join(" · ")),
    el("h2", { id: "panel-title", tabindex: "-1" }, placeName(place.name, place.cvegeo, place.level, language)),
    el("p", { class: "code" }, `${sayMapa("code", language)} ${place.cvegeo}`),
    ...(current ? headline(current, place, atlas, distribution, language) : []),
    el("p", { class: "sharing" }, button),
    ...agesChart(place.indicators, language),
    ...demandChart(place.indicators, language),
    ...sectorChart(place.indicators, current, language),
    el("h3", {}, sayMapa("general", language)),
    ...topics(place.indicators.filter((item) => !BOUND.test(item.name)), language),
    ...notComputed(atlas, language),
    sourceList(place.sources, language),
    el("p", {}, el("a", {
      href: `/collections/${place.layer}/items/${place.cvegeo}`, type: "application/geo+json",
    }, sayMapa("download", language))),
    sharing(language, ...(sheet
      ? [el("a", { class: "button", href: `${sheet.href}?lang=${language}`, type: sheet.type }, sayMapa("sheet", language))] : [])),
  ];
  return { nodes, box: place.bbox };
}

function headline(
  item: PlaceIndicator, place: Place, atlas: Atlas, distribution: Distribution | null, language: Language,
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
    const level = atlas.layers.find((candidate) => candidate.level === reference.level);
    return el("li", {}, `${parent?.name ?? level?.title[language] ?? reference.level}: `,
      el("strong", {}, reference.value === null ? sayUnknown(language) : said(reference.value, item, language)));
  });
  const { low = null, high = null } = item.bounds ?? {};
  return [
    el("section", { class: "headline" },
      el("h3", {}, item.title[language]),
      el("p", { class: "value" }, ...valueOf(item, language, true)),
      low !== null && high !== null && low !== high
        ? el("p", {}, sayMapa("bounds", language, sayNumber(low, item.kind, language), sayNumber(high, item.kind, language)))
        : null,
      rank,
      references.length > 0 ? el("ul", { class: "references" }, ...references) : null,
      ...(distribution ? distributionChart(distribution, item, language) : []),
      el("h4", {}, sayMapa("says", language)),
      el("p", {}, `${item.description[language]}. ${caution(item, language)}`),
      item.method ? el("p", {}, el("a", { href: `/metodos#${item.method}` }, sayMapa("method_link", language))) : null),
  ];
}

function distributionChart({ edges, counts, unknown }: Distribution, item: PlaceIndicator, language: Language): Node[] {
  const [first] = edges;
  const last = edges.at(-1);
  const places = counts.reduce((sum, count) => sum + count, 0);
  if (first === undefined || last === undefined || places < FEWEST_DRAWN) return [];
  const format = (value: number): string => said(value, item, language);
  const many = sayNumber(places, "count", language);
  const value = typeof item.value === "number" ? item.value : null;
  const summary = value === null ? sayMapa("distributionOf", language, many, format(first), format(last))
    : sayMapa("distributionSays", language, many, format(first), format(last), format(value));
  return [
    el("h4", {}, sayMapa("distribution", language)),
    histogram(edges, counts, value === null ? [] : [{ value, label: format(value) }], format,
      { summary, x: sayMeasure(1, item.unit, item.kind, language)[1] || "%" }),
    ...(unknown > 0 ? [el("p", {}, sayMapa("unknownHere", language, sayNumber(unknown, "count", language)))] : []),
  ];
}

/** Centres of the group of people that the indicator shown is about, by who runs them. */
function sectorChart(indicators: PlaceIndicator[], current: PlaceIndicator | undefined, language: Language): Node[] {
  const group = current?.group ?? SERVICE_GROUPS[current?.service ?? ""] ?? current?.service ?? "infancia";
  const items = ([["public", "centres_public"], ["private", "centres_private"], ["civil", "centres_civil_society"]] as const)
    .flatMap(([label, name]): Bar[] => {
      const held = indicators.find((item) => item.name === `${name}_${group}`)?.value;
      return typeof held === "number" ? [{ label: sayMapa(label, language), value: held }] : [];
    });
  if (items.length === 0) return [];
  const format = (value: number): string => sayNumber(value, "count", language);
  const title = el("h3", {}, `${sayMapa("supplyBySector", language)}: ${sayValue(group, language).toLowerCase()}`);
  if (items.every((item) => item.value === 0)) return [title, el("p", { class: "note" }, sayMapa("noSupply", language))];
  const summary = items.map((item) => `${item.label}: ${format(item.value)}`).join("; ");
  return [title, bars(items, format, { summary })];
}

function said(value: number, item: PlaceIndicator, language: Language): string {
  const [number] = sayMeasure(value, item.unit, item.kind, language);
  return number;
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
      // Who walks, or which scheme, tells apart what is measured alike.
      const apart = about === named || !topic ? "" : about.replace(named, "").replace(/^[:,\s]+/, "");
      const title = topic ? [measure, apart].filter(Boolean).join(": ") : [measure, about].filter(Boolean).join(": ");
      return el("div", {}, el("dt", {}, title), el("dd", {}, ...valueOf(item, language)));
    });
    return el("details", {},
      el("summary", {}, capital(named && topic ? named : "") || sayMapa("population", language)), el("dl", {}, ...rows));
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export async function facilityNodes(context: Context, { layer: id, key }: Selected, layer: Layer | undefined): Promise<Node[]> {
  const { atlas, language } = context;
  const facility = await readFacility(id, key, language);
  if (!layer) return [];
  const name = facility.properties["name"];
  const rows = layer.columns.flatMap((column) => {
    const value = facilityValue(column, facility, language);
    return value === null ? []
      : [el("div", {}, el("dt", {}, column.title[language]), el("dd", {}, value))];
  });
  const used = new Set(layer.columns.flatMap((column) => column.sources));
  return [
    el("p", { class: "kind" }, sayMapa("facility", language)),
    el("h2", { id: "panel-title", tabindex: "-1" }, typeof name === "string" ? name : facility.id),
    el("dl", {}, ...rows),
    el("p", { class: "note" }, sayMapa("facilityCaution", language)),
    sourceList(atlas.sources.filter((source) => used.has(source.role)), language),
    sharing(language),
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
