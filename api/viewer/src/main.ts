// The page: reads the address, the atlas and the reader's choices, and keeps the three in step.

import { readAtlas, readFacility, readPlace, readWay, RequestError } from "./atlas";
import type { Atlas, Box, Column, FoundCentre, Layer } from "./atlas";
import { classesOf } from "./classes";
import type { Classes } from "./classes";
import { byId, el } from "./dom";
import { Finder } from "./finder";
import { legend } from "./legend";
import { CareMap } from "./map";
import type { Hit } from "./map";
import { facilityPanel, foundPanel, notComputed, placePanel, sourceList } from "./panel";
import { readState, writeState } from "./state";
import type { State } from "./state";
import { isTextId, placeName, say, sayMeasure, sayNumber, sayValue, titleParts } from "./texts";
import "./style.css";

// From which zoom on each level is shown when the level follows the zoom.
const LADDER: Record<string, number> = { entidades: 0, municipios: 5.5, agebs: 9.5, manzanas: 13.5 };

class Page {
  private readonly state: State;
  private map: CareMap | null = null;
  private classes: Classes | null = null;
  private layer: Layer;
  private readonly areas: Layer[];
  private readonly centres: Layer | undefined;
  private readonly streets: Layer | undefined;
  private readonly finder: Finder;
  private found: FoundCentre[] = [];

  constructor(private readonly atlas: Atlas, state: State) {
    this.state = state;
    this.areas = atlas.layers.filter((layer) => layer.level !== null && layer.tiles !== null);
    const tiled = (id: string): Layer | undefined => atlas.layers.find((layer) => layer.id === id && layer.tiles);
    this.centres = tiled("centros");
    this.streets = tiled("calles");
    this.finder = new Finder(state.search, () => {
      const { longitude, latitude } = this.map?.view() ?? { longitude: 0, latitude: 0 };
      return [longitude, latitude];
    }, {
      changed: () => this.remember(),
      found: (centres, at) => this.showFound(centres, at),
      chosen: (centre) => void this.openFound(centre),
    });
    const [first] = this.areas;
    if (!first) throw new RequestError(say("nothingKnown", state.language));
    this.layer = first;
    this.checkState();
  }

  /** An old link may name what this atlas does not have. */
  private checkState(): void {
    const { state } = this;
    if (!this.areas.some((layer) => layer.id === state.level)) state.level = "auto";
    const columns = this.areas.flatMap((layer) => layer.columns.filter((column) => column.mapped));
    if (!columns.some((column) => column.name === state.indicator)) {
      const known = columns.filter((column) => (column.statistics?.count ?? 0) > 0);
      const start = known.find((column) => column.kind === "time") ??
        known.find((column) => column.kind === "rate") ?? known[0] ?? columns[0];
      state.indicator = start?.name ?? null;
    }
  }

  start(): void {
    const { atlas, state } = this;
    this.wire();
    this.texts();
    this.menus();
    try {
      this.map = new CareMap(byId("map"), this.home(), state.view, atlas, this.centres, this.streets, {
        moved: (view) => {
          state.view = view;
          this.remember();
          if (state.level === "auto" && this.levelFor(view.zoom) !== this.layer) this.redraw();
        },
        idle: (drawn) => this.drawn(drawn),
        clicked: (screen, at) => this.clicked(screen, at),
        hovered: (hit, at) => this.hover(hit, at),
        failed: () => this.alert(say("tilesFailed", state.language)),
      });
    } catch {
      this.alert(say("noMap", state.language));
      return;
    }
    this.redraw();
    if (state.selected) void this.open(state.selected, false);
    this.switchMode(state.mode);
    if (state.mode === "buscar") void this.finder.ask();
  }

  /** What the first view holds: the towns, where there are any, without the empty land around. */
  private home(): Box {
    const towns = this.areas.filter((layer) => layer.id === "agebs");
    const boxes = (towns.length > 0 ? towns : this.areas).flatMap((layer) => layer.tiles?.bounds ?? []);
    const edge = (side: number): number[] => boxes.filter((_, index) => index % 4 === side);
    return [Math.min(...edge(0)), Math.min(...edge(1)), Math.max(...edge(2)), Math.max(...edge(3))];
  }

