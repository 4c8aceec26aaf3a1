// “Simulador”: what a care plan would cost and set off, as sliders, charts and a map of new places.

import type { ExpressionSpecification } from "maplibre-gl";
import { getJson } from "../atlas";
import type { Language, Layer } from "../atlas";
import type { Classes } from "../classes";
import { save } from "../download";
import { el } from "../dom";
import { sayNumber } from "../formats";
import type { Click, Context, Mode } from "../mode";
import { sharing } from "../sharing";
import { copyOf, firstScenario, readScenario, readWorkbook, simulate, writeScenario } from "../simulator";
import type { Offer, Outcome, Scenario } from "../simulator";
import { SimulatorForm } from "../simulator-form";
import { resultParts } from "../simulator-results";
import { saySimulador } from "../texts/simulador";

const PAUSE_MS = 250; // after the last movement of a slider
const SHADES = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];
const NOTHING = "#e9ebee";
const OTHER = "otro_"; // what the second scenario's names begin with in the address

class Simulador implements Mode {
  private offer: Offer | null = null;
  private asked: Promise<Offer> | null = null;
  private address = new URLSearchParams();
  private scenarios: [Scenario, Scenario | null] | null = null;
  private edited: 0 | 1 = 0;
  private outcomes: [Outcome | null, Outcome | null] = [null, null];
  private form: SimulatorForm | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | null = null;
  private opened = !matchMedia(NARROW).matches; // whether the reader looks at the panel
  private visible = false;
  private readonly layer: Layer | undefined;
  private readonly tabs = el("div", { class: "tabs", role: "group" });
  private readonly compare = el("input", { type: "checkbox", id: "compare" }) as HTMLInputElement;
  private readonly compareText = el("span");
  private readonly body = el("div");
  private readonly legend = el("section", { class: "legend", "aria-live": "polite" });
  private readonly brief = el("section", { class: "brief", "aria-live": "polite" });
  private readonly results = el("button", { type: "button", class: "main" });
  private readonly again = el("button", { type: "button" });

  constructor(private readonly context: Context, root: HTMLElement) {
    this.layer = context.atlas.layers.find((layer) => layer.id === "municipios" && layer.tiles);
    root.append(el("label", { class: "switch" }, this.compare, this.compareText), this.tabs, this.brief, this.results, this.legend, this.body, this.again);
    this.compare.addEventListener("change", () => {
      if (!this.scenarios) return;
      this.scenarios[1] = this.compare.checked ? copyOf(this.scenarios[0]) : null;
      this.outcomes[1] = null;
      this.edited = this.compare.checked ? 1 : 0;
      this.changed(true);
      this.drawControls();
    });
    this.results.addEventListener("click", () => {
      this.opened = true;
      this.draw(true);
    });
    this.again.addEventListener("click", () => {
      if (!this.offer) return;
      this.scenarios = [firstScenario(this.offer), null];
      this.edited = 0;
      this.changed(true);
      this.drawControls();
    });
  }

  read(address: URLSearchParams): void {
    this.address = new URLSearchParams(address);
    if (this.offer) this.take(this.offer);
  }

  /** The scenarios of the address. */
  private take(offer: Offer): void {
    const second = this.address.get("otro") === "1" ? readScenario(this.address, offer, OTHER) : null;
    this.scenarios = [readScenario(this.address, offer, ""), second];
    if (!second) this.edited = 0;
  }

  write(): [string, string][] {
    if (!this.offer || !this.scenarios) return kept(this.address);
    const start = firstScenario(this.offer);
    const [one, two] = this.scenarios;
    return [...writeScenario(one, start, ""), ...(two ? [["otro", "1"] as [string, string], ...writeScenario(two, start, OTHER)] : [])];
  }

  translate(): void {
    const { language } = this.context;
    this.compareText.textContent = saySimulador("compare", language);
    this.again.textContent = saySimulador("reset", language);
    this.results.textContent = saySimulador("results", language);
    this.drawControls();
  }

  show(): void {
    this.visible = true;
    void this.context.map.show({ areas: this.layer !== undefined, centres: false });
    if (!this.opened) this.context.panel.close();
    this.wait();
    void this.begin();
  }

  hide(): void {
    this.visible = false;
    this.running?.abort();
    clearTimeout(this.timer);
    this.context.tip(null, null);
  }

