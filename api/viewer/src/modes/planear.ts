// “Planea centros”: centres opened, moved and closed on the map, and what that changes, at once.

import type { Feature } from "geojson";
import type { FilterSpecification } from "maplibre-gl";
import type { View } from "../address";
import { postJson } from "../atlas";
import type { Layer } from "../atlas";
import { el } from "../dom";
import { csv, fileName, save } from "../download";
import { sayNumber, sayValue } from "../formats";
import type { DragEvents, Hit, OverlayLayer } from "../map";
import { CHOSEN, point } from "../map-layers";
import type { Click, Context, Mode } from "../mode";
import { BeforeAfter, columnOf, SHOWN } from "../planear/beside";
import type { Shown } from "../planear/beside";
import { Priority } from "../planear/priority";
import { asFile, fromFile } from "../planear/scenario";
import type { Change, Outcome, Sited } from "../planear/scenario";
import { results } from "../planear/results";
import { sayPlanear } from "../texts/planear";

const PAUSE_MS = 200; // after the last change, before the service is asked
const MINUTES = 15;
const MOST_BYTES = 2 << 20;
const BETTER = "#1b7a4b";
const WORSE = "#c2540a";
const NEW: OverlayLayer[] = [
  {
    id: "circles", type: "circle",
    paint: {
      "circle-radius": 12, "circle-stroke-width": 3, "circle-stroke-color": "#ffffff",
      "circle-color": ["match", ["get", "kind"], "abrir", CHOSEN, "mover", "#1b5e9c", "#5c5f66"],
    },
  },
  {
    id: "numbers", type: "symbol",
    layout: { "text-field": ["get", "label"], "text-font": ["sans-serif"], "text-size": 12, "text-allow-overlap": true },
    paint: { "text-color": "#ffffff" },
  },
];

class Planear implements Mode {
  private service: string;
  private changes: Change[] = [];
  private chosen: { id: string; name: string } | null = null;
  private outcome: Outcome | null = null;
  private failure: string | null = null;
  private timer = 0;
  private asking: AbortController | null = null;
  private stopDragging: (() => void) | null = null;
  private dragged = -1;
  private places = 100;
  private twoMaps = false;
  private shown: Shown = SHOWN[0];
  private maps: BeforeAfter | null = null;
  private readonly drag: DragEvents = {
    start: (properties) => {
      this.dragged = Number(properties["index"]);
      const change = this.changes[this.dragged];
      return change !== undefined && change.at !== null;
    },
    move: (at) => this.moveTo(this.dragged, at),
    end: (at) => this.moveTo(this.dragged, at),
  };
  private readonly areas: Layer;
  private readonly priority: Priority;
  private readonly services: string[];
  private readonly form = el("form", { id: "planning" });
  private readonly list = el("section", { id: "changes", "aria-labelledby": "changes-title" });
  private readonly said = el("p", { id: "planning-said", role: "status" });
  private readonly result = el("section", { id: "planning-result", "aria-labelledby": "result-title", "aria-live": "polite" });

