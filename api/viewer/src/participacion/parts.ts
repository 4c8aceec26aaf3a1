// The parts of the mode beside its map: legends, scatter, models with their file.

import type { Language } from "../atlas";
import { scatter } from "../chart";
import { el } from "../dom";
import { fileLink } from "../download";
import { placeName, sayNumber, sayValue } from "../formats";
import { table } from "../table";
import { sayParticipacion } from "../texts/participacion";
import { BIVARIATE, CLUSTERS, parting, third, typeColor } from "./painting";
import type { View } from "./painting";
import type { Model, Participation, Points } from "./service";

const MOST_DOTS = 3000;
/** Share of the places the chart is made for. */
const NEARLY_ALL = 0.995;
/** Mean adjusted Rand index from which types are said to come back. */
const STABLE = 0.8;

function swatch(color: string): HTMLElement {
  const mark = el("span", { class: "swatch" });
  mark.style.backgroundColor = color;
  return mark;
}

function row(mark: HTMLElement, label: string, count: number, language: Language, more = ""): HTMLElement {
  return el("li", {}, mark, el("span", { class: "range" }, label, more ? el("small", {}, more) : null),
    el("span", { class: "count" }, sayNumber(count, "count", language)));
}

export function legendOf(view: View, found: Participation, points: Points, language: Language): Node[] {
  const title = el("h2", { id: "legend-title" }, sayParticipacion(view, language));
  if (view === "bivariado") return [title, ...bivariateLegend(found, points, language)];
  if (view === "conglomerados") {
    const rows = Object.entries(CLUSTERS).map(([id, color]) =>
      row(swatch(color), sayValue(id, language), found.clusters[id] ?? 0, language));
    return [title, el("ul", {}, ...rows, hatched(found.clusters["sin_dato"] ?? 0, language))];
  }
  const rows = found.types.map((kind, index) => {
    const { name, cvegeo } = kind.typical;
    return row(swatch(typeColor(index)), kind.name[language], kind.places, language,
      sayParticipacion("typical", language, placeName(name, cvegeo, found.level, language)));
  });
  const missing = points.type.filter((kind) => kind === null || kind === "sin_dato").length;
  const [first] = found.types;
  const number = (value: number): string => sayNumber(value, "index", language);
  return [title, el("ul", {}, ...rows, hatched(missing, language)),
    first ? el("p", { class: "description" },
      sayParticipacion(first.ari_mean >= STABLE ? "stability" : "instability", language,
        number(first.ari_mean), number(first.silhouette))) : el("p")];
}

const hatched = (count: number, language: Language): HTMLElement =>
  row(el("span", { class: "swatch hatch" }), sayParticipacion("unknown", language), count, language);

function bivariateLegend(found: Participation, points: Points, language: Language): Node[] {
  const x = parting(found.supply.tertiles, points.supply);
  const y = parting(found.outcome.tertiles, points.outcome);
  const counts = BIVARIATE.map((line) => line.map(() => 0));
  let missing = 0;
  points.cvegeo.forEach((_, index) => {
    const [supply, outcome] = [points.supply[index] ?? null, points.outcome[index] ?? null];
    const line = outcome === null ? undefined : counts[third(outcome, y)];
    const column = supply === null ? -1 : third(supply, x);
    if (line && column >= 0) line[column] = (line[column] ?? 0) + 1;
    else missing += 1;
  });
  const columns = [0, 1, 2].filter((column) => x.length > 1 || column !== 1);
  const lines = [2, 1, 0].filter((line) => y.length > 1 || line !== 1);
  const body = lines.map((line) => el("tr", {}, ...columns.map((column) => {
    const cell = el("td", { class: line === 2 && column > 0 ? "deep" : "" }, sayNumber(counts[line]?.[column] ?? 0, "count", language));
    cell.style.backgroundColor = BIVARIATE[line]?.[column] ?? "";
    return cell;
  })));
  const grid = el("table", { class: "bivariate" },
    el("caption", {}, sayParticipacion("counts", language)), el("tbody", {}, ...body));
  return [
    el("p", { class: "axis" }, `↑ ${found.outcome.title[language]}`), grid,
    el("p", { class: "axis" }, `→ ${found.supply.title[language]}`),
    el("p", { class: "description" }, sayParticipacion("legendBivariate", language)),
    el("ul", {}, hatched(missing, language))];
}