  private wire(): void {
    const { state } = this;
    byId<HTMLSelectElement>("indicator").addEventListener("change", (event) => {
      state.indicator = (event.target as HTMLSelectElement).value;
      this.redraw();
      if (state.selected && state.selected.layer !== this.centres?.id) void this.open(state.selected, false);
    });
    byId<HTMLSelectElement>("level").addEventListener("change", (event) => {
      state.level = (event.target as HTMLSelectElement).value;
      this.redraw();
    });
    byId<HTMLInputElement>("facilities").addEventListener("change", (event) => {
      state.facilities = (event.target as HTMLInputElement).checked;
      this.redraw();
    });
    byId("mode-find").addEventListener("click", () => this.switchMode("buscar"));
    byId("mode-map").addEventListener("click", () => this.switchMode("mapa"));
    byId("language").addEventListener("click", () => {
      state.language = state.language === "es" ? "en" : "es";
      this.texts();
      this.menus();
      this.redraw();
      if (state.selected) void this.open(state.selected, false);
    });
    byId("panel-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !byId("panel").hidden) this.close();
    });
    window.addEventListener("hashchange", () => this.follow());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** The address was changed by hand or by going back. */
  private follow(): void {
    if (location.hash === writeState(this.state)) return;
    const before = this.state.language;
    const { search, ...others } = readState(location.hash);
    Object.assign(this.state.search, search);
    Object.assign(this.state, others);
    this.switchMode(this.state.mode);
    if (this.state.mode === "buscar") void this.finder.ask();
    this.checkState();
    if (before !== this.state.language) this.texts();
    this.menus();
    if (this.state.view) this.map?.go(this.state.view);
    this.redraw();
    if (this.state.selected) void this.open(this.state.selected, false);
    else this.close();
  }

  private remember(): void {
    history.replaceState(null, "", writeState(this.state));
  }