  constructor(private readonly context: Context, root: HTMLElement) {
    const areas = context.atlas.layers.find((layer) => layer.id === "agebs");
    if (!areas) throw new Error("the registry offers this mode only where there are AGEB");
    this.areas = areas;
    this.services = areas.columns.flatMap(({ name, service }) => (service && name === `reach_${service}` ? [service] : []))
      .filter((name) => areas.columns.some((column) => column.name === `demand_${name}`));
    this.service = this.services[0] ?? "guarderia";
    this.priority = new Priority(context, areas);
    root.append(this.form, this.list, this.said, this.result, this.priority.element);
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  read(address: URLSearchParams): void {
    const wanted = address.get("servicio");
    this.service = this.services.find((name) => name === wanted) ?? this.services[0] ?? this.service;
    this.shown = SHOWN.find((name) => name === address.get("mapas")) ?? SHOWN[0];
    this.twoMaps = address.has("mapas");
  }

  write(): [string, string][] {
    return [
      ...(this.service === this.services[0] ? [] : [["servicio", this.service] as [string, string]]),
      ...(this.twoMaps ? [["mapas", this.shown] as [string, string]] : []),
    ];
  }

  translate(): void {
    this.drawForm();
    this.drawList();
    this.drawResult();
    this.priority.translate();
  }

  show(): void {
    this.context.panel.close();
    void this.context.map.draw(this.areas, null);
    void this.context.map.show({ areas: false, centres: true });
    this.context.status("");
    this.drawMap();
    this.drawResult();
    this.stopDragging ??= this.context.map.draggable("plan/circles", this.drag);
  }

  hide(): void {
    window.clearTimeout(this.timer);
    this.asking?.abort();
    this.stopDragging?.();
    this.stopDragging = null;
    void this.endMaps();
    void this.context.map.overlay("plan", null);
    this.shade(null);
  }

  moved(view: View): void {
    this.maps?.second.follow(view);
  }

  private async endMaps(): Promise<void> {
    const { maps } = this;
    this.maps = null;
    await maps?.end();
  }

  clicked({ screen }: Click): void {
    const hit = this.context.map.hit(screen) ?? this.centreAt(screen);
    if (hit) this.choose(hit);
  }

  private choose(hit: Hit): void {
    if (hit.layer !== "centros") return;
    const name = hit.properties["name"];
    this.chosen = { id: hit.key, name: typeof name === "string" ? name : hit.key };
    this.drawList();
    this.list.querySelector<HTMLElement>("#chosen-centre-title")?.focus();
  }

  /** A centre under the pointer, though areas are not drawn. */
  private centreAt(screen: [number, number]): Hit | null {
    const [found] = this.context.map.at(screen, ["centres"]);
    return found ? { layer: "centros", key: String(found.properties["facility_id"]), properties: found.properties } : null;
  }

  hovered(screen: [number, number] | null): void {
    if (!screen) return;
    const { map } = this.context;
    map.pointer(map.at(screen, ["plan/circles"]).length > 0 ? "grab" : map.at(screen, ["centres"]).length > 0 ? "pointer" : "");
  }

  recoloured(): void {
    void this.context.map.show({ areas: this.maps !== null, centres: true });
    this.drawMap();
  }

  // Changes.

  private changed(): void {
    this.drawList();
    this.drawMap();
    this.ask();
  }

  private moveTo(index: number, at: [number, number]): void {
    const change = this.changes[index];
    if (!change?.at) return;
    change.at = at;
    this.drawMap();
    this.ask();
  }

  private middle(): [number, number] {
    const { longitude, latitude } = this.context.map.view();
    return [longitude, latitude];
  }

  private add(at: [number, number]): void {
    this.changes.push({ at, shape: null, properties: { change: "abrir", services: [this.service], places: this.places } });
    this.changed();
  }

  private set(change: "cerrar" | "mover" | "esquema" | "lugares"): void {
    if (!this.chosen) return;
    const { id, name } = this.chosen;
    const clash = (item: Change): boolean => item.properties.facility_id === id
      && (item.properties.change === change || change === "cerrar" || item.properties.change === "cerrar");
    this.changes = this.changes.filter((item) => !clash(item));
    const more = change === "esquema" ? { scheme: "abierto" } : change === "lugares" ? { places: this.places } : {};
    this.changes.push({
      at: change === "mover" ? this.middle() : null, shape: null,
      properties: { change, facility_id: id, ...more },
    });
    this.names.set(id, name);
    this.chosen = null;
    this.changed();
  }
  private readonly names = new Map<string, string>();

  private async next(): Promise<void> {
    const { context } = this;
    const { language } = context;
    this.said.textContent = sayPlanear("looking", language);
    try {
      const scenario = asFile(this.changes, this.title());
      const asked = { service: this.service, sites: 1, minutes: MINUTES, scenario };
      const found = await postJson<Sited>("/sitios", asked, language);
      const [site] = found.sites;
      if (!site) {
        this.said.textContent = sayPlanear("bestNone", language);
        return;
      }
      this.add([site.lon, site.lat]);
      context.map.fit([[site.lon, site.lat]], 14);
      this.said.textContent = sayPlanear("bestFound", language, sayNumber(site.gain, "count", language), MINUTES);
    } catch (error) {
      this.said.textContent = context.explain(error, sayPlanear("failed", language));
    }
  }

  // What the service says.

  private ask(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.compute(), PAUSE_MS);
  }