/** Every place as a dot, the chosen one marked. */
export function scatterOf(found: Participation, points: Points, chosen: string | null, language: Language): Node[] {
  const known = points.cvegeo.flatMap((key, index) => {
    const [x, y] = [points.supply[index] ?? null, points.outcome[index] ?? null];
    return x === null || y === null ? [] : [{ key, x, y, marked: key === chosen }];
  });
  const limit = frameOf(known.map((item) => item.x));
  const within = known.filter((item) => item.x <= limit || item.marked);
  const step = Math.ceil(within.length / MOST_DOTS);
  const drawn = within.filter((item, index) => index % step === 0 || item.marked);
  const index = chosen === null ? -1 : points.cvegeo.indexOf(chosen);
  const name = index >= 0 && known.some((item) => item.marked) ? points.name[index] ?? chosen ?? "" : null;
  const marked = name === null ? "" : sayParticipacion("marked", language, name);
  const format = (kind: Participation["outcome"]["kind"]) => (value: number): string => sayNumber(value, kind, language);
  const summary = sayParticipacion("scatterSays", language, sayNumber(known.length, "count", language),
    found.supply.title[language], found.outcome.title[language], marked).trim();
  return [
    el("h3", {}, sayParticipacion("scatter", language)),
    scatter(drawn, null, { x: format(found.supply.kind), y: format(found.outcome.kind) },
      { summary, x: found.supply.title[language], y: found.outcome.title[language] }),
    el("p", { class: "description" }, marked || sayParticipacion("touch", language)),
    ...(within.length < known.length ? [el("p", { class: "description" }, sayParticipacion("beyond", language,
      sayNumber(known.length - within.length, "count", language), found.supply.title[language],
      sayNumber(limit, found.supply.kind, language)))] : []),
    ...(step > 1 ? [el("p", { class: "description" }, sayParticipacion("some", language,
      sayNumber(drawn.length, "count", language), sayNumber(within.length, "count", language)))] : []),
  ];
}

/** Where the chart ends: at the greatest value, or before a few that would press all others together. */
function frameOf(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const most = sorted.at(-1) ?? 0;
  const nearly = sorted[Math.ceil(sorted.length * NEARLY_ALL) - 1] ?? most;
  return nearly > 0 && most > 1.5 * nearly ? nearly : most;
}

function termName(term: string, found: Participation, language: Language): string {
  if (term === "CONSTANT") return sayParticipacion("constant", language);
  if (term === "rho" || term === "lambda") return sayParticipacion(term, language);
  if (term.startsWith("W_")) return sayParticipacion("around", language, termName(term.slice(2), found, language));
  const percent = term.startsWith("100*");
  const title = found.columns[percent ? term.slice(4) : term]?.title[language] ?? term;
  return percent ? sayParticipacion("percent", language, title) : title;
}

/** One model: its coefficients, what it was made from and how well it does. */
export function modelOf(model: Model, found: Participation, language: Language): Node[] {
  const number = (value: number): string =>
    new Intl.NumberFormat(language === "es" ? "es-MX" : "en", { maximumSignificantDigits: 3 }).format(value).replace("-", "−");
  const p = (value: number): string => (value < 0.001 ? "< 0.001" : number(value));
  const isP = (value: number): string => (value < 0.001 ? p(value) : `= ${p(value)}`);
  const rows = model.coefficients.map((item) => [
    termName(item.term, found, language), item.estimate, sayParticipacion("fromTo", language, number(item.low), number(item.high)),
    item.p_value,
  ]);
  const facts: [string, string][] = [
    [sayParticipacion("places", language), sayNumber(model.places, "count", language)],
    [sayParticipacion("r2", language), number(model.r2)],
    ...(model.aic === null ? [] : [[sayParticipacion("aic", language), number(model.aic)] as [string, string]]),
    [sayParticipacion("residuals", language),
      sayParticipacion("withP", language, number(model.moran_residuals), isP(model.moran_residuals_p))],
    ...found.tests.map((test): [string, string] => [sayParticipacion(test.test, language),
      test.p_value === null ? number(test.statistic)
        : sayParticipacion("withP", language, number(test.statistic), isP(test.p_value))]),
  ];
  return [
    table([
      { title: sayParticipacion("term", language) },
      { title: sayParticipacion("estimate", language), number: true, format: (value) => number(Number(value)) },
      { title: sayParticipacion("interval", language), number: true },
      { title: sayParticipacion("p", language), number: true, format: (value) => p(Number(value)) },
    ], rows, { caption: sayParticipacion(model.model, language), language, unknown: sayParticipacion("unknown", language) }),
    el("p", { class: "formula" }, `${sayParticipacion("formula", language)}: `, el("code", {}, model.formula)),
    el("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  ];
}

export function filesOf(found: Participation, language: Language): Node[] {
  const links: [string, "coefficientsFile" | "modelsFile" | "correlationsFile"][] = [
    ["coeficientes", "coefficientsFile"], ["modelos", "modelsFile"], ["correlaciones", "correlationsFile"],
  ];
  return links.flatMap(([file, text]) => {
    const address = found.files[file];
    return address ? [el("li", {}, fileLink(address, sayParticipacion(text, language), "text/csv"))] : [];
  });
}
