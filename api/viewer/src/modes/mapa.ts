// “Estadísticas y mapas”: an indicator of a level on the map, its legend, and what is known of a place.

import type { View } from "../address";
import { RequestError } from "../atlas";
import type { Column, Layer } from "../atlas";
import { classesOf } from "../classes";
import type { Classes, Keyed } from "../classes";
import { el } from "../dom";
import { placeName, sayMeasure, sayNumber, sayUnknown, sayValue } from "../formats";
import { legend } from "../legend";
import type { Hit } from "../map";
import { ColumnData, METHODS } from "../mapa/data";
import type { Method } from "../mapa/data";
import { Pickers } from "../mapa/pickers";
import { PlaceBeside } from "../mapa/beside";
import type { Selected } from "../mapa/beside";
import { Tools } from "../mapa/tools";
import type { Click, Context, Mode } from "../mode";
import { PlaceSearch } from "../place-search";
import type { FoundPlace } from "../place-search";
import { notComputed } from "../sources";
import { sayMapa } from "../texts/mapa";

// From which zoom on each level is shown when the level follows the zoom.
const LADDER: Record<string, number> = { entidades: 0, municipios: 5.5, agebs: 9.5, manzanas: 13.5 };
const MOST_KEYED = 60_000; // places coloured by their keys, for indicators that tiles do not carry
const KEY = /^([a-z_]+)\/([0-9A-Za-z_.-]+)$/;

class Mapa implements Mode {
  private level = "auto"; // or a layer
  private indicator: string | null = null;
  private method: Method = "cuantiles";
  private facilities = true;
  private layer: Layer;
  private classes: Classes | null = null;
  private keyed: Keyed | null = null;
  private drawing = 0;
  private readonly areas: Layer[];
  private readonly centres: Layer | undefined;
  private readonly data: ColumnData;
  private readonly pickers: Pickers;
  private readonly beside: PlaceBeside;
  private readonly tools: Tools;
  private readonly search: PlaceSearch;
  private readonly levels = el("select", { id: "level" }) as HTMLSelectElement;
  private readonly methods = el("select", { id: "method" }) as HTMLSelectElement;
  private readonly centresBox = el("input", { type: "checkbox", id: "facilities" }) as HTMLInputElement;
  private readonly all = el("button", { type: "button", id: "all-indicators" });
  private readonly legend = el("section", { id: "legend", "aria-labelledby": "legend-title" });
  private readonly labels = { level: el("span"), method: el("span"), facilities: el("span"), find: el("summary") };

  constructor(private readonly context: Context, root: HTMLElement) {
    const { atlas } = context;
    this.areas = atlas.layers.filter((layer) => layer.level !== null && layer.tiles !== null)
      .map((layer) => ({ ...layer, columns: [...layer.columns] }));
    this.centres = atlas.layers.find((layer) => layer.id === "centros" && layer.tiles);
    const [first] = this.areas;
    if (!first) throw new Error("the registry offers this mode only where there are areas");
    this.layer = first;
    this.data = new ColumnData(context);
    this.pickers = new Pickers((name) => {
      this.indicator = name;
      this.redraw();
      context.step();
      this.beside.redraw();
    });
    this.pickers.offer(this.areas);
    this.search = new PlaceSearch(context, "find-place", (place) => this.goTo(place));
    const showing = {
      layer: (): Layer => this.layer,
      column: (): Column | undefined => this.column(this.layer, this.indicator),
      classes: (): Classes | null => this.classes,
    };
    this.beside = new PlaceBeside(context, this.data, showing);
    this.tools = new Tools(context, this.data, {
      ...showing, areas: this.areas, legend: this.legend,
      open: (selected) => {
        this.beside.choose(selected);
        context.step();
      },
      changed: () => {
        this.redraw();
        context.step();
      },
    });
    root.append(
      this.search.element, this.pickers.element,
      el("div", { class: "fields" },
        el("label", {}, this.labels.level, this.levels), el("label", {}, this.labels.method, this.methods)),
      el("div", { class: "pair-row" },
        el("label", { class: "switch" }, this.centresBox, this.labels.facilities), this.tools.view),
      this.legend,
      el("details", {}, this.labels.find, this.pickers.search, this.all), this.tools.more);
    this.wire();
  }

  private wire(): void {
    const { context } = this;
    const follow = (select: HTMLSelectElement, set: (value: string) => void): void => {
      select.addEventListener("change", () => {
        set(select.value);
        this.redraw();
        context.step();
      });
    };
    follow(this.levels, (value) => { this.level = value; });
    follow(this.methods, (value) => { this.method = value as Method; });
    this.centresBox.addEventListener("change", () => {
      this.facilities = this.centresBox.checked;
      this.redraw();
      context.amend();
    });
    this.all.addEventListener("click", () => void this.offerAll());
  }

