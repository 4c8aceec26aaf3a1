// The controls of one scenario: services with their coverage, and every parameter with its source.

import type { Language } from "./atlas";
import { el } from "./dom";
import { sayNumber } from "./formats";
import { priceRatio, ramp, round, yearsOf } from "./simulator";
import type { Offer, Parameter, Scenario, SimulatedService } from "./simulator";
import { saySimulador } from "./texts/simulador";

/** A number set by sliding or by typing. */
interface Slider {
  node: HTMLElement;
  set(value: number): void;
}

interface SliderText {
  label: string;
  typed: string;
  note?: string;
}

function slider(
  text: SliderText, value: number, [low, high, step]: [number, number, number],
  bounds: { min?: number; max?: number }, changed: (value: number) => void,
): Slider {
  const range = el("input", { type: "range", step: String(step) }) as HTMLInputElement;
  const number = el("input", { type: "number", step: "any", "aria-label": text.typed }) as HTMLInputElement;
  if (bounds.min !== undefined) number.min = String(bounds.min);
  if (bounds.max !== undefined) number.max = String(bounds.max);
  const set = (shown: number): void => {
    range.min = String(Math.min(low, shown));
    range.max = String(Math.max(high, shown));
    range.value = String(shown);
    number.value = String(shown);
  };
  set(value);
  range.addEventListener("input", () => {
    number.value = range.value;
    changed(Number(range.value));
  });
  number.addEventListener("input", () => {
    // What cannot be is not sent: the box says so, and the last sound value stays.
    if (number.value === "" || !number.validity.valid) return;
    range.min = String(Math.min(low, Number(number.value)));
    range.max = String(Math.max(high, Number(number.value)));
    range.value = number.value;
    changed(Number(number.value));
  });
  const note = text.note ? el("small", {}, text.note) : null;
  return { node: el("div", { class: "slider" }, el("label", {}, text.label, range), number, note), set };
}

export interface FormEvents {
  /** A value moved. */
  moved(): void;
  /** What the scenario holds is another: a service, a year, a place. */
  stepped(): void;
}

export class SimulatorForm {
  readonly node = el("div", { class: "simulator" });
  private scenario!: Scenario;
  private language: Language = "es";

  constructor(private readonly offer: Offer, private readonly events: FormEvents) {}

  draw(scenario: Scenario, language: Language): void {
    this.scenario = scenario;
    this.language = language;
    this.node.replaceChildren(
      this.when(), el("h2", {}, this.say("services")), ...this.services(), this.common(), this.options());
  }

  private say(id: Parameters<typeof saySimulador>[0], ...values: (string | number)[]): string {
    return saySimulador(id, this.language, ...values);
  }

  /** First year, how many, and where. */
  private when(): HTMLElement {
    const { limits } = this.offer;
    const first = numberBox(this.scenario.first, limits.first_year, limits.last_year);
    const years = numberBox(yearsOf(this.scenario), 1, limits.most_years);
    const room = (): number => Math.min(limits.most_years, limits.last_year - this.scenario.first + 1);
    const resize = (wanted: number): void => {
      const size = Math.max(1, Math.min(wanted, room()));
      years.max = String(room());
      for (const [id, path] of this.scenario.paths) {
        const last = path.at(-1) ?? 0;
        this.scenario.paths.set(id, Array.from({ length: size }, (_, at) => path[at] ?? last));
      }
      this.redrawServices();
      this.events.stepped();
    };
    first.addEventListener("change", () => {
      if (!first.validity.valid || first.value === "") return;
      this.scenario.first = Number(first.value);
      resize(yearsOf(this.scenario));
    });
    years.addEventListener("change", () => {
      if (years.value !== "" && years.validity.valid) resize(Number(years.value));
    });
    const place = select([["", this.say("everywhere")],
      ...this.offer.municipalities.map(({ cvegeo, name }): [string, string] => [cvegeo, name])], this.scenario.place);
    place.addEventListener("change", () => {
      this.scenario.place = place.value;
      this.events.stepped();
    });
    years.max = String(room());
    return el("div", { class: "fields when" },
      el("label", {}, this.say("firstYear"), first), el("label", {}, this.say("years"), years),
      el("label", { class: "wide" }, this.say("place"), place));
  }

