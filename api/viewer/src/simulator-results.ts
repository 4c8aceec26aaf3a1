// What a scenario comes to: figures with ranges, years as charts and tables, what moves them.

import type { Language } from "./atlas";
import { lines, tornado } from "./chart";
import type { Series } from "./chart";
import { el } from "./dom";
import { sayNumber } from "./formats";
import type { Amounts, Offer, Outcome, Scenario } from "./simulator";
import { sourceList } from "./sources";
import { table } from "./table";
import { saySimulador } from "./texts/simulador";

type Say = (id: Parameters<typeof saySimulador>[0], ...values: (string | number)[]) => string;

/** One scenario that was run, with the name it goes by. */
export interface Ran {
  name: string;
  scenario: Scenario;
  outcome: Outcome;
}

/** The panel's parts: the scenario looked at first, and beside it the other, where there are two. */
export function resultParts(shown: Ran, other: Ran | null, offer: Offer, language: Language): Node[] {
  const say: Say = (id, ...values) => saySimulador(id, language, ...values);
  const number = (value: number): string => sayNumber(value, Math.abs(value) >= 10 ? "count" : "rate", language);
  const draw = new Results(shown, other, offer, language, say, number);
  return draw.parts();
}

class Results {
  private readonly outcome: Outcome;

  constructor(
    private readonly shown: Ran, private readonly other: Ran | null, private readonly offer: Offer,
    private readonly language: Language, private readonly say: Say, private readonly number: (value: number) => string,
  ) {
    this.outcome = shown.outcome;
  }

  parts(): Node[] {
    const { outcome, language, say, offer } = this;
    const missing = outcome.not_computed.map((gap) => el("p", { class: "message" }, gap.reason[language]));
    const unknown = Object.values(outcome.services).filter((service) => !service.existing_places_known);
    const years = outcome.years.length > 1 ? this.charts() : [];
    return [
      el("p", { class: "kind" }, [this.shown.name, say("inPesos", outcome.price_year)].join(" · ")),
      el("h2", { id: "panel-title", tabindex: "-1" }, say("title")),
      ...missing,
      ...(unknown.length > 0
        ? [el("p", { class: "message" }, say("unknownPlaces", unknown.map((service) => service.title[language]).join("; ")))] : []),
      this.figures(),
      ...(this.other ? this.comparison(this.other) : []),
      ...years, ...this.effects(), ...this.fiscal(), ...this.women(), ...this.tornadoes(),
      el("p", { class: "note" }, offer.note[language]),
      el("p", { class: "note" }, el("a", { href: `/metodos?lang=${language}#simulador` }, say("methods"))),
      sourceList(offer.sources, language),
    ];
  }

  private figures(): HTMLElement {
    const { outcome, offer, language, say, number } = this;
    const rows = Object.entries(outcome.outcomes).flatMap(([name, value]) => {
      const told = offer.outcomes[name];
      if (!told) return [];
      const range = outcome.ranges?.[name];
      return [el("div", {},
        el("dt", {}, told.title[language], " ", el("small", {}, told.unit[language])),
        el("dd", {}, number(value), range ? el("small", {}, ` ${say("range", number(range.p5), number(range.p95))}`) : null))];
    });
    return el("dl", { class: "outcomes" }, ...rows);
  }

  private comparison(other: Ran): Node[] {
    const { outcome, offer, language, say, number } = this;
    const names = Object.keys(outcome.outcomes).filter((name) => name in other.outcome.outcomes && name in offer.outcomes);
    const rows = names.map((name) => {
      const [mine, theirs] = [outcome.outcomes[name] ?? 0, other.outcome.outcomes[name] ?? 0];
      return [offer.outcomes[name]?.title[language] ?? name, mine, theirs, mine - theirs];
    });
    const format = (value: string | number): string => number(Number(value));
    const column = (title: string): { title: string; number: true; format: typeof format } => ({ title, number: true, format });
    return [el("h3", {}, say("comparison")), table(
      [{ title: say("outcome") }, column(this.shown.name), column(other.name), column(say("difference"))],
      rows, { caption: say("comparison"), language, unknown: say("unknown") })];
  }

  private charts(): Node[] {
    const { outcome, say } = this;
    const of = (label: string, values: number[]): Series =>
      ({ label, points: values.map((y, at) => ({ x: outcome.years[at] ?? at, y })) });
    const additional = (ran: Outcome): number[] => ran.years.map((_, at) =>
      Object.values(ran.services).reduce((sum, service) => sum + (service.additional_places[at] ?? 0), 0));
    const jobs = outcome.years.map((_, at) =>
      Object.values(outcome.services).reduce((sum, service) => sum + (service.jobs[at] ?? 0), 0));
    const all = outcome.effects.map((year) => total(year, "jobs"));
    const other = this.other && this.other.outcome.years.length > 1 ? this.other : null;
    const beside = other ? [{
      label: other.name, points: additional(other.outcome).map((y, at) => ({ x: other.outcome.years[at] ?? at, y })),
    }] : [];
    return [
      this.chart(say("costs"), say("mn"), [of(say("running"), outcome.running_mn), of(say("investment"), outcome.investment_mn)]),
      this.chart(say("placesYear"), "", [of(this.shown.name, additional(outcome)), ...beside]),
      this.chart(say("jobsYear"), "", all.length > 0 ? [of(say("total"), all), of(say("direct"), jobs)] : [of(say("direct"), jobs)]),
    ];
  }

