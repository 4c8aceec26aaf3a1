// “Participación de las mujeres”: how work and care go together, on the map, place by place, in models.

import { readPlace } from "../atlas";
import type { Layer } from "../atlas";
import { el } from "../dom";
import { placeName, sayMeasure, sayNumber, sayValue } from "../formats";
import type { Click, Context, Mode } from "../mode";
import { classesOf, coloursOf, VIEWS } from "../participacion/painting";
import type { View } from "../participacion/painting";
import { filesOf, legendOf, modelOf, scatterOf } from "../participacion/parts";
import { readParticipation, readPoints } from "../participacion/service";
import type { ModelId, Participation, Points } from "../participacion/service";
import { sharing } from "../sharing";
import { sayParticipacion } from "../texts/participacion";

interface Held {
  found: Participation;
  points: Points;
}

class Participacion implements Mode {
  private readonly layers: Layer[];
  private layer: Layer;
  private view: View = "bivariado";
  private model: ModelId | null = null;
  private chosen: string | null = null;
  private revealed: string | null = null;
  private shown = false;
  private held = new Map<string, Promise<Held>>();
  private current: Held | null = null;
  private readonly levels = el("select", { id: "participation-level" }) as HTMLSelectElement;
  private readonly views = el("select", { id: "participation-view" }) as HTMLSelectElement;
  private readonly labels = { level: el("span"), view: el("span") };
  private readonly reading = el("section", { class: "reading", "aria-live": "polite" });
  private readonly legend = el("section", { id: "participation-legend", class: "clusters" });
  private readonly dots = el("section", { id: "participation-scatter" });
  private readonly models = el("section", { id: "participation-models" });

  constructor(private readonly context: Context, root: HTMLElement) {
    this.layers = context.atlas.layers.filter(comparable);
    const last = this.layers.at(-1);
    if (!last) throw new Error("the registry offers this mode only where there are clusters");
    this.layer = last;
    root.append(
      el("div", { class: "participation-fields" },
        el("label", {}, this.labels.level, this.levels), el("label", {}, this.labels.view, this.views)),
      this.reading, this.legend, this.dots, this.models);
    this.levels.addEventListener("change", () => {
      this.layer = this.layers.find((layer) => layer.id === this.levels.value) ?? this.layer;
      this.chosen = null;
      this.context.panel.close();
      this.model = null;
      this.redraw();
      context.step();
    });
    this.views.addEventListener("change", () => {
      this.view = VIEWS.find((view) => view === this.views.value) ?? this.view;
      this.redraw();
      context.step();
    });
  }

  read(address: URLSearchParams): void {
    this.layer = this.layers.find((layer) => layer.id === address.get("nivel")) ?? this.layers.at(-1) ?? this.layer;
    this.view = VIEWS.find((view) => view === address.get("vista")) ?? "bivariado";
    const chosen = address.get("lugar") ?? "";
    this.chosen = /^[0-9A-Z]{2,13}$/.test(chosen) ? chosen : null;
  }

  write(): [string, string][] {
    const parts: [string, string][] = [];
    if (this.layer !== this.layers.at(-1)) parts.push(["nivel", this.layer.id]);
    if (this.view !== "bivariado") parts.push(["vista", this.view]);
    if (this.chosen) parts.push(["lugar", this.chosen]);
    return parts;
  }

  translate(): void {
    const { language } = this.context;
    this.labels.level.textContent = sayParticipacion("level", language);
    this.labels.view.textContent = sayParticipacion("view", language);
    this.levels.replaceChildren(...this.layers.map((layer) => el("option", { value: layer.id }, layer.title[language])));
    this.views.replaceChildren(...VIEWS.map((view) => el("option", { value: view }, sayParticipacion(view, language))));
  }

  show(): void {
    this.shown = true;
    this.redraw();
  }

  hide(): void {
    this.shown = false;
    void this.context.map.mark(null);
  }

  recoloured(): void {
    this.redraw();
  }

  private redraw(): void {
    const { context, layer } = this;
    this.levels.value = layer.id;
    this.views.value = this.view;
    context.status(sayParticipacion("loading", context.language));
    void context.map.draw(layer, null);
    void context.map.show({ areas: true, centres: false });
    void this.load(layer).then(
      (held) => { if (this.shown && this.layer === layer) this.fill(held); },
      (error: unknown) => {
        if (this.shown && this.layer === layer) this.failed(error);
      });
  }

  private load(layer: Layer): Promise<Held> {
    const { atlas, language } = this.context;
    const level = layer.level ?? "";
    const held = this.held.get(level) ?? Promise.all([
      readParticipation(level, atlas.version, language), readPoints(level, atlas.version, language),
    ]).then(([found, points]) => ({ found, points }));
    this.held.set(level, held);
    return held;
  }

  private failed(error: unknown): void {
    const { context } = this;
    this.held.delete(this.layer.level ?? "");
    context.status("");
    context.alert(context.explain(error, sayParticipacion("failed", context.language)), () => this.redraw());
  }

  private fill(held: Held): void {
    const { context, layer, view } = this;
    const { language } = context;
    const { found, points } = held;
    this.current = held;
    this.reading.replaceChildren(
      el("p", { class: "said" }, `${found.sentence[language]}.`.replaceAll(" %", "\u00a0%")),
      el("p", { class: "caution" }, `${found.caution[language]}.`));
    this.legend.replaceChildren(...legendOf(view, found, points, language));
    this.dots.replaceChildren(...scatterOf(found, points, this.chosen, language));
    this.fillModels(found);
    void context.map.draw(layer, classesOf(coloursOf(view, found, points), layer.key, points.cvegeo.length));
    void context.map.mark(this.chosen ? { layer: layer.id, key: this.chosen } : null);
    if (!this.chosen) return;
    this.open(this.chosen, false);
    void this.reveal(this.chosen);
  }

