// “Estadísticas y mapas”: one indicator of one level on the map, its legend, and what is known of a place.

import { readFacility, readPlace } from "../atlas";
import type { Column, Layer } from "../atlas";
import { classesOf } from "../classes";
import { el } from "../dom";
import { placeName, sayMeasure, sayNumber, sayUnknown, sayValue, titleParts } from "../formats";
import { legend } from "../legend";
import type { Hit } from "../map";
import type { Click, Context, Mode } from "../mode";
import { facilityPanel, placePanel } from "../place-panel";
import { notComputed } from "../sources";
import { sayMapa } from "../texts/mapa";
import type { View } from "../address";

// From which zoom on each level is shown when the level follows the zoom.
const LADDER: Record<string, number> = { entidades: 0, municipios: 5.5, agebs: 9.5, manzanas: 13.5 };

class Mapa implements Mode {
  private level = "auto"; // or a layer
  private indicator: string | null = null;
  private facilities = true;
  private selected: { layer: string; key: string } | null = null;
  private layer: Layer;
  private readonly areas: Layer[];
  private readonly centres: Layer | undefined;
  private readonly levels: HTMLSelectElement;
  private readonly indicators: HTMLSelectElement;
  private readonly centresBox: HTMLInputElement;
  private readonly legend = el("section", { id: "legend", "aria-labelledby": "legend-title" });
  private readonly labels: Record<"indicator" | "level" | "facilities", HTMLElement>;

  constructor(private readonly context: Context, root: HTMLElement) {
    const { atlas } = context;
    this.areas = atlas.layers.filter((layer) => layer.level !== null && layer.tiles !== null);
    this.centres = atlas.layers.find((layer) => layer.id === "centros" && layer.tiles);
    const [first] = this.areas;
    if (!first) throw new Error("the registry offers this mode only where there are areas");
    this.layer = first;
    this.indicators = el("select", { id: "indicator" }) as HTMLSelectElement;
    this.levels = el("select", { id: "level" }) as HTMLSelectElement;
    this.centresBox = el("input", { type: "checkbox", id: "facilities" }) as HTMLInputElement;
    this.labels = { indicator: el("span"), level: el("span"), facilities: el("span") };
    root.append(
      el("div", { class: "fields" },
        el("label", {}, this.labels.indicator, this.indicators),
        el("label", {}, this.labels.level, this.levels),
        el("label", { class: "switch" }, this.centresBox, this.labels.facilities)),
      this.legend);
    this.wire();
  }

  private wire(): void {
    const { context } = this;
    this.indicators.addEventListener("change", () => {
      this.indicator = this.indicators.value;
      this.redraw();
      context.step();
      if (this.selected && this.selected.layer !== this.centres?.id) void this.open(this.selected, false);
    });
    this.levels.addEventListener("change", () => {
      this.level = this.levels.value;
      this.redraw();
      context.step();
    });
    this.centresBox.addEventListener("change", () => {
      this.facilities = this.centresBox.checked;
      this.redraw();
      context.amend();
    });
  }

  read(address: URLSearchParams): void {
    const level = address.get("nivel");
    const selected = /^([a-z_]+)\/([0-9A-Za-z_.-]+)$/.exec(address.get("sel") ?? "");
    this.level = this.areas.some((layer) => layer.id === level) ? level ?? "auto" : "auto";
    this.indicator = this.known(address.get("ind"));
    this.facilities = address.get("centros") !== "0";
    this.selected = selected ? { layer: selected[1] ?? "", key: selected[2] ?? "" } : null;
  }

  /** The indicator of an address, or where this atlas does not have it, one to begin with. */
  private known(name: string | null): string | null {
    const columns = this.areas.flatMap((layer) => layer.columns.filter((column) => column.mapped));
    if (columns.some((column) => column.name === name)) return name;
    const known = columns.filter((column) => (column.statistics?.count ?? 0) > 0);
    const start = known.find((column) => column.kind === "time") ??
      known.find((column) => column.kind === "rate") ?? known[0] ?? columns[0];
    return start?.name ?? null;
  }

  write(): [string, string][] {
    const parts: [string, string][] = [];
    if (this.level !== "auto") parts.push(["nivel", this.level]);
    if (this.indicator) parts.push(["ind", this.indicator]);
    if (!this.facilities) parts.push(["centros", "0"]);
    if (this.selected) parts.push(["sel", `${this.selected.layer}/${this.selected.key}`]);
    return parts;
  }

  translate(): void {
    const { language } = this.context;
    this.labels.indicator.textContent = sayMapa("indicator", language);
    this.labels.level.textContent = sayMapa("level", language);
    this.labels.facilities.textContent = sayMapa("facilities", language);
    this.levels.replaceChildren(
      el("option", { value: "auto" }, sayMapa("auto", language)),
      ...this.areas.map((layer) => el("option", { value: layer.id }, layer.title[language])),
    );
    this.levels.value = this.level;
    this.indicators.replaceChildren(...this.indicatorGroups());
    this.indicators.value = this.indicator ?? "";
    this.centresBox.checked = this.facilities;
    this.centresBox.disabled = !this.centres;
  }