  private chart(title: string, unit: string, series: Series[]): HTMLElement {
    const { say, number } = this;
    const sentences = series.map(({ label, points }) => {
      const [first, last] = [points[0], points.at(-1)];
      return first && last ? say("seriesSay", label, number(first.y), first.x, number(last.y), last.x) : "";
    });
    const summary = `${title}${unit ? ` (${unit})` : ""}. ${sentences.join(". ")}`;
    return el("figure", {}, el("figcaption", {}, el("h3", {}, title), unit ? el("small", {}, unit) : null),
      lines(series, { x: String, y: number }, { summary }) as unknown as HTMLElement);
  }

  private effects(): Node[] {
    const { outcome, language, say, number } = this;
    const last = outcome.effects.at(-1);
    if (!last) return [];
    const format = (value: string | number): string => number(Number(value));
    const cells = (amounts: Amounts): (number | null)[] =>
      ["output", "value_added", "jobs", "women_jobs", "formal_jobs", "imports"].map((name) => amounts[name] ?? null);
    const sum = Object.fromEntries(Object.keys(last.direct).map((name) => [name, total(last, name)]));
    const rows = [
      ...(["direct", "indirect", "induced"] as const).map((part) => [say(`part_${part}`), ...cells(last[part])]),
      [say("part_total"), ...cells(sum)],
      [say("part_construction"), ...cells(last.same_money_in_construction)],
    ];
    const titles = [say("output"), say("valueAdded"), say("jobs"), say("women"), say("formal"), say("imports")];
    const regions = Object.entries(last.by_region);
    const year = String(last.year);
    return [
      el("h3", {}, say("effects", year)),
      table([{ title: say("part") }, ...titles.map((title) => ({ title, number: true, format }))], rows,
        { caption: say("effects", year), language, unknown: say("unknown") }),
      ...(regions.length > 1 ? [el("ul", { class: "note" }, ...regions.map(([name, amounts]) => el("li", {},
        say("regionLine", regionName(name), number(amounts["value_added"] ?? 0), number(amounts["jobs"] ?? 0)))))] : []),
    ];
  }

  private fiscal(): Node[] {
    const { outcome, language, say, number } = this;
    const { gross_revenue_mn: gross, baseline_revenue_mn: baseline, fiscal_gap_mn: gap } = outcome;
    const last = outcome.effects.at(-1);
    if (!gross || !baseline || !gap || !last) return [];
    const format = (value: string | number): string => number(Number(value));
    const rows = outcome.years.map((year, at) =>
      [String(year), outcome.gross_cost_mn[at] ?? null, outcome.current_spending_mn, gross[at] ?? null, baseline[at] ?? null, gap[at] ?? null]);
    const titles = [say("grossCost"), say("current"), say("grossRevenue"), say("baseline"), say("gap")];
    return [
      el("h3", {}, say("fiscal")),
      table([{ title: say("year") }, ...titles.map((title) => ({ title, number: true, format }))], rows,
        { caption: say("fiscal"), language, unknown: say("unknown") }),
      el("p", { class: "note" }, say("taxes", String(last.year), number(last.product_taxes_mn), number(last.income_taxes_mn))),
    ];
  }

  private women(): Node[] {
    const women = this.outcome.women_who_may_enter_work;
    const { say, number } = this;
    return women ? [el("p", { class: "headline" },
      say("womenEnter", number(women.central), number(women.low), number(women.high)))] : [];
  }

  private tornadoes(): Node[] {
    const { outcome, offer, language, say, number } = this;
    const name = ["fiscal_gap_mn", "running_mn"].find((wanted) => (outcome.tornado?.[wanted]?.length ?? 0) > 0);
    const bars = name ? outcome.tornado?.[name] ?? [] : [];
    if (!name || bars.length === 0) return [];
    const titles = new Map(offer.parameters.map((parameter) => {
      const service = offer.services.find((item) => item.id === parameter.service);
      return [parameter.key, [parameter.title[language], service?.title[language]].filter(Boolean).join(", ")];
    }));
    const label = (key: string): string => titles.get(key) ?? say("placesTodayBar");
    const told = offer.outcomes[name];
    const title = say("tornado", told?.title[language].toLowerCase() ?? name);
    const items = bars.map((bar) => ({ label: label(bar.parameter), low: bar.at_low, high: bar.at_high }));
    const most = items[0];
    const summary = most ? say("tornadoSay", title, number(most.low), number(most.high), most.label) : title;
    return [el("figure", {}, el("figcaption", {}, el("h3", {}, title), el("small", {}, told?.unit[language] ?? "")),
      tornado(items, outcome.outcomes[name] ?? 0, [say("tornadoLow"), say("tornadoHigh")], number, { summary }) as unknown as HTMLElement)];
  }
}

const total = (year: Outcome["effects"][number], name: string): number =>
  (year.direct[name] ?? 0) + (year.indirect[name] ?? 0) + (year.induced[name] ?? 0);

/** A region's name as the matrix writes it, with spaces and a capital. */
function regionName(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