  read(address: URLSearchParams): void {
    const level = address.get("nivel");
    const wanted = address.get("ind");
    this.level = this.areas.some((layer) => layer.id === level) ? level ?? "auto" : "auto";
    this.method = METHODS.find((method) => method === address.get("clases")) ?? "cuantiles";
    this.indicator = this.known(wanted);
    this.facilities = address.get("centros") !== "0";
    const place = (name: string): Selected | null => {
      const held = KEY.exec(address.get(name) ?? "");
      return held ? { layer: held[1] ?? "", key: held[2] ?? "" } : null;
    };
    this.beside.read(place("sel"), place("con"));
    this.tools.read(address);
    if (wanted && wanted !== this.indicator) void this.offerAll(wanted);
  }

  /** The indicator of an address, or where this atlas does not have it, one to begin with. */
  private known(name: string | null): string | null {
    if (this.pickers.has(name)) return name;
    const columns = this.areas.flatMap((layer) => layer.columns);
    const known = columns.filter((column) => (column.statistics?.count ?? 0) > 0);
    const start = known.find((column) => column.kind === "time") ??
      known.find((column) => column.kind === "rate") ?? known[0] ?? columns[0];
    return start?.name ?? null;
  }

  write(): [string, string][] {
    const parts: [string, string][] = [];
    if (this.level !== "auto") parts.push(["nivel", this.level]);
    if (this.indicator) parts.push(["ind", this.indicator]);
    if (this.method !== "cuantiles") parts.push(["clases", this.method]);
    if (!this.facilities) parts.push(["centros", "0"]);
    return [...parts, ...this.tools.write(), ...this.beside.write()];
  }

  /** Offer what the tiles do not carry too; `wanted` is the one an address asks for. */
  private async offerAll(wanted?: string): Promise<void> {
    const { language } = this.context;
    try {
      const dictionary = await this.data.dictionary();
      for (const layer of this.areas) {
        const held = new Set(layer.columns.map((column) => column.name));
        layer.columns.push(...(dictionary.get(layer.id) ?? []).filter((column) =>
          !held.has(column.name) && column.statistics !== null && !/_(low|high)(_|$)/.test(column.name)));
      }
      this.pickers.offer(this.areas);
      this.all.hidden = true;
    } catch (error) {
      this.context.alert(this.context.explain(error, sayMapa("dictionaryFailed", language)));
      return;
    }
    if (wanted && this.pickers.has(wanted)) {
      this.indicator = wanted;
      this.redraw();
      this.context.amend();
    } else if (wanted) {
      this.context.alert(sayMapa("unknownIndicator", language, wanted.slice(0, 60)));
    }
    this.translate();
  }

  translate(): void {
    const { language } = this.context;
    this.search.translate();
    this.labels.level.textContent = sayMapa("level", language);
    this.labels.method.textContent = sayMapa("method", language);
    this.labels.find.textContent = sayMapa("findIndicator", language);
    this.labels.facilities.textContent = sayMapa("facilities", language);
    this.levels.replaceChildren(
      el("option", { value: "auto" }, sayMapa("auto", language)),
      ...this.areas.map((layer) => el("option", { value: layer.id }, layer.title[language])),
    );
    this.levels.value = this.level;
    this.methods.replaceChildren(...METHODS.map((value) => el("option", { value }, sayMapa(value, language))));
    this.methods.value = this.method;
    this.pickers.draw(this.indicator, language);
    this.all.textContent = sayMapa("moreIndicators", language);
    this.centresBox.checked = this.facilities;
    this.centresBox.disabled = !this.centres;
    this.tools.translate();
  }

  show(): void {
    this.redraw();
    this.beside.show();
  }

  hide(): void {
    void this.context.map.mark(null);
    this.tools.hide();
  }

  private levelFor(zoom: number): Layer {
    const fixed = this.areas.find((layer) => layer.id === this.level);
    if (fixed) return fixed;
    const steps = this.areas.filter((layer) => layer.id in LADDER);
    const reached = steps.filter((layer) => (LADDER[layer.id] ?? 0) <= zoom);
    return reached.at(-1) ?? steps[0] ?? this.layer;
  }

  private column(layer: Layer, name: string | null): Column | undefined {
    return layer.columns.find((column) => column.name === name);
  }

