// From the values of a column to the classes that both map and legend show.

import type { ExpressionSpecification } from "maplibre-gl";
import type { Column, Language } from "./atlas";
import { isUnknownState, sayNumber, sayValue } from "./formats";
import { sayMapa } from "./texts/mapa";

export interface MapClass {
  color: string;
  label: string;
  count: number;
}

export interface Classes {
  known: MapClass[];
  unknown: number;
  /** Colour of a feature; null where nothing is known. */
  paint: ExpressionSpecification | string | null;
  /** Features to draw as unknown. */
  isUnknown: ExpressionSpecification;
  /** Limits between the classes of numbers. */
  breaks: number[];
  /** The value at which the colour changes, of diverging classes. */
  middle?: number;
}

/** How values are cut into classes, and what each class holds. */
export interface Cut {
  breaks: number[];
  counts: number[];
  count: number;
  unknown: number;
  minimum: number | null;
  maximum: number | null;
  /** The limit at which the colour changes; null where colours run one way. */
  middle: number | null;
}

export type Measure = Pick<Column, "name" | "kind" | "higher_is">;

/** Values that the tiles do not carry, by the key of their place. */
export interface Keyed {
  key: string;
  values: ReadonlyMap<string, number | string | null>;
}

// ColorBrewer YlGnBu, YlOrBr and PuOr: all are safe for colour-blind readers.
const BETTER = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];
const WORSE = ["#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404"];
const PURPLES = ["#d8daeb", "#b2abd2", "#8073ac", "#542788"];
const ORANGES = ["#fee0b6", "#fdb863", "#e08214", "#b35806"];
const PICKS: Record<number, number[]> = {
  1: [2], 2: [1, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4],
};
const STATES: Record<string, string> = {
  si: "#b2440b", no: "#b7d9e8", alcanza: "#2c7fb8", fuera_de_alcance: "#7a1f5c",
};
const OTHER_STATES = ["#66c2a5", "#8da0cb", "#e78ac3", "#a6d854", "#e5c494"];
const GREY = "#888888";

export function classesOf(
  column: Column, reach: Column | undefined, language: Language, cut: Cut = cutOf(column), keyed?: Keyed,
): Classes {
  if (column.kind === "state") return ofStates(column, language, keyed);
  if (keyed) return classesOfValues(column, keyed, cut, language);
  return ofNumbers(column, reach, language, cut);
}

/** The classes that come with the atlas: quintiles with limits that can be read. */
function cutOf(column: Column): Cut {
  const { breaks = [], class_counts: counts = [], unknown = 0, count = 0, minimum = null, maximum = null } =
    column.statistics ?? {};
  return { breaks, counts, unknown, count, minimum, maximum, middle: null };
}

/** Colours and labels of each class of a cut. */
export function known(measure: Measure, cut: Cut, language: Language): MapClass[] {
  if (cut.count === 0) return [];
  const colors = cut.middle === null ? oneWay(measure, cut.breaks.length + 1) : bothWays(measure, cut);
  return colors.map((color, index) => ({
    color, label: rangeLabel(measure, cut, index, language), count: cut.counts[index] ?? 0,
  }));
}

function oneWay(measure: Measure, classes: number): string[] {
  const ramp = measure.higher_is === "worse" ? WORSE : BETTER;
  const picks = PICKS[classes] ?? Array.from({ length: classes }, (_, index) => index % ramp.length);
  return picks.map((pick) => ramp[pick] ?? GREY);
}

function bothWays(measure: Measure, cut: Cut): string[] {
  const below = cut.breaks.indexOf(cut.middle ?? NaN) + 1;
  const above = cut.breaks.length + 1 - below;
  const [low, high] = measure.higher_is === "worse" ? [PURPLES, ORANGES] : [ORANGES, PURPLES];
  const side = (ramp: string[], many: number): string[] =>
    Array.from({ length: many }, (_, index) => ramp[Math.min(ramp.length - 1, many === 1 ? 1 : index)] ?? GREY);
  return [...side(low, below).reverse(), ...side(high, above)];
}