  private services(): HTMLElement[] {
    return this.offer.services.filter((service) => service.offered).map((service) => this.service(service));
  }

  private redrawServices(): void {
    for (const service of this.offer.services.filter((item) => item.offered)) this.redraw(service, false);
  }

  private redraw(service: SimulatedService, focus: boolean): void {
    const made = this.service(service);
    this.node.querySelector(`#service-${service.id}`)?.replaceWith(made);
    if (focus) made.querySelector<HTMLInputElement>("input")?.focus();
  }

  private service(service: SimulatedService): HTMLElement {
    const { scenario, language } = this;
    const title = service.title[language];
    const path = scenario.paths.get(service.id);
    const box = el("input", { type: "checkbox" }) as HTMLInputElement;
    box.checked = path !== undefined;
    box.addEventListener("change", () => {
      if (box.checked) scenario.paths.set(service.id, ramp(10, 50, yearsOf(scenario)));
      else scenario.paths.delete(service.id);
      this.redraw(service, true);
      this.events.stepped();
    });
    const node = el("section", { id: `service-${service.id}`, class: "service" },
      el("label", { class: "switch" }, box, title));
    if (path) node.append(...this.coverage(service, path), this.parameters(service.id, this.say("parametersOf")));
    return node;
  }

  private coverage(service: SimulatedService, path: number[]): HTMLElement[] {
    const { scenario, language } = this;
    const title = service.title[language];
    const last = scenario.first + path.length - 1;
    const percent: [number, number, number] = [0, 100, 1];
    const bounds = { min: 0, max: 100 };
    const years = path.map((value, at) => {
      const input = numberBox(value, 0, 100, this.say("coverageOf", title, scenario.first + at));
      input.step = "any";
      input.addEventListener("input", () => {
        if (input.value === "" || !input.validity.valid) return;
        path[at] = round(Number(input.value));
        start.set(path[0] ?? 0);
        end.set(path.at(-1) ?? 0);
        this.events.moved();
      });
      return input;
    });
    const slide = (from: number, to: number): void => {
      ramp(from, to, path.length).forEach((value, at) => {
        path[at] = value;
        const input = years[at];
        if (input) input.value = String(value);
      });
      this.events.moved();
    };
    const text = (id: "coverageStart" | "coverageEnd", year: number): SliderText => {
      const label = this.say(id, title, year);
      return { label, typed: this.say("byHand", label) };
    };
    const start = slider(text("coverageStart", scenario.first), path[0] ?? 0, percent, bounds,
      (value) => slide(value, path.at(-1) ?? value));
    const end = slider(text("coverageEnd", last), path.at(-1) ?? 0, percent, bounds,
      (value) => slide(path.length > 1 ? path[0] ?? value : value, value));
    const people = service.people?.[String(last)];
    const today = service.places_today;
    const note = people === undefined ? null : el("p", { class: "note" }, this.say("potential",
      sayNumber(people, "count", language), last,
      today.known ? sayNumber(today[scenario.places], "count", language) : this.say("unknownToday")));
    const each = el("details", {}, el("summary", {}, this.say("byYear")),
      el("div", { class: "years" }, ...years.map((input, at) => el("label", {}, String(scenario.first + at), input))));
    return [note, path.length > 1 ? start.node : null, end.node, path.length > 1 ? each : null].filter((node) => node !== null);
  }

  /** The parameters of a service, or the common ones; drawn when they are first opened. */
  private parameters(service: string | null, title: string): HTMLElement {
    const own = this.offer.parameters.filter((parameter) => parameter.service === service);
    const node = el("details", {}, el("summary", {}, title));
    const fill = (): void => {
      if (node.childElementCount === 1) node.append(...own.map((parameter) => this.parameter(parameter)));
    };
    node.addEventListener("toggle", fill);
    if (own.some((parameter) => this.scenario.parameters.has(parameter.key))) {
      (node as HTMLDetailsElement).open = true;
    }
    return node;
  }

