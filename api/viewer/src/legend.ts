// The legend: unit, classes with their counts, and unknown as a class of its own.

import type { Column, Language, Layer } from "./atlas";
import type { Classes } from "./classes";
import { el } from "./dom";
import { sayMeasure, sayNumber, sayUnit, sayUnknown } from "./formats";
import { sayMapa } from "./texts/mapa";

export function legend(
  layer: Layer, column: Column | undefined, classes: Classes | null, language: Language,
): Node[] {
  if (!column || !classes) {
    return [el("p", { id: "legend-title", class: "message" }, sayMapa("notHere", language))];
  }
  const unit = sayUnit(column.unit, column.kind, language);
  return [
    el("h2", { id: "legend-title" }, column.title[language]),
    el("p", { class: "unit" }, [unit, layer.title[language]].filter(Boolean).join(" · ")),
    classes.paint ? null : el("p", { class: "message" }, sayMapa("nothingKnown", language)),
    el("ul", {}, ...classRows(classes, language)),
    classes.middle === undefined ? null : el("p", { class: "description" }, sayMapa("divergingNote", language,
      sayMeasure(classes.middle, column.unit, column.kind, language).join(" ").trim())),
    el("p", { class: "description" }, column.description[language]),
    column.method ? el("p", { class: "description" },
      el("a", { href: `/metodos#${column.method}` }, sayMapa("method_link", language))) : null,
  ].filter((node) => node !== null);
}

/** One line a class, and one for unknown. */
export function classRows(classes: Pick<Classes, "known" | "unknown">, language: Language): HTMLElement[] {
  return [
    ...classes.known.map(({ color, label, count }) => row(swatch(color), label, count, language)),
    row(el("span", { class: "swatch hatch" }), sayUnknown(language), classes.unknown, language),
  ];
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