  private async begin(): Promise<void> {
    const { context } = this;
    try {
      this.asked ??= getJson<Offer>("/simulador", context.language);
      const offer = await this.asked;
      if (!this.offer) {
        this.offer = offer;
        this.take(offer);
        this.form = new SimulatorForm(offer, { moved: () => this.changed(false), stepped: () => this.changed(true) });
        this.body.replaceChildren(this.form.node);
      }
      if (!this.visible) return;
      this.drawControls();
      await this.run(false);
    } catch (error) {
      this.asked = null;
      if (this.visible) this.fail(context.explain(error, saySimulador("notOffered", context.language)));
    }
  }

  private drawControls(): void {
    const { language } = this.context;
    if (!this.scenarios || !this.form) return;
    this.compare.checked = this.scenarios[1] !== null;
    const edited = this.scenarios[this.edited] ?? this.scenarios[0];
    this.form.draw(edited, language);
    this.tabs.hidden = this.scenarios[1] === null;
    this.tabs.setAttribute("aria-label", saySimulador("editing", language));
    this.tabs.replaceChildren(...([0, 1] as const).map((at) => {
      const button = el("button", { type: "button", "aria-pressed": String(at === this.edited) }, saySimulador("legendOf", language, NAMES[at]));
      button.addEventListener("click", () => {
        this.edited = at;
        this.drawControls();
        this.tabs.querySelectorAll("button")[at]?.focus();
        this.draw(false);
      });
      return button;
    }));
  }

  /** Something of a scenario is another: run it once the reader rests. */
  private changed(step: boolean): void {
    if (step) this.context.step();
    else this.context.amend();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(false), step ? 0 : PAUSE_MS);
  }

  private async run(focus: boolean): Promise<void> {
    const { context, scenarios } = this;
    const { language } = context;
    if (!scenarios || !this.visible) return;
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    if (scenarios.some((scenario) => scenario?.paths.size === 0)) {
      this.fail(saySimulador("noService", language));
      return;
    }
    this.wait();
    try {
      const [one, two] = await Promise.all(scenarios.map((scenario) =>
        scenario ? simulate(scenario, language, running.signal) : Promise.resolve(null)));
      this.outcomes = [one ?? null, two ?? null];
      this.draw(focus);
    } catch (error) {
      if (!running.signal.aborted && this.visible) {
        this.fail(context.explain(error, saySimulador("failed", language)));
      }
    }
  }

  private wait(): void {
    if (this.opened) this.context.panel.wait(saySimulador("loading", this.context.language));
    else this.brief.setAttribute("aria-busy", "true");
  }

  /** Say what is wrong, where the reader looks. */
  private fail(text: string): void {
    if (this.opened) this.context.panel.fail(text);
    this.brief.removeAttribute("aria-busy");
    this.brief.replaceChildren(el("p", { class: "message" }, text));
  }

  private draw(focus: boolean): void {
    const { context, offer, scenarios, outcomes } = this;
    const { language } = context;
    if (!offer || !scenarios || !this.visible) return;
    const [scenario, outcome] = [scenarios[this.edited], outcomes[this.edited]];
    if (!scenario || !outcome) return;
    const beside = this.edited === 0 ? 1 : 0;
    const [otherScenario, otherOutcome] = [scenarios[beside], outcomes[beside]];
    const other = otherScenario && otherOutcome
      ? { name: saySimulador("legendOf", language, NAMES[beside]), scenario: otherScenario, outcome: otherOutcome } : null;
    this.paint(outcome);
    this.brief.removeAttribute("aria-busy");
    this.brief.replaceChildren(briefly(outcome, offer, language));
    const places = sayNumber(outcome.outcomes["new_places"] ?? 0, "count", language);
    context.status(saySimulador("done", language, places), true);
    this.results.hidden = this.opened;
    if (!this.opened) return;
    const workbook = el("button", { type: "button" }, saySimulador("workbook", language));
    workbook.addEventListener("click", () => void this.download(scenario));
    context.panel.open([
      ...resultParts({ name: saySimulador("legendOf", language, NAMES[this.edited]), scenario, outcome }, other, offer, language),
      sharing(language, workbook),
    ], focus);
  }

  private async download(scenario: Scenario): Promise<void> {
    const { context } = this;
    try {
      save("simulador-cuidados.xlsx", await readWorkbook(scenario, context.language));
    } catch (error) {
      context.alert(context.explain(error, saySimulador("workbookFailed", context.language)));
    }
  }

  /** Colour municipalities by the places they would open. */
  private paint(outcome: Outcome): void {
    const { context, layer } = this;
    const { language } = context;
    const { cvegeo: codes } = outcome.municipalities;
    const counts = placesBy(outcome);
    const breaks = breaksOf(counts);
    const shades = SHADES.slice(SHADES.length - breaks.length - 1); // few classes are the dark ones
    const shade = (count: number): string =>
      count < 0.5 ? NOTHING : shades[breaks.filter((limit) => count >= limit).length] ?? "#253494";
    const number = (value: number): string => sayNumber(value, "count", language);
    const classes = [...breaks, null].map((limit, at) => {
      const from = breaks[at - 1];
      const label = limit === null ? saySimulador("more", language, number(from ?? 1)) : `${number(from ?? 1)} – ${number(limit)}`;
      return { color: shades[at] ?? "#253494", label };
    });
    this.legend.replaceChildren(
      el("h2", {}, saySimulador("legend", language)),
      el("ul", {}, ...[{ color: NOTHING, label: saySimulador("none", language) }, ...classes].map(({ color, label }) => {
        const swatch = el("span", { class: "swatch" });
        swatch.style.backgroundColor = color;
        return el("li", {}, swatch, label);
      })));
    if (!layer) return;
    const key: ExpressionSpecification = ["get", layer.key];
    const paint = codes.length === 0 ? null
      : (["match", key, ...codes.flatMap((code, at) => [code, shade(counts[at] ?? 0)]), NOTHING] as unknown as ExpressionSpecification);
    const drawn: Classes = { known: [], unknown: 0, breaks, paint, isUnknown: ["!", ["in", key, ["literal", codes]]] };
    void context.map.draw(layer, drawn);
    void context.map.show({ areas: true, centres: false });
  }

  recoloured(): void {
    this.draw(false);
  }

  hovered(screen: [number, number] | null): void {
    const { context } = this;
    const hit = screen ? context.map.hit(screen) : null;
    context.map.pointer(hit ? "pointer" : "");
    const outcome = this.outcomes[this.edited];
    if (!hit || !outcome) {
      context.tip(null, null);
      return;
    }
    context.tip(hit, screen, ...this.told(outcome, hit.key));
  }

  /** A municipality's name and the places of each service it would open. */
  private told(outcome: Outcome, code: string): [string, ...string[]] {
    const { language } = this.context;
    const at = outcome.municipalities.cvegeo.indexOf(code);
    if (at < 0) return [code, saySimulador("outside", language)];
    const rows = Object.entries(outcome.municipalities.new_places).map(([id, places]) =>
      `${outcome.services[id]?.title[language] ?? id}: ${saySimulador("placesHere", language, sayNumber(places[at] ?? 0, "count", language))}`);
    return [outcome.municipalities.name[at] ?? code, ...rows];
  }

  clicked({ screen }: Click): void {
    const outcome = this.outcomes[this.edited];
    const hit = this.context.map.hit(screen);
    if (outcome && hit) this.context.status(this.told(outcome, hit.key).join(". "));
  }

  panelClosed(): void {
    this.opened = false;
    this.draw(false);
    this.results.focus();
  }
}

