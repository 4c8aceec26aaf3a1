// From a column of the manifest to the classes that both map and legend show.

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
}

// ColorBrewer YlGnBu and YlOrBr, five classes: both are safe for colour-blind readers.
const BETTER = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];
const WORSE = ["#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404"];
const PICKS: Record<number, number[]> = {
  1: [2], 2: [1, 3], 3: [0, 2, 4], 4: [0, 1, 3, 4], 5: [0, 1, 2, 3, 4],
};
const STATES: Record<string, string> = {
  si: "#b2440b", no: "#b7d9e8", alcanza: "#2c7fb8", fuera_de_alcance: "#7a1f5c",
};
const OTHER_STATES = ["#66c2a5", "#8da0cb", "#e78ac3", "#a6d854", "#e5c494"];

export function classesOf(column: Column, reach: Column | undefined, language: Language): Classes {
  return column.kind === "state" ? ofStates(column, language) : ofNumbers(column, reach, language);
}

function ofNumbers(column: Column, reach: Column | undefined, language: Language): Classes {
  const { breaks = [], class_counts: counts = [], unknown = 0, count = 0 } =
    column.statistics ?? {};
  const ramp = column.higher_is === "worse" ? WORSE : BETTER;
  const picks = PICKS[breaks.length + 1] ?? breaks.map((_, index) => index % ramp.length);
  const known = picks.map((pick, index) => ({
    color: ramp[pick] ?? "#888888",
    label: rangeLabel(column, breaks[index - 1], breaks[index], language),
    count: counts[index] ?? 0,
  }));
  const value: ExpressionSpecification = ["to-number", ["get", column.name]];
  const steps = breaks.flatMap((limit, index) => [limit, known[index + 1]?.color ?? "#888888"]);
  const first = known[0]?.color ?? "#888888";
  const color = steps.length > 0 ? (["step", value, first, ...steps] as ExpressionSpecification) : first;
  const missing: ExpressionSpecification = ["!", ["has", column.name]];
  // Unreachable is a state of its own: known, and not the same as unknown.
  const beyond = column.kind === "time" ? reach?.value_counts?.["fuera_de_alcance"] : undefined;
  if (reach && beyond) {
    const isBeyond: ExpressionSpecification = ["==", ["get", reach.name], "fuera_de_alcance"];
    const outside = STATES["fuera_de_alcance"] ?? "#888888";
    known.push({ color: outside, label: sayMapa("outOfReach", language), count: beyond });
    return {
      known,
      unknown: Math.max(0, unknown - beyond),
      paint: ["case", isBeyond, outside, color],
      isUnknown: ["all", missing, ["!", isBeyond]],
    };
  }
  return { known: count > 0 ? known : [], unknown, paint: count > 0 ? color : null, isUnknown: missing };
}

function rangeLabel(
  column: Column, from: number | undefined, to: number | undefined, language: Language,
): string {
  const number = (value: number): string => sayNumber(value, column.kind, language);
  if (from === undefined && to === undefined) {
    const { minimum, maximum } = column.statistics ?? { minimum: null, maximum: null };
    if (minimum === null || maximum === null) return "";
    return minimum === maximum ? number(minimum) : `${number(minimum)} – ${number(maximum)}`;
  }
  if (from === undefined) return sayMapa("less", language, number(to ?? 0));
  if (to === undefined) return sayMapa("more", language, number(from));
  return `${number(from)} – ${number(to)}`;
}

function ofStates(column: Column, language: Language): Classes {
  const counts = column.value_counts ?? {};
  const values = column.values.filter((value) => !isUnknownState(value));
  const known = values.map((value, index) => ({
    color: STATES[value] ?? OTHER_STATES[index % OTHER_STATES.length] ?? "#888888",
    label: sayValue(value, language),
    count: counts[value] ?? 0,
  }));
  const stated = Object.entries(counts).filter(([value]) => isUnknownState(value));
  const pairs = values.flatMap((value, index) => [value, known[index]?.color ?? "#888888"]);
  return {
    known,
    unknown: stated.reduce((sum, [, count]) => sum + count, 0),
    paint: ["match", ["get", column.name], ...pairs, "#888888"] as unknown as ExpressionSpecification,
    isUnknown: ["!", ["in", ["get", column.name], ["literal", values]]],
  };
}
