// Which AGEB come first by the planner's weights, and how far that hangs on them.

import { getJson } from "../atlas";
import type { Layer } from "../atlas";
import { el } from "../dom";
import { placeName, sayNumber } from "../formats";
import type { Context } from "../mode";
import { sayPlanear } from "../texts/planear";

interface Answer {
  preset: string | null;
  note: string | null;
  weights: Record<string, number>;
  components: Record<string, { title: string; description: string }>;
  agebs: { cvegeo: string; rank: number; rank_low: number; rank_high: number }[];
  ranked: number;
  unknown: number;
}

const PRESETS = ["general", "bogota"] as const;
const SHOWN = 10;
const MOST = 3;

export class Priority {
  readonly element = el("details", { id: "priority" });
  private preset: (typeof PRESETS)[number] = "general";
  private weights: Record<string, number> | null = null; // the planner's own; null takes the preset's
  private asked = 0;

  constructor(private readonly context: Context, private readonly areas: Layer) {
    this.element.addEventListener("toggle", () => {
      if ((this.element as HTMLDetailsElement).open) void this.ask();
    });
  }

  translate(): void {
    this.element.replaceChildren(el("summary", {}, sayPlanear("priority", this.context.language)));
    if ((this.element as HTMLDetailsElement).open) void this.ask();
  }

  private async ask(): Promise<void> {
    const { context, weights } = this;
    const asked = ++this.asked;
    const query = new URLSearchParams({ preset: this.preset, limit: String(SHOWN), v: context.atlas.version });
    if (weights) query.set("pesos", Object.entries(weights).map(([name, weight]) => `${name}:${weight}`).join(","));
    try {
      const answer = await getJson<Answer>(`/prioridad?${query}`, context.language);
      if (asked === this.asked) this.draw(answer);
    } catch (error) {
      if (asked !== this.asked) return;
      const failed = context.explain(error, sayPlanear("priorityFailed", context.language));
      this.body(el("p", { class: "message", role: "alert" }, failed));
    }
  }

  /** Put what is below the summary, the reader's place in it kept. */
  private body(...nodes: Node[]): void {
    const held = document.activeElement?.id;
    const [summary] = this.element.children;
    this.element.replaceChildren(...(summary ? [summary] : []), ...nodes);
    if (held) this.element.querySelector<HTMLElement>(`#${CSS.escape(held)}`)?.focus();
  }

  private draw(answer: Answer): void {
    const { language } = this.context;
    const select = el("select", { id: "priority-preset" }, ...PRESETS.map((name) =>
      el("option", { value: name }, sayPlanear(`preset_${name}`, language)))) as HTMLSelectElement;
    select.value = this.preset;
    select.addEventListener("change", () => {
      this.preset = PRESETS.find((name) => name === select.value) ?? "general";
      this.weights = null;
      void this.ask();
    });
    const notes = answer.note ? [el("p", { class: "note" }, answer.note)] : [];
    const unknown = answer.unknown > 0 ? [el("p", { class: "note" }, sayPlanear("priorityUnknown", language, answer.unknown))] : [];
    this.body(
      el("p", { class: "note" }, sayPlanear("priorityAbout", language)),
      el("label", {}, el("span", {}, sayPlanear("preset", language)), select), ...notes,
      ...Object.entries(answer.weights).map(([name, weight]) => this.slider(name, weight, answer)),
      this.table(answer), ...unknown);
  }

  private slider(name: string, weight: number, { components, weights }: Answer): HTMLElement {
    const { language } = this.context;
    const { title = name, description = "" } = components[name] ?? {};
    const id = `priority-${name}`;
    const said = el("output", { for: id }, sayNumber(weight, "rate", language));
    const range = el("input", {
      type: "range", id, min: "0", max: String(MOST), step: "0.5", value: String(weight), "aria-describedby": `${id}-about`,
    }) as HTMLInputElement;
    range.addEventListener("input", () => { said.textContent = sayNumber(Number(range.value), "rate", language); });
    range.addEventListener("change", () => {
      this.weights = { ...weights, [name]: Number(range.value) };
      void this.ask();
    });
    return el("div", { class: "slider" }, el("label", { for: id }, title), said, range, el("small", { id: `${id}-about` }, description));
  }

  private table({ agebs, ranked }: Answer): HTMLElement {
    const { context } = this;
    const { language } = context;
    const rows = agebs.map(({ cvegeo, rank, rank_low: low, rank_high: high }) => {
      const go = el("button", { type: "button", class: "link" }, placeName(null, cvegeo, "ageb", language));
      go.addEventListener("click", () => context.go("mapa", [["sel", `${this.areas.id}/${cvegeo}`]]));
      const range = low === high ? String(low) : sayPlanear("priorityRange", language, low, high);
      return el("tr", {}, el("td", { class: "number" }, String(rank)), el("th", { scope: "row" }, go), el("td", { class: "number" }, range));
    });
    const caption = sayPlanear("priorityOf", language, agebs.length, sayNumber(ranked, "count", language));
    return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption }, el("table", {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...(["priorityRank", "ageb", "prioritySensitivity"] as const).map((text) =>
        el("th", { scope: "col" }, sayPlanear(text, language))))),
      el("tbody", {}, ...rows)));
  }
}
