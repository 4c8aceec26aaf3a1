// What the simulator may be asked and what it answers; a scenario, and its form in the address.

import { postJson } from "./atlas";
import type { Label, Language, Source } from "./atlas";

export interface SimulatedService {
  id: string;
  title: Label;
  offered: boolean;
  people: Record<string, number> | null;
  places_today: { low: number; central: number; high: number; known: boolean };
}

export interface Parameter {
  key: string;
  service: string | null;
  name: string;
  title: Label;
  value: number;
  low: number;
  high: number;
  unit: Label;
  year: number;
  source: Label;
  is_money: boolean;
}

export interface Offer {
  version: string;
  note: Label;
  years: number[];
  /** Consumer prices by year, 100 in the matrix’s. */
  price_index: Record<string, number>;
  limits: { first_year: number; last_year: number; most_years: number };
  services: SimulatedService[];
  parameters: Parameter[];
  outcomes: Record<string, { title: Label; unit: Label }>;
  matrix: { computed: true; year: number; regions: string[]; own_region: string } | { computed: false; reason: Label };
  municipalities: { cvegeo: string; name: string }[];
  sources: Source[];
}

export type Amounts = Record<string, number>;

export interface YearEffects {
  year: number;
  direct: Amounts;
  indirect: Amounts;
  induced: Amounts;
  by_region: Record<string, Amounts>;
  same_money_in_construction: Amounts;
  tax_revenue_mn: number;
  product_taxes_mn: number;
  income_taxes_mn: number;
}

export interface Bar {
  parameter: string;
  low: number | null;
  high: number | null;
  at_low: number;
  at_high: number;
}

export interface Outcome {
  price_year: number;
  years: number[];
  services: Record<string, {
    title: Label; demand: number[]; existing_places: number; existing_places_known: boolean;
    additional_places: number[]; new_places: number[]; jobs: number[]; women_jobs: number[];
  }>;
  effects: YearEffects[];
  running_mn: number[];
  investment_mn: number[];
  gross_cost_mn: number[];
  current_spending_mn: number;
  gross_revenue_mn: number[] | null;
  baseline_revenue_mn: number[] | null;
  fiscal_gap_mn: number[] | null;
  women_who_may_enter_work: { low: number; central: number; high: number } | null;
  municipalities: { cvegeo: string[]; name: string[]; new_places: Record<string, number[]> };
  outcomes: Record<string, number>;
  not_computed: { what: string[]; reason: Label }[];
  ranges?: Record<string, { p5: number; p50: number; p95: number }>;
  tornado?: Record<string, Bar[]>;
}

/** One scenario as the reader sets it; coverage in percent, a number a year. */
export interface Scenario {
  first: number;
  paths: Map<string, number[]>;
  parameters: Map<string, number>;
  places: "low" | "central" | "high";
  whole: boolean;
  sector: boolean;
  spending: number;
  place: string;
  prices: number;
}

const YEARS_AT_START = 6;
const PLACES = ["low", "central", "high"] as const;
const DEFAULT_PRICES = 2024;

/** A straight path of coverage from one share to another, in percent with one decimal. */
export const ramp = (from: number, to: number, years: number): number[] =>
  Array.from({ length: years }, (_, at) => round(years > 1 ? from + ((to - from) * at) / (years - 1) : to));
export const round = (percent: number): number => Math.round(percent * 10) / 10;

/** The scenario to begin with: nurseries and day centres, over the first years there are. */
export function firstScenario(offer: Offer): Scenario {
  const { first_year: from, last_year: to } = offer.limits;
  const first = Math.min(Math.max(2025, from), to);
  const years = Math.max(1, Math.min(YEARS_AT_START, to - first + 1));
  const offered = offer.services.filter((service) => service.offered).map((service) => service.id);
  const wanted: [string, number, number][] = [["guarderia_0_2", 30, 60], ["centro_dia_mayores", 5, 30]];
  const paths = new Map(wanted.filter(([id]) => offered.includes(id)).map(([id, a, b]) => [id, ramp(a, b, years)]));
  if (paths.size === 0 && offered[0]) paths.set(offered[0], ramp(10, 50, years));
  return {
    first, paths, parameters: new Map(), places: "central", whole: false, sector: false, spending: 0, place: "", prices: DEFAULT_PRICES,
  };
}

export const yearsOf = (scenario: Scenario): number =>
  Math.max(1, ...[...scenario.paths.values()].map((path) => path.length));