const NARROW = "(max-width: 1099px)"; // where the panel lies over the controls
const BRIEF = ["new_places", "running_mn", "investment_mn", "total_jobs", "fiscal_gap_mn"];
const NAMES = ["A", "B"] as const;

/** The few figures that stay beside the controls. */
function briefly(outcome: Outcome, offer: Offer, language: Language): HTMLElement {
  const rows = BRIEF.flatMap((name) => {
    const [value, told] = [outcome.outcomes[name], offer.outcomes[name]];
    return value === undefined || !told ? [] : [el("div", {},
      el("dt", {}, told.title[language]), el("dd", {}, `${sayNumber(value, "count", language)} ${told.unit[language]}`))];
  });
  return el("dl", {}, ...rows);
}

/** What the address said, before it is known what of it holds. */
const kept = (address: URLSearchParams): [string, string][] =>
  [...address].filter(([name]) => !["modo", "map", "lang"].includes(name));

/** Places all services would open in each municipality. */
function placesBy(outcome: Outcome): number[] {
  const rows = Object.values(outcome.municipalities.new_places);
  return outcome.municipalities.cvegeo.map((_, at) => rows.reduce((sum, places) => sum + (places[at] ?? 0), 0));
}

/** Four limits that share the municipalities with places in five classes; fewer where they are few. */
function breaksOf(counts: number[]): number[] {
  const some = counts.filter((count) => count >= 0.5).sort((a, b) => a - b);
  const limits = [0.2, 0.4, 0.6, 0.8].map((share) => Math.floor(some[Math.floor(share * some.length)] ?? 0));
  return [...new Set(limits)].filter((limit) => limit > Math.max(1, some[0] ?? 0));
}

export default function make(context: Context, root: HTMLElement): Mode {
  return new Simulador(context, root);
}
