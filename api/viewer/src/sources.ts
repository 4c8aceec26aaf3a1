// Sources and gaps, as lists.

import type { Atlas, Language, Source } from "./atlas";
import { el } from "./dom";
import { sayShell } from "./texts/shell";

export function notComputed(atlas: Atlas, language: Language): Node[] {
  if (atlas.not_computed.length === 0) return [];
  // Several things may lack for one reason.
  const reasons = new Set(atlas.not_computed.map((item) => item.reason[language]));
  const items = [...reasons].map((reason) => el("li", {}, reason));
  return [el("h3", {}, sayShell("notComputed", language)), el("ul", { class: "gaps" }, ...items)];
}

export function sourceList(sources: Source[], language: Language): HTMLElement {
  // Several files of one publication are one line.
  const lines = new Set(sources.map((source) =>
    [`${source.title[language]}, ${sayShell("edition", language)} ${source.edition}`,
      source.publisher, source.licence, ...source.notes.map((note) => note[language])].join(". ")));
  return el("section", { class: "sources" }, el("h3", {}, sayShell("sources", language)),
    el("ul", {}, ...[...lines].map((line) => el("li", {}, line))));
}