  private redraw(): void {
    const { context } = this;
    this.layer = this.levelFor(context.map.view().zoom);
    this.methods.disabled = this.column(this.layer, this.indicator)?.kind === "state";
    context.status(sayMapa("loading", context.language));
    const drawing = ++this.drawing;
    this.classify().then((classes) => {
      if (drawing === this.drawing) this.paint(classes);
    }, (error: unknown) => {
      if (drawing !== this.drawing) return;
      context.status("");
      context.alert(context.explain(error, sayMapa("classesFailed", context.language)), () => this.redraw());
    });
  }

  private async classify(): Promise<Classes | null> {
    const { language } = this.context;
    const column = this.column(this.layer, this.indicator);
    this.keyed = null;
    if (!column) return null;
    const { layer, method } = this;
    const reach = this.column(layer, `reach_${column.service}`);
    const cut = method === "cuantiles" || column.kind === "state" ? undefined : await this.data.cut(layer, column, method);
    if (column.mapped) return classesOf(column, reach, language, cut);
    if (layer.rows > MOST_KEYED) throw new RequestError(sayMapa("tooMany", language));
    const { keys, values } = await this.data.values(layer, column);
    this.keyed = { key: layer.key, values: new Map(keys.map((key, index) => [key, values[index] ?? null])) };
    return classesOf(column, reach, language, cut, this.keyed);
  }

  private paint(classes: Classes | null): void {
    const { atlas, language, map } = this.context;
    this.classes = classes;
    const column = this.column(this.layer, this.indicator);
    const streets = atlas.layers.some((layer) => layer.id === "calles" && layer.tiles);
    this.legend.replaceChildren(...legend(this.layer, column, classes, language),
      ...(streets ? [] : [el("p", { class: "message" }, sayMapa("noStreets", language))]),
      ...notComputed(atlas, language));
    void map.draw(this.layer, classes);
    void map.show({ areas: true, centres: this.facilities });
    void map.mark(...this.beside.marked);
    this.tools.redraw();
  }

  recoloured(): void {
    this.redraw();
  }

  moved(view: View): void {
    if (this.level === "auto" && this.levelFor(view.zoom) !== this.layer) this.redraw();
    this.tools.moved(view);
  }

  drawn(): void {
    const { language, map } = this.context;
    const title = this.column(this.layer, this.indicator)?.title[language] ?? "";
    const apart = map.view().zoom < (this.layer.tiles?.min_zoom ?? 0);
    const count = apart ? 0 : map.areasInView();
    document.body.dataset["drawn"] = String(count);
    if (apart) {
      this.context.status(sayMapa("zoomIn", language, this.layer.title[language]));
      return;
    }
    this.context.status(
      sayMapa("drawn", language, title, this.layer.title[language], sayNumber(count, "count", language)), true);
  }

  hovered(screen: [number, number] | null): void {
    const { map } = this.context;
    const hit = screen ? map.hit(screen) : null;
    map.pointer(hit ? "pointer" : "");
    if (hit) this.context.tip(hit, screen, this.nameOf(hit), this.valueOf(hit));
    else this.context.tip(null, null);
  }

  private valueOf(hit: Hit): string {
    const { language } = this.context;
    const column = hit.layer === this.layer.id ? this.column(this.layer, this.indicator) : undefined;
    if (!column) return "";
    const value = this.keyed ? this.keyed.values.get(hit.key) : hit.properties[column.name];
    if (typeof value === "number") return sayMeasure(value, column.unit, column.kind, language).join(" ");
    return typeof value === "string" ? sayValue(value, language) : sayUnknown(language);
  }

  private nameOf(hit: Hit): string {
    const name = hit.properties["name"];
    const level = this.context.atlas.layers.find((layer) => layer.id === hit.layer)?.level ?? "";
    return placeName(typeof name === "string" ? name : null, hit.key, level, this.context.language);
  }

  clicked({ screen }: Click): void {
    const hit = this.context.map.hit(screen);
    if (hit) this.beside.choose({ layer: hit.layer, key: hit.key });
    else this.context.status(sayMapa("nothingAtCentre", this.context.language));
    this.context.step();
  }

  private goTo({ box, layer, key }: FoundPlace): void {
    this.context.map.fit([[box[0], box[1]], [box[2], box[3]]]);
    if (key) this.beside.choose({ layer, key });
    this.context.step();
  }

  panelClosed(): void {
    this.beside.closed();
    this.context.step();
  }
}

export default function make(context: Context, root: HTMLElement): Mode {
  return new Mapa(context, root);
}