function ofNumbers(column: Column, reach: Column | undefined, language: Language, cut: Cut): Classes {
  const shown = known(column, cut, language);
  const value: ExpressionSpecification = ["to-number", ["get", column.name]];
  const steps = cut.breaks.flatMap((limit, index) => [limit, shown[index + 1]?.color ?? GREY]);
  const first = shown[0]?.color ?? GREY;
  const color = steps.length > 0 ? (["step", value, first, ...steps] as ExpressionSpecification) : first;
  const missing: ExpressionSpecification = ["!", ["has", column.name]];
  const limits = { breaks: cut.breaks, ...(cut.middle === null ? {} : { middle: cut.middle }) };
  // Unreachable is a state of its own: known, and not the same as unknown.
  const beyond = column.kind === "time" ? reach?.value_counts?.["fuera_de_alcance"] : undefined;
  if (reach && beyond) {
    const isBeyond: ExpressionSpecification = ["==", ["get", reach.name], "fuera_de_alcance"];
    const outside = STATES["fuera_de_alcance"] ?? GREY;
    return {
      known: [...shown, { color: outside, label: sayMapa("outOfReach", language), count: beyond }],
      unknown: Math.max(0, cut.unknown - beyond),
      paint: ["case", isBeyond, outside, color],
      isUnknown: ["all", missing, ["!", isBeyond]],
      ...limits,
    };
  }
  return { known: shown, unknown: cut.unknown, paint: cut.count > 0 ? color : null, isUnknown: missing, ...limits };
}

/** Classes of values that no tile carries: each place is coloured by its key. */
export function classesOfValues(measure: Measure, { key, values }: Keyed, cut: Cut, language: Language): Classes {
  const shown = known(measure, cut, language);
  const keys = shown.map((): string[] => []);
  for (const [place, value] of values) {
    if (typeof value === "number") keys[classOf(value, cut.breaks)]?.push(place);
  }
  return {
    known: shown, unknown: cut.unknown, ...byKey(key, keys.map((places, index) => [places, shown[index]?.color ?? GREY])),
    breaks: cut.breaks, ...(cut.middle === null ? {} : { middle: cut.middle }),
  };
}

/** Which class a value is in; one equal to a limit is above it. */
export function classOf(value: number, breaks: number[]): number {
  const above = breaks.findIndex((limit) => value < limit);
  return above < 0 ? breaks.length : above;
}

/** Paint places by their keys; those in no list are unknown. */
export function byKey(key: string, lists: [places: string[], color: string][]): Pick<Classes, "paint" | "isUnknown"> {
  const held = lists.filter(([places]) => places.length > 0);
  if (held.length === 0) return { paint: null, isUnknown: ["literal", true] as unknown as ExpressionSpecification };
  const get: ExpressionSpecification = ["get", key];
  return {
    paint: ["match", get, ...held.flat(), GREY] as unknown as ExpressionSpecification,
    isUnknown: ["match", get, held.flatMap(([places]) => places), false, true] as unknown as ExpressionSpecification,
  };
}

function rangeLabel(measure: Measure, cut: Cut, index: number, language: Language): string {
  const number = (value: number): string => sayNumber(value, measure.kind, language);
  const [from, to] = [cut.breaks[index - 1], cut.breaks[index]];
  if (from === undefined && to === undefined) {
    const { minimum, maximum } = cut;
    if (minimum === null || maximum === null) return "";
    return minimum === maximum ? number(minimum) : `${number(minimum)} – ${number(maximum)}`;
  }
  if (from === undefined) return sayMapa("less", language, number(to ?? 0));
  if (to === undefined) return sayMapa("more", language, number(from));
  return `${number(from)} – ${number(to)}`;
}

function ofStates(column: Column, language: Language, keyed?: Keyed): Classes {
  const counts = column.value_counts ?? {};
  const values = column.values.filter((value) => !isUnknownState(value));
  const shown = values.map((value, index) => ({
    color: STATES[value] ?? OTHER_STATES[index % OTHER_STATES.length] ?? GREY,
    label: sayValue(value, language),
    count: counts[value] ?? 0,
  }));
  const stated = Object.entries(counts).filter(([value]) => isUnknownState(value));
  const unknown = stated.reduce((sum, [, count]) => sum + count, 0);
  if (keyed) {
    const lists = values.map((value, index): [string[], string] =>
      [[...keyed.values].flatMap(([key, held]) => (held === value ? [key] : [])), shown[index]?.color ?? GREY]);
    return { known: shown, unknown, breaks: [], ...byKey(keyed.key, lists) };
  }
  const pairs = values.flatMap((value, index) => [value, shown[index]?.color ?? GREY]);
  return {
    known: shown,
    unknown,
    breaks: [],
    paint: ["match", ["get", column.name], ...pairs, GREY] as unknown as ExpressionSpecification,
    isUnknown: ["!", ["in", ["get", column.name], ["literal", values]]],
  };
}