/** The scenario as the service takes it. */
export function asBody(scenario: Scenario): unknown {
  return {
    first_year: scenario.first,
    plans: [...scenario.paths].map(([service, path]) => ({ service, coverage: path.map((percent) => percent / 100) })),
    parameters: Object.fromEntries(scenario.parameters),
    places: scenario.places,
    whole_system: scenario.whole,
    sector_mode: scenario.sector,
    current_spending_mn: scenario.spending,
    price_year: scenario.prices,
    municipalities: scenario.place ? [scenario.place] : [],
  };
}

export const simulate = (scenario: Scenario, language: Language, signal: AbortSignal): Promise<Outcome> =>
  postJson("/simulador?draws=300", asBody(scenario), language, signal);

/** The workbook of a scenario, its cost sheet as live formulas. */
export async function readWorkbook(scenario: Scenario, language: Language): Promise<Blob> {
  const response = await fetch(`/simulador?f=xlsx&lang=${language}`, {
    method: "POST", body: JSON.stringify(asBody(scenario)), headers: { "Content-Type": "application/json" },
  });
  if (!response.ok) throw new Error(String(response.status));
  return response.blob();
}

/** What of a scenario stands in the address, each name after a prefix. */
export function writeScenario(scenario: Scenario, start: Scenario, prefix: string): [string, string][] {
  const parts: [string, string][] = [];
  const put = (name: string, value: string, atStart: string): void => {
    if (value !== atStart) parts.push([prefix + name, value]);
  };
  const paths = (of: Scenario): string => [...of.paths].map(([id, path]) => `${id}*${path.join(",")}`).join("~");
  put("desde", String(scenario.first), String(start.first));
  put("cobertura", paths(scenario), paths(start));
  put("valores", [...scenario.parameters].map(([key, value]) => `${key}*${value}`).join("~"), "");
  put("lugares", scenario.places, start.places);
  put("todo", scenario.whole ? "1" : "", "");
  put("sector", scenario.sector ? "1" : "", "");
  put("gasto", scenario.spending ? String(scenario.spending) : "", "");
  put("municipio", scenario.place, "");
  put("precios", String(scenario.prices), String(start.prices));
  return parts;
}

/** A scenario from the address; what is not sound is as it is at the start. */
export function readScenario(address: URLSearchParams, offer: Offer, prefix: string): Scenario {
  const scenario = firstScenario(offer);
  const text = (name: string): string => address.get(prefix + name) ?? "";
  const { first_year: from, last_year: to, most_years: most } = offer.limits;
  const first = Number(text("desde"));
  if (text("desde") && Number.isInteger(first) && first >= from && first <= to) scenario.first = first;
  const room = Math.min(most, to - scenario.first + 1);
  const paths = new Map<string, number[]>();
  for (const item of text("cobertura").split("~").filter(Boolean)) {
    const [id = "", numbers = ""] = item.split("*");
    const path = numbers.split(",").map(Number).slice(0, room);
    const sound = path.length > 0 && path.every((percent) => percent >= 0 && percent <= 100);
    if (sound && offer.services.some((service) => service.id === id && service.offered)) paths.set(id, path.map(round));
  }
  if (paths.size > 0) scenario.paths = paths;
  for (const [id, path] of scenario.paths) scenario.paths.set(id, path.slice(0, room));
  const known = new Set(offer.parameters.map((parameter) => parameter.key));
  for (const item of text("valores").split("~").filter(Boolean).slice(0, 200)) {
    const [key = "", value = ""] = item.split("*");
    if (known.has(key) && value !== "" && Number.isFinite(Number(value))) scenario.parameters.set(key, Number(value));
  }
  scenario.places = PLACES.find((bound) => bound === text("lugares")) ?? "central";
  scenario.whole = text("todo") === "1";
  scenario.sector = text("sector") === "1";
  const spending = Number(text("gasto"));
  if (spending >= 0 && spending <= 1e9) scenario.spending = spending;
  if (offer.municipalities.some((place) => place.cvegeo === text("municipio"))) scenario.place = text("municipio");
  if (text("precios") in offer.price_index) scenario.prices = Number(text("precios"));
  return scenario;
}

/** What a peso of one year is in pesos of another. */
export const priceRatio = (offer: Offer, from: number, to: number): number =>
  (offer.price_index[String(to)] ?? 1) / (offer.price_index[String(from)] ?? 1);

export const copyOf = (scenario: Scenario): Scenario => ({
  ...scenario,
  paths: new Map([...scenario.paths].map(([id, path]) => [id, [...path]])),
  parameters: new Map(scenario.parameters),
});
