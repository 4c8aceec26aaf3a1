// Colours of the three maps of participation, by the key of each place.

import type { ExpressionSpecification } from "maplibre-gl";
import type { Classes } from "../classes";
import type { Participation, Points } from "./service";

/** Stevens' pink and blue, three by three: rows from less to more outcome, columns of supply. */
export const BIVARIATE = [
  ["#e8e8e8", "#ace4e4", "#5ac8c8"],
  ["#dfb0d6", "#a5add3", "#5698b9"],
  ["#be64ac", "#8c62aa", "#3b4994"],
] as const;

// ColorBrewer RdYlBu, safe for colour-blind readers; grey for what chance may do.
export const CLUSTERS: Record<string, string> = {
  alto_alto: "#d7191c", alto_bajo: "#fdae61", bajo_alto: "#abd9e9", bajo_bajo: "#2c7bb6",
  no_significativo: "#d9d9d9",
};
// ColorBrewer Dark2, six of it.
const TYPES = ["#1b9e77", "#d95f02", "#7570b3", "#e7298a", "#66a61e", "#e6ab02"];

export const typeColor = (index: number): string => TYPES[index % TYPES.length] ?? "#888888";

/** The third a value is in: 0, 1 or 2; with one limit only, the first or the last. */
export function third(value: number, limits: number[]): number {
  const above = limits.filter((limit) => value >= limit).length;
  return limits.length === 1 ? above * 2 : above;
}

/** Limits that part something from something. */
export function parting(limits: number[], values: (number | null)[]): number[] {
  const known = values.filter((value) => value !== null);
  const least = Math.min(...known);
  return [...new Set(limits)].filter((limit) => limit > least);
}

/** Colour of every place that has one. */
export function coloursOf(view: View, found: Participation, points: Points): Map<string, string> {
  const colours = new Map<string, string>();
  const x = parting(found.supply.tertiles, points.supply);
  const y = parting(found.outcome.tertiles, points.outcome);
  const types = new Map(found.types.map((kind, index) => [kind.id, typeColor(index)]));
  points.cvegeo.forEach((key, index) => {
    const colour = view === "conglomerados" ? CLUSTERS[points.cluster[index] ?? ""]
      : view === "tipos" ? types.get(points.type[index] ?? "")
        : bivariate(points.supply[index] ?? null, points.outcome[index] ?? null, x, y);
    if (colour) colours.set(key, colour);
  });
  return colours;
}

export type View = "bivariado" | "conglomerados" | "tipos";
export const VIEWS: readonly View[] = ["bivariado", "conglomerados", "tipos"];

function bivariate(supply: number | null, outcome: number | null, x: number[], y: number[]): string | undefined {
  if (supply === null || outcome === null) return undefined;
  return BIVARIATE[third(outcome, y)]?.[third(supply, x)];
}

/** Classes for the map: places that share a colour are painted together, the rest hatched. */
export function classesOf(colours: Map<string, string>, key: string, places: number): Classes {
  const byColour = new Map<string, string[]>();
  for (const [place, colour] of colours) byColour.set(colour, [...(byColour.get(colour) ?? []), place]);
  const known = [...byColour].map(([color, keys]) => ({ color, label: "", count: keys.length }));
  const pairs = [...byColour].flatMap(([color, keys]) => [keys, color]);
  return {
    known,
    unknown: places - colours.size,
    paint: known.length > 0
      ? ["match", ["get", key], ...pairs, "#888888"] as unknown as ExpressionSpecification : null,
    isUnknown: (colours.size > 0
      ? ["match", ["get", key], [...colours.keys()], false, true]
      : ["literal", true]) as unknown as ExpressionSpecification,
    breaks: [],
  };
}