  /** Bring the place of an address into view, once. */
  private async reveal(key: string): Promise<void> {
    if (this.revealed === key) return;
    this.revealed = key;
    // A place the service does not know is said to be none by the panel.
    const place = await readPlace(this.layer.level ?? "", key, this.context.language).catch(() => null);
    if (place?.bbox && this.chosen === key && this.shown) this.context.map.reveal(place.bbox);
  }

  private fillModels(found: Participation): void {
    const { language } = this.context;
    const model = found.models.find((item) => item.model === this.model) ??
      found.models.find((item) => item.chosen === "si") ?? found.models[0];
    const title = el("h3", {}, sayParticipacion("models", language));
    if (!model) {
      this.models.replaceChildren(title, el("p", { class: "message" }, sayParticipacion("noModels", language)));
      return;
    }
    const pick = el("select", { id: "participation-model" }) as HTMLSelectElement;
    pick.append(...found.models.map((item) => {
      const name = sayParticipacion(item.model, language);
      return el("option", { value: item.model },
        item.chosen === "si" ? sayParticipacion("advised", language, name) : name);
    }));
    pick.value = model.model;
    pick.addEventListener("change", () => {
      this.model = found.models.find((item) => item.model === pick.value)?.model ?? null;
      this.fillModels(found);
      this.models.querySelector("select")?.focus();
    });
    this.models.replaceChildren(title,
      el("label", {}, sayParticipacion("model", language), pick),
      ...modelOf(model, found, language), el("ul", { class: "files" }, ...filesOf(found, language)));
  }

  drawn(): void {
    const { language, map } = this.context;
    const count = map.areasInView();
    document.body.dataset["drawn"] = String(count);
    this.context.status(sayParticipacion("drawn", language,
      sayParticipacion(this.view, language), sayNumber(count, "count", language)), true);
  }

  hovered(screen: [number, number] | null): void {
    const { context, current } = this;
    const hit = screen ? context.map.hit(screen) : null;
    context.map.pointer(hit ? "pointer" : "");
    const index = hit && current ? current.points.cvegeo.indexOf(hit.key) : -1;
    if (!hit || !current || index < 0) context.tip(null, null);
    else context.tip(hit, screen, this.nameOf(index, current), ...this.facts(index, current).map((fact) => fact.join(": ")).slice(0, 2));
  }

  private nameOf(index: number, { points }: Held): string {
    return placeName(points.name[index] ?? null, points.cvegeo[index] ?? "", this.layer.level ?? "", this.context.language);
  }

  private facts(index: number, { found, points }: Held): [string, string][] {
    const { language } = this.context;
    const measure = (column: Participation["outcome"], value: number | null): string => value === null
      ? sayParticipacion("unknown", language) : sayMeasure(value, column.unit, column.kind, language).join(" ").trim();
    const cluster = points.cluster[index] ?? "sin_dato";
    const kind = found.types.find((item) => item.id === points.type[index]);
    return [
      [found.outcome.title[language], measure(found.outcome, points.outcome[index] ?? null)],
      [found.supply.title[language], measure(found.supply, points.supply[index] ?? null)],
      [sayParticipacion("cluster", language), sayValue(cluster, language)],
      [sayParticipacion("type", language), kind?.name[language] ?? sayParticipacion("unknown", language)],
    ];
  }

  clicked({ screen }: Click): void {
    const hit = this.context.map.hit(screen);
    if (!hit || hit.layer !== this.layer.id || !this.current) return;
    this.chosen = hit.key;
    this.revealed = hit.key;
    this.context.step();
    this.open(hit.key, true);
  }

  private open(key: string, focus: boolean): void {
    const { context, current, layer } = this;
    if (!current) return;
    const { language } = context;
    const index = current.points.cvegeo.indexOf(key);
    context.tip(null, null);
    void context.map.mark({ layer: layer.id, key });
    this.dots.replaceChildren(...scatterOf(current.found, current.points, key, language));
    if (index < 0) {
      context.panel.fail(sayParticipacion("notHere", language));
      return;
    }
    context.panel.open([
      el("h2", { id: "panel-title", tabindex: "-1" }, this.nameOf(index, current)),
      el("dl", { class: "place-facts" }, ...this.facts(index, current).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
      el("p", { class: "caution" }, `${current.found.caution[language]}.`),
      sharing(language),
    ], focus);
  }

  panelClosed(): void {
    this.chosen = null;
    void this.context.map.mark(null);
    if (this.current) {
      this.dots.replaceChildren(...scatterOf(this.current.found, this.current.points, null, this.context.language));
    }
    this.context.step();
  }
}

// The service tells no more places than this at once.
const MOST_PLACES = 20_000;

/** Levels drawn on the map whose participation was set against care. */
const comparable = (layer: Layer): boolean => layer.tiles !== null && layer.rows <= MOST_PLACES &&
  layer.columns.some((column) => column.name === "participation_cluster");

export default function make(context: Context, root: HTMLElement): Mode {
  return new Participacion(context, root);
}
