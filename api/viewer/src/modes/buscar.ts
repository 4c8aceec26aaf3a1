// “Encuentra un centro”: a search, its answers as a list and on the map, and the card of one of them.

import { readWay } from "../atlas";
import type { FoundCentre } from "../atlas";
import { foundPanel } from "../centre-card";
import { byId, el } from "../dom";
import { Finder } from "../finder";
import { sayNumber } from "../formats";
import type { OverlayLayer } from "../map";
import { CHOSEN, point } from "../map-layers";
import type { Click, Context, Mode } from "../mode";
import { middleOf, PlaceSearch } from "../place-search";
import { readSearch, writeSearch } from "../search";
import { sharing } from "../sharing";
import { sayBuscar } from "../texts/buscar";

const NEAREST_IN_VIEW = 10;
const FOUND: OverlayLayer[] = [
  {
    id: "circles", type: "circle", filter: ["has", "number"],
    paint: {
      "circle-radius": 12, "circle-stroke-width": 2, "circle-stroke-color": "#ffffff",
      "circle-color": ["match", ["get", "verdict"], "si", "#1b5e9c", "pregunte", "#7a5c00", "#5c5f66"],
    },
  },
  {
    id: "numbers", type: "symbol", filter: ["has", "number"],
    layout: {
      "text-field": ["get", "number"], "text-font": ["sans-serif"], "text-size": 12, "text-allow-overlap": true,
    },
    paint: { "text-color": "#ffffff" },
  },
  {
    id: "here", type: "circle", filter: ["has", "here"],
    paint: { "circle-radius": 8, "circle-color": CHOSEN, "circle-stroke-width": 3, "circle-stroke-color": "#ffffff" },
  },
];
const WAY: OverlayLayer[] = [{
  id: "line", type: "line", layout: { "line-cap": "round", "line-join": "round" },
  paint: { "line-color": CHOSEN, "line-width": 5 },
}];

class Buscar implements Mode {
  private readonly search = readSearch(new URLSearchParams());
  private found: FoundCentre[] = [];
  private chosen: string | null = null; // the centre whose card is open
  private answered = ""; // the search that `found` answers
  private readonly finder: Finder;
  private readonly places: PlaceSearch;

  constructor(private readonly context: Context, root: HTMLElement) {
    const form = el("form", { id: "finder" });
    this.places = new PlaceSearch(context, "find-start", (place) => this.finder.setPlace(middleOf(place)));
    root.append(form, el("section", { id: "results", "aria-live": "polite" }));
    this.finder = new Finder(this.search, form, () => {
      const { longitude, latitude } = context.map.view();
      return [longitude, latitude];
    }, this.places.element, {
      changed: () => context.amend(),
      asked: () => {
        this.chosen = null;
        context.panel.close();
        context.step();
      },
      found: (centres, at) => this.answer(centres, at),
      chosen: (centre) => {
        this.chosen = centre.facility_id;
        context.step();
        void this.open(centre, true);
      },
    });
  }

  read(address: URLSearchParams): void {
    Object.assign(this.search, readSearch(address));
    const centre = address.get("centro") ?? "";
    this.chosen = /^[0-9A-Za-z_.-]{1,40}$/.test(centre) ? centre : null;
  }

  write(): [string, string][] {
    return [...writeSearch(this.search), ...(this.chosen ? [["centro", this.chosen] as [string, string]] : [])];
  }

  translate(): void {
    this.places.translate();
    this.finder.draw(this.context.language);
  }

  show(): void {
    void this.context.map.show({ areas: false, centres: false });
    this.context.status("");
    const asked = this.question();
    if (asked === this.answered && this.search.at) {
      this.draw(this.search.at);
      this.openChosen(false);
      return;
    }
    this.finder.forget();
    this.finder.draw(this.context.language);
    this.found = [];
    this.context.panel.close();
    void this.context.map.overlay("way", null);
    void this.context.map.overlay("found", null);
    void this.finder.ask();
  }

  hide(): void {
    void this.context.map.overlay("way", null);
    void this.context.map.overlay("found", null);
  }

  /** What was asked, in words that differ when the answer may. */
  private question(): string {
    return JSON.stringify([writeSearch(this.search), this.context.language]);
  }

  private answer(centres: FoundCentre[], at: [number, number]): void {
    this.found = centres;
    this.answered = this.question();
    void this.context.map.overlay("way", null);
    this.draw(at);
    const near = centres.slice(0, NEAREST_IN_VIEW).flatMap((centre): [number, number][] =>
      centre.lon === null || centre.lat === null ? [] : [[centre.lon, centre.lat]]);
    this.context.map.fit([at, ...near]);
    this.openChosen(false);
  }

  private draw(at: [number, number]): void {
    const points = this.found.flatMap((centre, index) =>
      centre.lon === null || centre.lat === null ? []
        : [point([centre.lon, centre.lat], { number: String(index + 1), verdict: centre.verdict })]);
    void this.context.map.overlay("found", [...points, point(at, { here: true })], FOUND);
  }

  private openChosen(focus: boolean): void {
    const centre = this.found.find(({ facility_id: id }) => id === this.chosen);
    if (centre) void this.open(centre, focus);
    else this.context.panel.close();
  }

  private async open(centre: FoundCentre, focus: boolean): Promise<void> {
    const { context, search } = this;
    const { language } = context;
    context.panel.open([...foundPanel(centre, language), sharing(language)], focus);
    if (!search.at || centre.minutes === null) {
      void context.map.overlay("way", null);
      return;
    }
    try {
      const way = await readWay(centre.facility_id, search.at, language);
      if (this.chosen !== centre.facility_id) return;
      const line = way.geometry.coordinates;
      await context.map.overlay("way", [{ type: "Feature", properties: {}, geometry: way.geometry }], WAY);
      context.map.gl.moveLayer("found/circles").moveLayer("found/numbers").moveLayer("found/here");
      context.map.fit(line);
      byId("way").textContent = sayBuscar("way", language,
        sayNumber(way.properties.minutes, "time", language), sayNumber(way.properties.metres, "count", language));
    } catch {
      const said = document.getElementById("way");
      if (said && this.chosen === centre.facility_id) said.textContent = sayBuscar("noWay", language);
    }
  }

  clicked({ screen, at }: Click): void {
    const [hit] = this.context.map.at(screen, ["found/circles"]);
    const centre = hit ? this.found[Number(hit.properties["number"]) - 1] : undefined;
    if (!centre) {
      this.finder.setPlace(at);
      return;
    }
    this.chosen = centre.facility_id;
    this.context.step();
    void this.open(centre, true);
  }

  hovered(screen: [number, number] | null): void {
    if (screen) this.context.map.pointer(this.context.map.at(screen, ["found/circles"]).length > 0 ? "pointer" : "crosshair");
  }

  panelClosed(): void {
    this.chosen = null;
    void this.context.map.overlay("way", null);
    this.context.step();
  }

  recoloured(): void {
    void this.context.map.show({ areas: false, centres: false });
  }
}

export default function make(context: Context, root: HTMLElement): Mode {
  return new Buscar(context, root);
}
