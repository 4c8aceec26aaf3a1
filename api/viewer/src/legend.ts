// The legend: unit, classes with their counts, and unknown as a class of its own.

import type { Column, Language, Layer } from "./atlas";
import type { Classes } from "./classes";
import { el } from "./dom";
import { sayNumber, sayUnit, sayUnknown } from "./formats";
import { sayMapa } from "./texts/mapa";

export function legend(
  layer: Layer, column: Column | undefined, classes: Classes | null, language: Language,
): Node[] {
  if (!column || !classes) {
    return [el("p", { id: "legend-title", class: "message" }, sayMapa("notHere", language))];
  }
  const unit = sayUnit(column.unit, column.kind, language);
  const rows = classes.known.map(({ color, label, count }) => row(swatch(color), label, count, language));
  rows.push(row(el("span", { class: "swatch hatch" }), sayUnknown(language), classes.unknown, language));
  return [
    el("h2", { id: "legend-title" }, column.title[language]),
    el("p", { class: "unit" }, [unit, layer.title[language]].filter(Boolean).join(" · ")),
    classes.paint ? null : el("p", { class: "message" }, sayMapa("nothingKnown", language)),
    el("ul", {}, ...rows),
    el("p", { class: "description" }, column.description[language]),
  ].filter((node) => node !== null);
}

function row(mark: Node, label: string, count: number, language: Language): HTMLElement {
  const shown = sayNumber(count, "count", language);
  return el("li", {}, mark, el("span", { class: "range" }, label),
    el("span", { class: "count", title: sayMapa("counts", language, shown) }, shown));
}

function swatch(color: string): HTMLElement {
  const mark = el("span", { class: "swatch" });
  mark.style.backgroundColor = color;
  return mark;
}
