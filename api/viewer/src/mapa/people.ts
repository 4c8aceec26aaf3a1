// The people of a place as charts: ages that need care by sex, demand beside places.

import type { Language, PlaceIndicator } from "../atlas";
import { bars, pyramid } from "../chart";
import type { Bar, PyramidRow } from "../chart";
import { el } from "../dom";
import { sayNumber, sayValue } from "../formats";
import { sayMapa } from "../texts/mapa";

/** The ages, youngest first, with their sexes; the census tells sexes apart from 60 on, not from 65. */
const AGES = [
  { whole: "children_0_2", women: "girls_0_2", men: "boys_0_2", es: "0 a 2 años", en: "0–2 years" },
  { whole: "children_3_5", women: "girls_3_5", men: "boys_3_5", es: "3 a 5 años", en: "3–5 years" },
  { whole: "children_6_11", women: "girls_6_11", men: "boys_6_11", es: "6 a 11 años", en: "6–11 years" },
  { whole: "older_60_plus", women: "women_60_plus", men: "men_60_plus", es: "60 años y más", en: "60 and over" },
];

interface Count {
  value: number;
  /** Where it may lie; null where that is one number. */
  range: [number, number] | null;
}

function countOf(indicators: PlaceIndicator[], name: string): Count | null {
  const held = indicators.find((item) => item.name === name);
  if (typeof held?.value !== "number") return null;
  const { low = null, high = null } = held.bounds ?? {};
  return { value: held.value, range: low !== null && high !== null && high > low ? [low, high] : null };
}

/** A pyramid of the ages that need care; bars without sexes where sources do not tell these apart. */
export function agesChart(indicators: PlaceIndicator[], language: Language): Node[] {
  const held = AGES.map((age) => ({
    label: age[language],
    whole: countOf(indicators, age.whole), women: countOf(indicators, age.women), men: countOf(indicators, age.men),
  }));
  const title = el("h3", {}, sayMapa("ages", language));
  const ranged = (counts: (Count | null)[]): Node[] =>
    counts.some((count) => count?.range) ? [el("p", { class: "note" }, sayMapa("agesRange", language))] : [];
  const format = (value: number): string => sayNumber(value, "count", language);
  const say = ({ value, range }: Count): string =>
    range ? `${format(value)} (${format(range[0])} – ${format(range[1])})` : format(value);
  const sexed = held.flatMap(({ label, women, men }) => (women && men ? [{ label, women, men }] : []));
  if (sexed.length > 0) {
    const sides: [string, string] = [sayMapa("women", language), sayMapa("men", language)];
    const rows = sexed.map(({ label, women, men }): PyramidRow => ({
      label, left: women.value, right: men.value,
      ranges: women.range ?? men.range ? { left: ends(women), right: ends(men) } : undefined,
    }));
    const summary = sexed.map(({ label, women, men }) =>
      `${label}: ${say(women)} ${sides[0].toLowerCase()}, ${say(men)} ${sides[1].toLowerCase()}`).join("; ");
    return [title, pyramid(rows, sides, format, { summary }), ...ranged(sexed.flatMap(({ women, men }) => [women, men]))];
  }
  const ages = held.flatMap(({ label, whole }) => (whole ? [{ label, whole }] : []));
  if (ages.length === 0) return [];
  const items = ages.map(({ label, whole }): Bar => ({
    label, value: whole.value, ...(whole.range ? { low: whole.range[0], high: whole.range[1] } : {}),
  })).reverse();
  const summary = ages.map(({ label, whole }) => `${label}: ${say(whole)}`).join("; ");
  return [title, bars(items, format, { summary }), ...ranged(ages.map(({ whole }) => whole)),
    el("p", { class: "note" }, sayMapa("agesUnsexed", language))];
}

const ends = ({ value, range }: Count): [number, number] => range ?? [value, value];

/** People who may need each service beside the places estimated for them. */
export function demandChart(indicators: PlaceIndicator[], language: Language): Node[] {
  const rows = indicators.filter((item) => item.service !== null && item.name === `demand_${item.service}`)
    .flatMap((item) => {
      const people = countOf(indicators, item.name);
      const places = countOf(indicators, `places_${item.service}`);
      return people === null || places === null ? []
        : [{ label: sayValue(item.service ?? "", language), left: people.value, right: places.value }];
    });
  if (rows.length === 0) return [];
  const format = (held: number): string => sayNumber(held, "count", language);
  const sides: [string, string] = [sayMapa("pyramidLeft", language), sayMapa("pyramidRight", language)];
  const summary = rows.map(({ label, left, right }) =>
    `${label}: ${format(left)} ${sides[0].toLowerCase()}, ${format(right)} ${sides[1].toLowerCase()}`).join("; ");
  return [el("h3", {}, sayMapa("pyramid", language)), pyramid(rows, sides, format, { summary })];
}