  private indicatorGroups(): HTMLElement[] {
    const { language } = this.context;
    const groups = new Map<string, HTMLElement>();
    const offered = new Set<string>();
    for (const column of this.areas.flatMap((layer) => layer.columns)) {
      if (!column.mapped || offered.has(column.name)) continue;
      offered.add(column.name);
      const topic = column.service ?? column.group ?? "";
      const [measure, named] = titleParts(column.title, language);
      let group = groups.get(`${topic} ${named}`);
      if (!group) {
        group = el("optgroup", { label: named ? named.charAt(0).toUpperCase() + named.slice(1) : sayMapa("population", language) });
        groups.set(`${topic} ${named}`, group);
      }
      group.append(el("option", { value: column.name }, measure));
    }
    return [...groups.values()];
  }

  show(): void {
    this.redraw();
    if (this.selected) void this.open(this.selected, false);
    else this.context.panel.close();
  }

  hide(): void {
    void this.context.map.mark(null);
  }

  private levelFor(zoom: number): Layer {
    const fixed = this.areas.find((layer) => layer.id === this.level);
    if (fixed) return fixed;
    const steps = this.areas.filter((layer) => layer.id in LADDER);
    const reached = steps.filter((layer) => (LADDER[layer.id] ?? 0) <= zoom);
    return reached.at(-1) ?? steps[0] ?? this.layer;
  }

  private column(layer: Layer, name: string | null): Column | undefined {
    return layer.columns.find((column) => column.mapped && column.name === name);
  }

  private redraw(): void {
    const { atlas, language, map } = this.context;
    this.layer = this.levelFor(map.view().zoom);
    const column = this.column(this.layer, this.indicator);
    const reach = column ? this.column(this.layer, `reach_${column.service}`) : undefined;
    const classes = column ? classesOf(column, reach, language) : null;
    this.legend.replaceChildren(...legend(this.layer, column, classes, language), ...notComputed(atlas, language));
    this.context.status(sayMapa("loading", language));
    void map.draw(this.layer, classes);
    void map.show({ areas: true, centres: this.facilities });
    void map.mark(this.selected);
  }

  recoloured(): void {
    this.redraw();
  }

  moved({ zoom }: View): void {
    if (this.level === "auto" && this.levelFor(zoom) !== this.layer) this.redraw();
  }

  drawn(): void {
    const { language, map } = this.context;
    const title = this.column(this.layer, this.indicator)?.title[language] ?? "";
    const least = this.layer.tiles?.min_zoom ?? 0;
    const apart = map.view().zoom < least;
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
    const { language, map } = this.context;
    const hit = screen ? map.hit(screen) : null;
    map.pointer(hit ? "pointer" : "");
    if (!hit) {
      this.context.tip(null, null);
      return;
    }
    const column = hit.layer === this.layer.id ? this.column(this.layer, this.indicator) : undefined;
    const value = column ? hit.properties[column.name] : undefined;
    const said = !column ? ""
      : typeof value === "number"
        ? sayMeasure(value, column.unit, column.kind, language).join(" ")
        : typeof value === "string" ? sayValue(value, language) : sayUnknown(language);
    this.context.tip(hit, screen, this.nameOf(hit), said);
  }

  private nameOf(hit: Hit): string {
    const name = hit.properties["name"];
    const level = this.context.atlas.layers.find((layer) => layer.id === hit.layer)?.level ?? "";
    return placeName(typeof name === "string" ? name : null, hit.key, level, this.context.language);
  }

  clicked({ screen }: Click): void {
    const hit = this.context.map.hit(screen);
    if (!hit) {
      this.context.status(sayMapa("nothingAtCentre", this.context.language));
      return;
    }
    const selected = { layer: hit.layer, key: hit.key };
    this.selected = selected;
    this.context.step();
    void this.open(selected, true);
  }

  private async open(selected: { layer: string; key: string }, focus: boolean): Promise<void> {
    const { context } = this;
    this.selected = selected;
    context.tip(null, null);
    void context.map.mark(selected);
    context.panel.wait(sayMapa("loading", context.language));
    try {
      const nodes = await this.panelFor(selected);
      if (this.selected === selected) context.panel.open(nodes, focus);
    } catch (error) {
      if (this.selected === selected) {
        context.panel.fail(context.explain(error, sayMapa("placeFailed", context.language)));
      }
    }
  }

  private async panelFor({ layer: id, key }: { layer: string; key: string }): Promise<Node[]> {
    const { atlas, language } = this.context;
    const layer = atlas.layers.find((item) => item.id === id);
    if (layer?.level) {
      const place = await readPlace(layer.level, key, language);
      return placePanel(place, atlas, this.indicator, language);
    }
    const facility = await readFacility(id, key, language);
    return layer ? facilityPanel(facility, layer, atlas, language) : [];
  }

  panelClosed(): void {
    this.selected = null;
    void this.context.map.mark(null);
    this.context.step();
  }
}

export default function make(context: Context, root: HTMLElement): Mode {
  return new Mapa(context, root);
}