  private parameter(parameter: Parameter): HTMLElement {
    const { scenario, language } = this;
    const { key } = parameter;
    // Money of the codebook is carried to the pesos chosen, as the service does.
    const ratio = parameter.is_money ? priceRatio(this.offer, parameter.year, scenario.prices) : 1;
    const carried = (value: number): number => (ratio === 1 ? value : Math.round(value * ratio));
    const [low, high] = [carried(parameter.low), carried(parameter.high)];
    const step = parameter.is_money ? 1 : Math.max(0.001, Number(((high - low) / 200).toPrecision(1)));
    const label = parameter.title[language];
    const start = carried(parameter.value);
    const value = scenario.parameters.get(key) ?? start;
    return slider(
      { label, typed: this.say("byHand", label),
        note: this.say("source", parameter.unit[language], parameter.year, parameter.source[language]) },
      value, [low, high, step], { min: 0 },
      (moved) => {
        if (moved === start) scenario.parameters.delete(key);
        else scenario.parameters.set(key, moved);
        this.events.moved();
      }).node;
  }

  private common(): HTMLElement {
    return this.parameters(null, this.say("common"));
  }

  /** Say the amounts that were set in pesos of another year. */
  private carry(year: number): void {
    const { scenario, offer } = this;
    const ratio = priceRatio(offer, scenario.prices, year);
    for (const { key, is_money: isMoney } of offer.parameters) {
      const value = scenario.parameters.get(key);
      if (isMoney && value !== undefined) scenario.parameters.set(key, Math.round(value * ratio));
    }
    scenario.spending = Math.round(scenario.spending * ratio * 10) / 10;
    scenario.prices = year;
    this.draw(scenario, this.language);
    this.node.querySelector<HTMLDetailsElement>("details.options")?.setAttribute("open", "");
    this.node.querySelector<HTMLSelectElement>("select.prices")?.focus();
  }

  private options(): HTMLElement {
    const { scenario } = this;
    const bounds = (["low", "central", "high"] as const).map((bound): [string, string] => [bound, this.say(bound)]);
    const places = select(bounds, scenario.places);
    places.addEventListener("change", () => {
      scenario.places = places.value as Scenario["places"];
      this.redrawServices();
      this.events.stepped();
    });
    const years = Object.keys(this.offer.price_index).map((year): [string, string] => [year, year]);
    const prices = select(years, String(scenario.prices));
    prices.addEventListener("change", () => {
      this.carry(Number(prices.value));
      this.events.stepped();
    });
    const spending = numberBox(scenario.spending, 0, 1e9);
    spending.step = "any";
    spending.addEventListener("input", () => {
      if (spending.value === "" || !spending.validity.valid) return;
      scenario.spending = Number(spending.value);
      this.events.moved();
    });
    const box = (label: string, checked: boolean, changed: (checked: boolean) => void): HTMLElement => {
      const input = el("input", { type: "checkbox" }) as HTMLInputElement;
      input.checked = checked;
      input.addEventListener("change", () => {
        changed(input.checked);
        this.events.stepped();
      });
      return el("label", { class: "switch" }, input, label);
    };
    prices.className = "prices";
    return el("details", { class: "options" }, el("summary", {}, this.say("options")), el("div", { class: "fields choices" },
      el("label", { class: "wide" }, this.say("placesToday"), places),
      el("label", {}, this.say("spending"), spending),
      el("label", {}, this.say("prices"), prices),
      box(this.say("whole"), scenario.whole, (on) => { scenario.whole = on; }),
      this.offer.matrix.computed ? box(this.say("sector"), scenario.sector, (on) => { scenario.sector = on; }) : null));
  }
}

function numberBox(value: number, least: number, most: number, label?: string): HTMLInputElement {
  const input = el("input", { type: "number", min: String(least), max: String(most), ...(label ? { "aria-label": label } : {}) });
  (input as HTMLInputElement).value = String(value);
  return input as HTMLInputElement;
}

function select(options: [string, string][], value: string): HTMLSelectElement {
  const made = el("select", {}, ...options.map(([id, text]) => el("option", { value: id }, text))) as HTMLSelectElement;
  made.value = value;
  return made;
}
