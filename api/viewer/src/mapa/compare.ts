// Two places of one level side by side.

import { getJson } from "../atlas";
import type { Kind, Label, Layer } from "../atlas";
import { bars } from "../chart";
import { el } from "../dom";
import { placeName, sayMeasure, sayNumber, sayUnknown, sayValue } from "../formats";
import type { Context } from "../mode";
import { sharing } from "../sharing";
import { table } from "../table";
import { sayMapa } from "../texts/mapa";

interface Compared {
  places: { cvegeo: string; name: string | null }[];
  indicators: {
    name: string; title: Label; unit: string; kind: Kind; mapped: boolean; values: (number | string | null)[];
  }[];
}

/** @param alone the reader wants to see one of them alone */
export async function comparison(
  context: Context, layer: Layer, keys: [string, string], shown: string | null, alone: (key: string) => void,
): Promise<Node[]> {
  const { language } = context;
  const asked = new URLSearchParams({ codes: keys.join(",") });
  const { places, indicators } = await getJson<Compared>(`/estadisticas/${layer.level}?${asked}`, language);
  const names = places.map((place) => placeName(place.name, place.cvegeo, layer.level ?? "", language));
  const [first = "", second = ""] = names;
  const current = indicators.find((item) => item.name === shown);
  // The one on the map comes first.
  const rows = indicators.filter((item) => item.mapped || item === current)
    .sort((a, b) => Number(b === current) - Number(a === current));
  const said = (item: Compared["indicators"][number], value: number | string | null): string =>
    value === null ? sayUnknown(language)
      : typeof value === "string" ? sayValue(value, language)
        : sayMeasure(value, item.unit, item.kind, language).join(" ").trim();
  const backs = places.map((place, index) => {
    const button = el("button", { type: "button" }, sayMapa("stopComparing", language, names[index] ?? ""));
    button.addEventListener("click", () => alone(place.cvegeo));
    return button;
  });
  const [a, b] = current?.values ?? [];
  return [
    el("p", { class: "kind" }, layer.title[language]),
    el("h2", { id: "panel-title", tabindex: "-1" }, sayMapa("comparison", language, first, second)),
    ...(current && typeof a === "number" && typeof b === "number" ? [
      el("h3", {}, current.title[language]),
      bars([{ label: first, value: a, marked: true }, { label: second, value: b }],
        (value) => sayMeasure(value, current.unit, current.kind, language)[0],
        { x: sayMeasure(1, current.unit, current.kind, language)[1], summary: `${current.title[language]}. ${first}: ${said(current, a)}; ${second}: ${said(current, b)}` }),
      el("p", { class: "note" }, `${sayMapa("difference", language)}: ${sayMeasure(a - b, current.unit, current.kind, language).join(" ").trim()}`),
    ] : []),
    el("p", { class: "sharing" }, ...backs),
    table(
      [{ title: sayMapa("indicator", language) }, { title: first, number: true }, { title: second, number: true }],
      rows.map((item) => [item.title[language], ...[0, 1].map((at) => said(item, item.values[at] ?? null))]),
      {
        caption: sayMapa("comparison", language, first, second), language, unknown: sayUnknown(language),
        more: (left) => sayMapa("moreRows", language, sayNumber(left, "count", language)),
      }),
    sharing(language),
  ];
}