  private texts(): void {
    const { atlas, state } = this;
    const { language } = state;
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
      const id = element.dataset["text"] ?? "";
      if (isTextId(id)) element.textContent = say(id, language);
    }
    const title = atlas.title[language];
    document.title = `${title} · Mapa de Cuidados`;
    byId("title").textContent = title;
    const editions = atlas.sources.map(
      (source) => `${source.title[language].replace(/ \([^)]*\)/g, "")} ${source.edition}`,
    );
    byId("editions").textContent = `${say("data", language)}: ${[...new Set(editions)].join(" · ")}`;
    const toggle = byId("language");
    toggle.textContent = say("language", language);
    toggle.lang = language === "es" ? "en" : "es";
    byId("panel-close").setAttribute("aria-label", say("close", language));
    byId("panel-close").title = say("close", language);
    const notes = atlas.notes.map((note) => el("li", {}, note[language]));
    byId("about-content").replaceChildren(
      ...(notes.length > 0 ? [el("h3", {}, say("notes", language)), el("ul", {}, ...notes)] : []),
      sourceList(atlas.sources, language),
    );
  }

  private switchMode(mode: State["mode"]): void {
    const finding = mode === "buscar";
    this.state.mode = mode;
    byId("find").hidden = !finding;
    byId("explore").hidden = finding;
    byId("mode-find").setAttribute("aria-pressed", String(finding));
    byId("mode-map").setAttribute("aria-pressed", String(!finding));
    void this.map?.setPlain(finding);
    void this.map?.showCentres(this.state.facilities && !finding);
    if (!finding) {
      void this.map?.showFound([], null);
      void this.map?.showWay(null);
    } else if (this.found.length > 0 && this.state.search.at) {
      void this.map?.showFound(this.found, this.state.search.at);
    }
    this.remember();
  }

  private showFound(centres: FoundCentre[], at: [number, number]): void {
    this.found = centres;
    void this.map?.showFound(centres, at);
    void this.map?.showWay(null);
    const near = centres.slice(0, 10).flatMap((centre): [number, number][] =>
      centre.lon === null || centre.lat === null ? [] : [[centre.lon, centre.lat]]);
    this.map?.fit([at, ...near]);
  }

  private async openFound(centre: FoundCentre): Promise<void> {
    const { language, search } = this.state;
    this.openPanel();
    byId("panel-content").replaceChildren(...foundPanel(centre, language), this.sharing());
    byId("panel").scrollTop = 0;
    byId("panel-title").focus({ preventScroll: true });
    if (!search.at || centre.minutes === null) return;
    try {
      const way = await readWay(centre.facility_id, search.at, language);
      await this.map?.showWay(way.geometry.coordinates);
      this.map?.fit(way.geometry.coordinates);
      byId("way").textContent = say("way", language,
        sayNumber(way.properties.minutes, "time", language), sayNumber(way.properties.metres, "count", language));
    } catch {
      byId("way").textContent = say("noWay", language);
    }
  }

  private sharing(): HTMLElement {
    const { language } = this.state;
    const print = el("button", { type: "button" }, say("print", language));
    print.addEventListener("click", () => window.print());
    const share = el("button", { type: "button" }, say("share", language));
    share.addEventListener("click", () => void navigator.clipboard.writeText(location.href)
      .then(() => { share.textContent = say("copied", language); }));
    return el("p", { class: "sharing" }, print, share);
  }

  private menus(): void {
    const { state } = this;
    const { language } = state;
    byId("modes").setAttribute("aria-label", say("modes", language));
    this.finder.draw(language);
    const levels = byId<HTMLSelectElement>("level");
    levels.replaceChildren(
      el("option", { value: "auto" }, say("auto", language)),
      ...this.areas.map((layer) => el("option", { value: layer.id }, layer.title[language])),
    );
    levels.value = state.level;
    const indicators = byId<HTMLSelectElement>("indicator");
    indicators.replaceChildren(...this.indicatorGroups());
    indicators.value = state.indicator ?? "";
    const facilities = byId<HTMLInputElement>("facilities");
    facilities.checked = state.facilities;
    facilities.disabled = !this.centres;
  }

  private indicatorGroups(): HTMLElement[] {
    const { language } = this.state;
    const groups = new Map<string, HTMLElement>();
    const offered = new Set<string>();
    for (const column of this.areas.flatMap((layer) => layer.columns)) {
      if (!column.mapped || offered.has(column.name)) continue;
      offered.add(column.name);
      const topic = column.service ?? column.group ?? "";
      const [measure, named] = titleParts(column.title, language);
      let group = groups.get(`${topic} ${named}`);
      if (!group) {
        group = el("optgroup", { label: named ? named.charAt(0).toUpperCase() + named.slice(1) : say("population", language) });
        groups.set(`${topic} ${named}`, group);
      }
      group.append(el("option", { value: column.name }, measure));
    }
    return [...groups.values()];
  }

  private levelFor(zoom: number): Layer {
    const { state } = this;
    const fixed = this.areas.find((layer) => layer.id === state.level);
    if (fixed) return fixed;
    const steps = this.areas.filter((layer) => layer.id in LADDER);
    const reached = steps.filter((layer) => (LADDER[layer.id] ?? 0) <= zoom);
    return reached.at(-1) ?? steps[0] ?? this.layer;
  }

  private column(layer: Layer, name: string | null): Column | undefined {
    return layer.columns.find((column) => column.mapped && column.name === name);
  }

  private redraw(): void {
    const { map, state } = this;
    if (!map) return;
    document.body.dataset["map"] = "busy";
    this.layer = this.levelFor(map.view().zoom);
    const column = this.column(this.layer, state.indicator);
    const reach = column ? this.column(this.layer, `reach_${column.service}`) : undefined;
    this.classes = column ? classesOf(column, reach, state.language) : null;
    byId("legend").replaceChildren(
      ...legend(this.layer, column, this.classes, state.language),
      ...notComputed(this.atlas, state.language),
    );
    this.status(say("loading", state.language));
    map.label(say("mapLabel", state.language), "map-help");
    void map.draw(this.layer, this.classes).then(async () => {
      await map.showCentres(state.facilities && state.mode === "mapa");
      await map.mark(state.selected);
    });
    this.remember();
  }

  private drawn(count: number): void {
    const { language, indicator } = this.state;
    const title = this.column(this.layer, indicator)?.title[language] ?? "";
    const least = this.layer.tiles?.min_zoom ?? 0;
    if (this.map && this.map.view().zoom < least) {
      this.status(say("zoomIn", language, this.layer.title[language]));
      document.body.dataset["map"] = "idle";
      document.body.dataset["drawn"] = "0";
      return;
    }
    document.body.dataset["map"] = "idle";
    document.body.dataset["drawn"] = String(count);
    const status = say("drawn", language, title, this.layer.title[language], sayNumber(count, "count", language));
    this.status(status, true);
  }

  /** Say what the map is doing; once it is drawn, only to screen readers. */
  private status(text: string, quiet = false): void {
    const status = byId("status");
    status.classList.toggle("said", quiet);
    if (status.textContent !== text) status.textContent = text;
  }

  private hover(hit: Hit | null, at: { x: number; y: number }): void {
    const tip = byId("hover");
    tip.hidden = !hit;
    if (!hit) return;
    const { language, indicator } = this.state;
    const column = hit.layer === this.layer.id ? this.column(this.layer, indicator) : undefined;
    const value = column ? hit.properties[column.name] : undefined;
    const said = !column ? ""
      : typeof value === "number"
        ? sayMeasure(value, column.unit, column.kind, language).join(" ")
        : typeof value === "string" ? sayValue(value, language) : say("unknown", language);
    tip.replaceChildren(el("strong", {}, this.nameOf(hit)), el("span", {}, said));
    tip.style.transform = `translate(${at.x + 14}px, ${at.y + 14}px)`;
  }

  private nameOf(hit: Hit): string {
    const name = hit.properties["name"];
    const level = this.atlas.layers.find((layer) => layer.id === hit.layer)?.level ?? "";
    return placeName(typeof name === "string" ? name : null, hit.key, level, this.state.language);
  }

  private clicked(screen: [number, number], at: [number, number]): void {
    if (this.state.mode === "mapa") {
      this.choose(this.map?.hit(screen) ?? null);
      return;
    }
    const number = this.map?.foundAt(screen) ?? null;
    const centre = number === null ? undefined : this.found[number];
    if (centre) void this.openFound(centre);
    else this.finder.setPlace(at);
  }

  private choose(hit: Hit | null): void {
    if (hit) void this.open({ layer: hit.layer, key: hit.key }, true);
    else this.status(say("nothingAtCentre", this.state.language));
  }

  private async open(selected: { layer: string; key: string }, focus: boolean): Promise<void> {
    const { state } = this;
    state.selected = selected;
    this.remember();
    byId("hover").hidden = true;
    void this.map?.mark(selected);
    const panel = byId("panel");
    const content = byId("panel-content");
    const wasHidden = this.openPanel();
    content.setAttribute("aria-busy", "true");
    if (wasHidden) content.replaceChildren(el("p", { id: "panel-title" }, say("loading", state.language)));
    const nodes = await this.panelFor(selected);
    if (state.selected !== selected) return; // another was chosen meanwhile
    content.replaceChildren(...nodes);
    content.removeAttribute("aria-busy");
    if (focus) {
      panel.scrollTop = 0;
      byId("panel-title").focus({ preventScroll: true });
    }
  }

  /** Show the panel; return whether it was hidden. */
  private openPanel(): boolean {
    const panel = byId("panel");
    const wasHidden = panel.hidden === true;
    panel.hidden = false;
    document.body.classList.add("with-panel");
    if (wasHidden) this.map?.resize();
    return wasHidden;
  }

  private async panelFor({ layer: id, key }: { layer: string; key: string }): Promise<Node[]> {
    const { atlas, state } = this;
    try {
      const layer = atlas.layers.find((item) => item.id === id);
      if (layer?.level) {
        const place = await readPlace(layer.level, key, state.language);
        return placePanel(place, atlas, state.indicator, state.language);
      }
      const facility = await readFacility(id, key, state.language);
      return layer ? facilityPanel(facility, layer, atlas, state.language) : [];
    } catch (error) {
      const detail = error instanceof RequestError ? error.message : "";
      return [el("p", { id: "panel-title", class: "message", tabindex: "-1", role: "alert" },
        detail || say("placeFailed", state.language))];
    }
  }

  private close(): void {
    const panel = byId("panel");
    if (panel.hidden) return;
    const held = panel.contains(document.activeElement);
    panel.hidden = true;
    document.body.classList.remove("with-panel");
    this.state.selected = null;
    this.map?.resize();
    void this.map?.mark(null);
    void this.map?.showWay(null);
    this.remember();
    if (held) document.querySelector<HTMLElement>("#map canvas")?.focus();
  }

  private alert(text: string): void {
    showAlert(text);
  }
}

function showAlert(text: string, retry?: () => void): void {
  const box = byId("alert");
  const { language } = readState(location.hash);
  const button = el("button", { type: "button" }, say(retry ? "retry" : "close", language));
  button.addEventListener("click", () => {
    box.hidden = true;
    retry?.();
  });
  box.replaceChildren(el("p", {}, text), button);
  box.hidden = false;
}

async function boot(): Promise<void> {
  const state = readState(location.hash);
  document.documentElement.lang = state.language;
  byId("status").textContent = say("loading", state.language);
  try {
    new Page(await readAtlas(state.language), state).start();
  } catch (error) {
    byId("status").textContent = "";
    const detail = error instanceof RequestError ? error.message : "";
    showAlert(detail || say("failed", state.language), () => void boot());
  }
}

void boot();