  private async compute(): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const { context } = this;
    if (this.changes.length === 0) {
      this.outcome = null;
      this.failure = null;
      this.drawResult();
      return;
    }
    this.result.setAttribute("aria-busy", "true");
    try {
      const file = asFile(this.changes, this.title());
      this.outcome = await postJson<Outcome>("/escenarios", file, context.language, asking.signal);
      this.failure = null;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.outcome = null;
      this.failure = context.explain(error, sayPlanear("failed", context.language));
    }
    this.drawResult();
  }

  private title = (): string => `${this.context.atlas.title[this.context.language]} · ${this.service}`.slice(0, 200);

  // What is seen.

  private drawForm(): void {
    const { language } = this.context;
    const select = el("select", { id: "plan-service" },
      ...this.services.map((name) => el("option", { value: name }, sayValue(name, language)))) as HTMLSelectElement;
    select.value = this.service;
    select.addEventListener("change", () => {
      this.service = select.value;
      this.context.step();
      this.drawResult();
    });
    const places = el("input", { type: "number", id: "plan-places", min: "1", max: "5000", step: "1", inputmode: "numeric" }) as HTMLInputElement;
    places.value = String(this.places);
    places.addEventListener("change", () => {
      this.places = Math.min(5000, Math.max(1, Math.round(Number(places.value) || 100)));
      places.value = String(this.places);
    });
    const file = el("input", { type: "file", id: "plan-file", accept: ".geojson,.json,application/geo+json" }) as HTMLInputElement;
    // The browser's own button speaks the browser's language.
    file.hidden = true;
    file.addEventListener("change", () => void this.load(file));
    this.form.replaceChildren(
      el("p", {}, sayPlanear("about", language)),
      el("div", { class: "fields" },
        el("label", {}, el("span", {}, sayPlanear("service", language)), select),
        el("label", {}, el("span", {}, sayPlanear("places", language)), places)),
      el("div", { class: "stack" },
        this.button("add", () => this.add(this.middle())),
        this.button("best", () => void this.next(), "main")),
      el("p", { class: "note" }, sayPlanear("drag", language)),
      el("div", { class: "sharing" },
        this.button("download", () => this.save()),
        this.button("load", () => file.click()), file,
        this.button("clear", () => {
          this.changes = [];
          this.chosen = null;
          this.said.textContent = "";
          this.changed();
        })));
  }

  private button(text: Parameters<typeof sayPlanear>[0], act: () => void, kind = ""): HTMLElement {
    const made = el("button", { type: "button", ...(kind ? { class: kind } : {}) }, sayPlanear(text, this.context.language));
    made.addEventListener("click", act);
    return made;
  }

  private drawList(): void {
    const { language } = this.context;
    const rows = this.changes.map((change, index) => {
      const name = this.nameOf(change, index);
      const act = (id: "here" | "remove", work: () => void): HTMLElement => {
        const label = sayPlanear(id === "here" ? "hereOf" : "removeOf", language, name);
        const button = el("button", { type: "button", "aria-label": label }, sayPlanear(id, language));
        button.addEventListener("click", work);
        return button;
      };
      const here = change.at ? act("here", () => {
        change.at = this.middle();
        this.changed();
      }) : null;
      const remove = act("remove", () => {
        this.changes.splice(index, 1);
        this.changed();
        this.list.querySelector<HTMLElement>("h3")?.focus();
      });
      return el("li", {}, el("span", {}, name), el("div", { class: "pair-row" }, here, remove));
    });
    const title = el("h3", { id: "changes-title", tabindex: "-1" }, sayPlanear("changes", language));
    const body = rows.length > 0 ? el("ol", {}, ...rows) : el("p", { class: "note" }, sayPlanear("none", language));
    this.list.replaceChildren(...[this.chosen ? this.drawChosen(this.chosen.name) : null, title, body].filter((node) => node !== null));
  }

  private drawChosen(name: string): HTMLElement {
    const { language } = this.context;
    return el("section", { id: "chosen-centre", "aria-labelledby": "chosen-centre-title" },
      el("h3", { id: "chosen-centre-title", tabindex: "-1" }, `${sayPlanear("chosen", language)}: ${name}`),
      el("div", { class: "stack" },
        this.button("close", () => this.set("cerrar")), this.button("here", () => this.set("mover")),
        this.button("resize", () => this.set("lugares")), this.button("toAll", () => this.set("esquema")),
        this.button("drop", () => {
          this.chosen = null;
          this.drawList();
        })));
  }

  private nameOf({ properties }: Change, index: number): string {
    const { language } = this.context;
    const { change, facility_id: id, places, services } = properties;
    if (change === "abrir") {
      const what = (services ?? []).map((name) => sayValue(name, language)).join(", ");
      const size = places === undefined ? "" : `, ${sayNumber(places, "count", language)}`;
      return `${sayPlanear("new", language, index + 1)}: ${what}${size}`;
    }
    const said = change === "lugares" ? sayPlanear("lugares", language, places ?? 0) : sayPlanear(change, language);
    return id ? `${this.names.get(id) ?? id}: ${said}` : `${properties.name ?? ""} ${said}`.trim();
  }

  private drawMap(): void {
    void this.context.map.overlay("plan", this.points(), NEW);
    if (this.maps) void this.maps.second.map.overlay("plan", this.points(), NEW);
  }

  private points(): Feature[] {
    return this.changes.flatMap(({ at, properties }, index) =>
      at ? [point(at, { index, label: String(index + 1), kind: properties.change })] : []);
  }

  private drawResult(): void {
    const { language } = this.context;
    this.result.removeAttribute("aria-busy");
    const title = el("h3", { id: "result-title" }, sayPlanear("result", language));
    const failed = this.failure === null ? [] : [el("p", { class: "message", role: "alert" }, this.failure)];
    const told = this.outcome ? results(this.outcome, language) : [];
    const files = this.outcome ? [el("p", { class: "sharing" }, this.button("table", () => this.saveTable()))] : [];
    const legend = this.drawMaps();
    this.result.replaceChildren(title, ...this.mapsSwitch(), ...legend, ...failed, ...told, ...files);
  }

  /** Whether there are two maps, and of what. */
  private mapsSwitch(): HTMLElement[] {
    const { language } = this.context;
    const both = el("input", { type: "checkbox", id: "plan-maps" }) as HTMLInputElement;
    both.checked = this.twoMaps;
    both.addEventListener("change", () => {
      this.twoMaps = both.checked;
      this.context.step();
      this.drawResult();
      this.result.querySelector<HTMLElement>("#plan-maps")?.focus();
    });
    const offered = el("label", { class: "switch" }, both, el("span", {}, sayPlanear("twoMaps", language)));
    if (!this.twoMaps) return [offered];
    const columns = SHOWN.flatMap((name) => columnOf(this.areas, name, this.service) ?? []);
    const select = el("select", { id: "plan-shown" }, ...columns.map(({ name, title }) =>
      el("option", { value: name }, title[language]))) as HTMLSelectElement;
    select.value = `${this.shown}_${this.service}`;
    select.addEventListener("change", () => {
      this.shown = SHOWN.find((name) => select.value === `${name}_${this.service}`) ?? SHOWN[0];
      this.context.step();
      this.drawResult();
      this.result.querySelector<HTMLElement>("#plan-shown")?.focus();
    });
    return [offered, el("label", {}, el("span", {}, sayPlanear("indicator", language)), select)];
  }

  /** Draw two maps, or one with what rises and falls; returns the legend. */
  private drawMaps(): HTMLElement[] {
    const { language } = this.context;
    const column = columnOf(this.areas, this.shown, this.service);
    if (this.twoMaps && column) {
      this.shade(null);
      this.maps ??= new BeforeAfter(this.context, this.areas, (hit) => this.choose(hit), this.drag);
      const classes = this.maps.draw(column, this.outcome, this.points(), NEW);
      return [el("h4", {}, sayPlanear("legendAfter", language)), classes];
    }
    if (this.maps) void this.endMaps().then(() => { if (!this.twoMaps) this.shade(this.outcome); });
    else this.shade(this.outcome);
    return this.outcome ? [el("p", { class: "plan-legend" },
      el("span", { class: "swatch better", "aria-hidden": "true" }), ` ${sayPlanear("better", language)} `,
      el("span", { class: "swatch worse", "aria-hidden": "true" }), ` ${sayPlanear("worse", language)}`)] : [];
  }

  /** Colour the AGEB whose places per person rise or fall; what changes is told in words beside. */
  private shade(outcome: Outcome | null): void {
    const { gl } = this.context.map;
    for (const id of ["plan-better", "plan-worse"]) if (gl.getLayer(id)) gl.removeLayer(id);
    if (!outcome || !gl.getLayer("beneath")) return;
    const source = this.context.map.sourceOf(this.areas);
    const column = `e2sfca_${this.service}`;
    const of = (rises: boolean): string[] => outcome.places.flatMap(({ level, cvegeo, columns }) => {
      const [before, after] = columns[column] ?? [null, null];
      const known = level === "ageb" && typeof before === "number" && typeof after === "number";
      return known && after > before === rises ? [cvegeo] : [];
    });
    for (const [id, rises, color] of [["plan-better", true, BETTER], ["plan-worse", false, WORSE]] as const) {
      const filter: FilterSpecification = ["in", ["get", "cvegeo"], ["literal", of(rises)]];
      gl.addLayer({
        id, type: "fill", source, "source-layer": this.areas.id, filter,
        paint: { "fill-color": color, "fill-opacity": 0.45 },
      }, "beneath");
    }
  }

  // Files.

  private save(): void {
    const text = JSON.stringify(asFile(this.changes, this.title()), null, 2);
    save(`${fileName(this.title())}.geojson`, new Blob([text], { type: "application/geo+json" }));
  }

  /** Every figure of a place that changes, before and after. */
  private saveTable(): void {
    const { language } = this.context;
    const say = (name: Parameters<typeof sayPlanear>[0]): string => sayPlanear(name, language);
    const rows = (this.outcome?.places ?? []).flatMap(({ level, cvegeo, name, columns }) =>
      Object.entries(columns).map(([column, [before, after]]) => [level, cvegeo, name, column, before, after]));
    const header = [say("level"), say("key"), say("name"), say("column"), say("before"), say("after")];
    save(`${fileName(this.title())}.csv`, csv(header, rows));
  }

  private async load(input: HTMLInputElement): Promise<void> {
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    const wrong = sayPlanear("notAFile", this.context.language);
    const changes = file.size > MOST_BYTES ? null
      : fromFile(await file.text().then((text) => JSON.parse(text) as unknown).catch(() => null));
    if (!changes) {
      this.said.textContent = wrong;
      return;
    }
    this.changes = changes;
    this.said.textContent = "";
    const points = changes.flatMap(({ at }) => (at ? [at] : []));
    this.context.map.fit(points, 14);
    this.changed();
  }
}

export default function make(context: Context, root: HTMLElement): Mode {
  return new Planear(context, root);
}
