// Today and the scenario on two maps side by side, in the same colours.

import type { Feature } from "geojson";
import type { Column, Layer } from "../atlas";
import { classesOf, classOf } from "../classes";
import type { Classes } from "../classes";
import { byId, el } from "../dom";
import { classRows } from "../legend";
import type { DragEvents, Hit, OverlayLayer } from "../map";
import type { Context } from "../mode";
import { SecondMap } from "../second-map";
import { sayPlanear } from "../texts/planear";
import type { Outcome } from "./scenario";

/** What a scenario changes and both maps can show, by the beginning of a column's name. */
export const SHOWN = ["e2sfca", "nearest_min", "within_15min_share"] as const;
export type Shown = (typeof SHOWN)[number];

export function columnOf(areas: Layer, shown: Shown, service: string): Column | undefined {
  return areas.columns.find(({ name }) => name === `${shown}_${service}`);
}

export class BeforeAfter {
  readonly second: SecondMap;
  private readonly titles: HTMLElement[];
  private readonly stopDragging: () => void;

  constructor(
    private readonly context: Context, private readonly areas: Layer, chosen: (hit: Hit) => void, drag: DragEvents,
  ) {
    const stage = byId("stage");
    stage.classList.add("beside");
    this.second = new SecondMap(context, chosen);
    this.titles = (["before", "after"] as const).map((name) => el("p", { class: `map-title ${name}`, "aria-hidden": "true" }));
    stage.append(...this.titles);
    this.stopDragging = this.second.map.draggable("plan/circles", drag);
  }

  /** Draw both maps and return the legend they share. */
  draw(column: Column, outcome: Outcome | null, points: Feature[], layers: OverlayLayer[]): HTMLElement {
    const { areas, context, second } = this;
    const { language, map } = context;
    const before = classesOf(column, areas.columns.find(({ name }) => name === `reach_${column.service}`), language);
    const after = outcome ? changed(before, column, areas, outcome) : before;
    void map.show({ areas: true, centres: true });
    void map.draw(areas, before);
    void second.map.show({ areas: true, centres: true });
    void second.map.draw(areas, after);
    void second.map.overlay("plan", points, layers);
    const names = [sayPlanear("mapBefore", language), sayPlanear("mapAfter", language)];
    this.titles.forEach((title, index) => { title.textContent = names[index] ?? ""; });
    second.map.label(sayPlanear("mapLabel", language, column.title[language]), "map-help");
    const shown = before.known.map(({ color, label, count }, index) => ({ color, label, count: after.known[index]?.count ?? count }));
    return el("ul", { class: "classes" }, ...classRows({ known: shown, unknown: after.unknown }, language));
  }

  /** Take the second map away; done once the first shows the ground plan again. */
  end(): Promise<void> {
    this.stopDragging();
    this.second.end();
    for (const title of this.titles) title.remove();
    byId("stage").classList.remove("beside");
    return this.context.map.show({ areas: false, centres: true });
  }
}

/** The classes of today with the places a scenario changes in the class of their value after it. */
function changed(before: Classes, column: Column, areas: Layer, outcome: Outcome): Classes {
  const lists = before.known.map((): string[] => []);
  const counts = before.known.map(({ count }) => count);
  const unknown: string[] = [];
  const beyond = before.known.length > before.breaks.length + 1 ? before.known.length - 1 : -1;
  let unknownCount = before.unknown;
  for (const { level, cvegeo, columns } of outcome.places) {
    const pair = columns[column.name];
    if (level !== "ageb" || !pair) continue;
    const [was, is] = pair;
    const reach = columns[`reach_${column.service}`];
    const place = (value: number | string | null, state: number | string | null | undefined): number =>
      typeof value === "number" ? classOf(value, before.breaks) : state === "fuera_de_alcance" ? beyond : -1;
    const [from, to] = [place(was, reach?.[0]), place(is, reach?.[1])];
    const own = lists[to];
    if (own) own.push(cvegeo);
    else unknown.push(cvegeo);
    if (counts[from] !== undefined) counts[from] -= 1;
    else unknownCount -= 1;
    if (counts[to] !== undefined) counts[to] += 1;
    else unknownCount += 1;
  }
  const held = lists.flatMap((places, index): [string[], string][] =>
    places.length > 0 ? [[places, before.known[index]?.color ?? ""]] : []);
  const known = before.known.map((item, index) => ({ ...item, count: counts[index] ?? 0 }));
  const get = ["get", areas.key];
  const arms = [...(held.length > 0 ? [held.flatMap(([places]) => places), false] : []), ...(unknown.length > 0 ? [unknown, true] : [])];
  return {
    ...before, known, unknown: unknownCount,
    paint: held.length === 0 ? before.paint : ["match", get, ...held.flat(), before.paint ?? ""] as unknown as Classes["paint"],
    isUnknown: arms.length === 0 ? before.isUnknown : ["match", get, ...arms, before.isUnknown] as unknown as Classes["isUnknown"],
  };
}
