// What a scenario changes, before and after side by side.

import type { Language } from "../atlas";
import { el } from "../dom";
import { placeName, sayNumber, sayUnknown, sayValue } from "../formats";
import { sayPlanear } from "../texts/planear";
import type { Outcome, ServiceOutcome } from "./scenario";

const MOST_ROWS = 12;
type Pair = [string, string, string];

export function results(outcome: Outcome, language: Language): HTMLElement[] {
  if (outcome.services.length === 0) return [el("p", {}, sayPlanear("same", language))];
  return [
    ...outcome.services.flatMap((service) => ofService(service, outcome, language)),
    el("p", { class: "note" }, sayPlanear("caution", language)),
  ];
}

function ofService(service: ServiceOutcome, outcome: Outcome, language: Language): HTMLElement[] {
  const say = (value: number | null, kind: "count" | "time" | "rate" | "index" | "share"): string =>
    value === null ? sayUnknown(language) : sayNumber(value, kind, language);
  const rows: Pair[] = [];
  for (const near of service.within) {
    rows.push([sayPlanear("within", language, near.minutes), say(near.before, "count"), say(near.after, "count")]);
  }
  const [first] = service.within;
  if (first) {
    rows.push([sayPlanear("women", language, first.minutes), say(first.women_before, "count"), say(first.women_after, "count")]);
  }
  for (const desert of service.deserts) {
    const title = desert.rule === "distance" ? "desertsDistance" : "desertsPlaces";
    rows.push([sayPlanear(title, language), say(desert.people_before, "count"), say(desert.people_after, "count")]);
  }
  rows.push([sayPlanear("walk", language), say(service.nearest_min[0], "time"), say(service.nearest_min[1], "time")]);
  rows.push([sayPlanear("perPerson", language), say(service.e2sfca[0], "rate"), say(service.e2sfca[1], "rate")]);
  const equity = outcome.equity.filter((item) => item.service === service.service);
  if (equity.length === 1) {
    const { gini, fgt0 } = equity[0]?.statistics ?? {};
    if (gini) rows.push([sayPlanear("gini", language), say(gini[0], "index"), say(gini[1], "index")]);
    if (fgt0) rows.push([sayPlanear("poor", language), say(fgt0[0], "share"), say(fgt0[1], "share")]);
  }
  const balance = first ? el("p", {}, sayPlanear("gained", language, say(first.gained, "count"),
    say(first.lost, "count"), first.minutes)) : null;
  const made = [
    el("h4", {}, sayValue(service.service, language)),
    beforeAfter(sayPlanear("measure", language), sayValue(service.service, language), rows, language),
  ];
  if (balance) made.push(balance);
  const areas = ofAreas(service.service, outcome, language);
  if (areas) made.push(areas);
  return made;
}

function ofAreas(service: string, outcome: Outcome, language: Language): HTMLElement | null {
  const column = `e2sfca_${service}`;
  const changed = outcome.places.filter((place) => place.level === "ageb" && column in place.columns);
  if (changed.length === 0) return null;
  const size = (pair: unknown[] | undefined): number => Math.abs(Number(pair?.[1]) - Number(pair?.[0]));
  const most = [...changed].sort((a, b) => size(b.columns[column]) - size(a.columns[column])).slice(0, MOST_ROWS);
  const rows = most.map((place): Pair => {
    const [before, after] = place.columns[column] ?? [null, null];
    const say = (value: number | string | null): string =>
      typeof value === "number" ? sayNumber(value, "rate", language) : sayUnknown(language);
    return [placeName(place.name, place.cvegeo, "ageb", language), say(before), say(after)];
  });
  const title = sayPlanear("agebs", language, changed.length);
  return el("details", {}, el("summary", {}, title),
    beforeAfter(sayPlanear("ageb", language), sayPlanear("perPerson", language), rows, language));
}

function beforeAfter(head: string, caption: string, rows: Pair[], language: Language): HTMLElement {
  const cell = (text: string): HTMLElement => el("td", { class: "number" }, text);
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption }, el("table", {},
    el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, head),
      el("th", { scope: "col" }, sayPlanear("before", language)), el("th", { scope: "col" }, sayPlanear("after", language)))),
    el("tbody", {}, ...rows.map(([name, before, after]) =>
      el("tr", {}, el("th", { scope: "row" }, name), cell(before), cell(after))))));
}
