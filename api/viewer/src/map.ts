// The map: the atlas's layers, and overlays that modes put on top of them or beneath the streets.

import { AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type {
  GeoJSONSource, FilterSpecification, LayerSpecification, MapGeoJSONFeature, MapLayerMouseEvent,
  MapLayerTouchEvent, MapMouseEvent, MapTouchEvent, SourceSpecification,
} from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { View } from "./address";
import type { Atlas, Box, Label, Layer } from "./atlas";
import type { Classes } from "./classes";
import { endFirstMap, placeFirstMap } from "./first-map";
import {
  AREA_LAYERS, areaLayers, BASE_LAYERS, centreLayers, chosenLayer, hatch, NONE, SOURCE, streetLayers, token,
  UPPER_LAYERS, waterGreenLayers,
} from "./map-layers";
import { startView } from "./start-view";

const NARROW = 720; // pixels
const HIT = 7; // pixels around a click in which a point counts as hit

export interface Hit {
  layer: string;
  key: string;
  properties: Record<string, unknown>;
}

export interface MapEvents {
  moved(view: View): void;
  /** Everything asked for is drawn. */
  drawn(): void;
  clicked(screen: [number, number], at: [number, number]): void;
  hovered(screen: [number, number] | null): void;
  failed(): void;
  /** The basemap from elsewhere that a setting asks for cannot be shown, in words. */
  withoutBasemap(said: Label): void;
}

/** A layer of an overlay, without its source, which is the overlay's. */
export type OverlayLayer = LayerSpecification extends infer Spec
  ? Spec extends { source: unknown } ? Omit<Spec, "source"> : never : never;

export interface DragEvents {
  /** Whether this feature may be dragged. */
  start(properties: Record<string, unknown>): boolean;
  move(at: [number, number]): void;
  end(at: [number, number]): void;
}

export class CareMap {
  /** MapLibre itself, for what these methods do not offer. */
  readonly gl: MapLibre;
  private layer: Layer | null = null;
  private areasShown = true;
  private centresShown = false;
  private readonly overlays = new Map<string, string>(); // specification of each, as text
  private readonly ready: Promise<void>;
  private pending = 0;
  private touched = false;
  private basemap: "own" | "coming" | "elsewhere" = "own";
  private readonly centres: Layer | undefined;
  private readonly streets: Layer | undefined;
  private readonly waterGreen: Layer | undefined;

  constructor(
    container: HTMLElement, bounds: Box, view: View | null,
    private readonly atlas: Atlas, private readonly events: MapEvents,
  ) {
    const tiled = (id: string): Layer | undefined => atlas.layers.find((layer) => layer.id === id && layer.tiles);
    this.centres = tiled("centros");
    this.streets = tiled("calles");
    this.waterGreen = tiled("agua_y_verde");
    const minZoom = Math.min(...atlas.layers.flatMap((layer) => (layer.tiles ? [layer.tiles.min_zoom] : [])));
    const begin = view ?? startView(bounds, container.clientWidth, container.clientHeight, minZoom);
    placeFirstMap();
    setWorkerUrl(workerUrl);
    // Overlays go before one of two layers that draw nothing.
    const mark = (id: string): LayerSpecification => ({ id, type: "background", layout: { visibility: "none" } });
    this.gl = new MapLibre({
      container,
      // Without glyphs, MapLibre draws labels from the fonts of the reader's own machine.
      style: { version: 8, ...this.under(), layers: [...this.under().layers, mark("beneath"), mark("above")] },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      // Farther out than its tiles a country would be an empty map, as on a phone.
      minZoom,
      maxZoom: 18,
      fadeDuration: 0,
      center: [begin.longitude, begin.latitude],
      zoom: begin.zoom,
    });
    this.gl.touchZoomRotate.disableRotation();
    this.gl.keyboard.disableRotation();
    this.gl.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.gl.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    // Who republished a file is said among the sources.
    const publishers = [...new Set(atlas.sources.map((source) => source.publisher.split(";")[0] ?? ""))];
    // MapLibre would read it as HTML.
    const attribution = [...publishers, meta("basemap") && meta("basemap-attribution")].filter(Boolean).join(" · ").replace(/[<>&]/g, "");
    this.gl.addControl(new AttributionControl({ compact: true, customAttribution: attribution }));
    // On a small screen it would cover the map; a button opens it.
    if (container.clientWidth < NARROW) {
      container.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
      container.querySelector(".maplibregl-ctrl-attrib")?.removeAttribute("open");
    }
    this.ready = new Promise((resolve) => void this.gl.once("load", () => resolve()));
    this.listen();
    void this.fromElsewhere();
  }

  /** Put the style that a setting names beneath the atlas, in place of its streets, water and green areas. */
  private async fromElsewhere(): Promise<void> {
    const address = meta("basemap-style");
    if (!address) return;
    await this.ready;
    this.basemap = "coming";
    try {
      const { drawStyle } = await import("./external-basemap");
      await drawStyle(this.gl, address, meta("basemap-origins").split(" "), meta("basemap-attribution"));
      this.basemap = "elsewhere";
      this.applyShown();
    } catch (error) {
      this.basemap = "own";
      if (error instanceof Error && "said" in error) this.events.withoutBasemap(error.said as Label);
    }
  }

  /** What lies under all else: plain ground, and where the deployment wants one, a basemap from elsewhere. */
  private under(): { sources: Record<string, SourceSpecification>; layers: LayerSpecification[] } {
    const tiles = meta("basemap");
    const ground: LayerSpecification = { id: "ground", type: "background" };
    if (!tiles) return { sources: {}, layers: [ground] };
    return {
      sources: { basemap: { type: "raster", tiles: [tiles], tileSize: 256 } },
      layers: [ground, { id: "basemap", type: "raster", source: "basemap" }],
    };
  }

  /** What the basemap from elsewhere, where one is shown, wants said of it. */
  credits(): string {
    const said = Object.values(this.gl.getStyle().sources).flatMap((source) =>
      "attribution" in source && source.attribution ? [source.attribution] : []);
    return [...said, meta("basemap") && meta("basemap-attribution")].filter(Boolean).join(" · ");
  }

  private listen(): void {
    const { gl, events } = this;
    const { zoom, latitude, longitude } = this.view();
    gl.on("move", () => {
      const now = this.view(); // a change of size alone keeps it
      if (now.zoom !== zoom || now.latitude !== latitude || now.longitude !== longitude) endFirstMap();
    });
    gl.on("moveend", () => events.moved(this.view()));
    gl.on("zoomend", () => {
      const plan = this.plan();
      if (plan && this.layer && !this.areasShown && plan.id !== this.layer.id) void this.change(() => this.base(plan));
    });
    gl.on("idle", () => {
      if (this.pending > 0 || !this.touched) return; // the empty map is idle too
      document.body.dataset["map"] = "idle";
      endFirstMap();
      events.drawn();
    });
    gl.on("error", (event) => {
      // What goes wrong with a basemap that comes is said once, as a whole.
      if (this.basemap === "coming" && (event as { sourceId?: string }).sourceId !== SOURCE) return;
      events.failed();
    });
    gl.on("click", (event: MapMouseEvent) => {
      const { lng, lat } = event.lngLat;
      events.clicked([event.point.x, event.point.y], [lng, lat]);
    });
    gl.on("mousemove", (event: MapMouseEvent) => events.hovered([event.point.x, event.point.y]));
    gl.on("mouseout", () => events.hovered(null));
    gl.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const centre = gl.getCenter();
      const { x, y } = gl.project(centre);
      events.clicked([x, y], [centre.lng, centre.lat]);
    });
  }

  /** A second map of the same atlas, in the view of this one. */
  another(container: HTMLElement, events: MapEvents): CareMap {
    const bounds = this.gl.getBounds().toArray().flat() as Box;
    return new CareMap(container, bounds, this.view(), this.atlas, events);
  }

  /** Change the map once it is ready; `body[data-map]` says `busy` until all is drawn. */
  private async change(work: () => void): Promise<void> {
    document.body.dataset["map"] = "busy";
    this.touched = true;
    this.pending += 1;
    await this.ready;
    try {
      work();
    } finally {
      this.pending -= 1;
      this.gl.triggerRepaint(); // so that it becomes idle where nothing changed
    }
  }

  label(text: string, help: string): void {
    const canvas = this.gl.getCanvas();
    canvas.setAttribute("aria-label", text);
    canvas.setAttribute("aria-describedby", help);
  }

  pointer(shape: "" | "pointer" | "grab" | "grabbing" | "crosshair"): void {
    this.gl.getCanvas().style.cursor = shape;
  }

  view(): View {
    const { lng, lat } = this.gl.getCenter();
    return { zoom: this.gl.getZoom(), latitude: lat, longitude: lng };
  }

  go(view: View): void {
    this.gl.jumpTo({ center: [view.longitude, view.latitude], zoom: view.zoom });
  }

  resize(): void {
    this.gl.resize();
  }

  /** Move so that all of these (longitude, latitude) are seen. */
  fit(points: [number, number][], maxZoom = 16): void {
    const [first] = points;
    if (!first) return;
    const box: Box = [...first, ...first];
    for (const [longitude, latitude] of points) {
      box[0] = Math.min(box[0], longitude);
      box[1] = Math.min(box[1], latitude);
      box[2] = Math.max(box[2], longitude);
      box[3] = Math.max(box[3], latitude);
    }
    const covered = this.covered();
    const room = covered > 0 ? 20 : 48;
    this.gl.fitBounds(box, {
      padding: { top: room, left: room, right: room, bottom: room + covered }, maxZoom, animate: false,
    });
  }

  /** How many pixels of the map's foot the panel lies over, as it does on a phone. */
  private covered(): number {
    const panel = document.getElementById("panel")?.getBoundingClientRect();
    const map = this.gl.getContainer().getBoundingClientRect();
    const over = panel && panel.height > 0 && panel.width >= map.width && panel.top > map.top;
    return over ? Math.max(0, map.bottom - panel.top) : 0;
  }

  /** Move, if need be, so that the middle of a box is well in view. */
  reveal([west, south, east, north]: Box): void {
    const { width, height } = this.gl.getCanvas().getBoundingClientRect();
    const center: [number, number] = [(west + east) / 2, (south + north) / 2];
    const { x, y } = this.gl.project(center);
    const covered = this.covered();
    const inner = (at: number, size: number): boolean => at > size * 0.1 && at < size * 0.9;
    if (inner(x, width) && inner(y, height - covered)) return;
    this.gl.easeTo({ center, offset: [0, -covered / 2], animate: false });
  }

  /** Colour the areas of a layer by classes; null hatches them all as unknown. */
  draw(layer: Layer, classes: Classes | null): Promise<void> {
    return this.change(() => {
      const { gl } = this;
      this.base(layer);
      const unknown: FilterSpecification = classes?.paint ? classes.isUnknown : ["literal", true];
      gl.setFilter("unknown", unknown);
      gl.setFilter("known", classes?.paint ? ["!", classes.isUnknown] : NONE);
      if (classes?.paint) gl.setPaintProperty("known", "fill-color", classes.paint);
    });
  }

  /** Put a layer's areas, the streets and the centres on the map, in the colours of the scheme. */
  private base(layer: Layer): void {
    const { gl } = this;
    gl.setPaintProperty("ground", "background-color", token("--ground"));
    if (this.layer?.id !== layer.id) this.addLayer(layer);
    gl.setPaintProperty("edges", "line-color", token(this.areasShown ? "--edge" : "--street-alone"));
    if (gl.getLayer("green")) {
      gl.setPaintProperty("green", "fill-color", token("--green"));
      gl.setPaintProperty("water", "fill-color", token("--water"));
      gl.setPaintProperty("watercourses", "line-color", token("--water"));
      gl.setPaintProperty("water-green-names", "text-color", token("--quiet"));
      gl.setPaintProperty("water-green-names", "text-halo-color", token("--paper"));
    }
    if (gl.getLayer("streets")) {
      gl.setPaintProperty("streets", "line-color", token(this.areasShown ? "--street" : "--street-alone"));
      gl.setPaintProperty("street-names", "text-color", token("--ink"));
      gl.setPaintProperty("street-names", "text-halo-color", token("--paper"));
    }
  }

  private tiles(ids: string): string {
    return `${location.origin}/tiles/${ids}/{z}/{x}/{y}.mvt?v=${this.atlas.version}`;
  }

  /** A source of a layer's areas for layers of a mode's own: what is drawn of the atlas comes and goes without it. */
  sourceOf(layer: Layer): string {
    const id = `areas-${layer.id}`;
    if (layer.tiles && !this.gl.getSource(id)) {
      const { min_zoom: minzoom, max_zoom: maxzoom, bounds } = layer.tiles;
      this.gl.addSource(id, { type: "vector", tiles: [this.tiles(layer.id)], minzoom, maxzoom, bounds });
    }
    return id;
  }

  /**
   * What is drawn where no colours are: the finest level whose tiles reach as far out as the view.
   * Of two drawn as far in, that which begins later is the finer; localities may be points alone.
   */
  private plan(): Layer | undefined {
    const zoom = this.gl.getZoom();
    const levels = this.atlas.layers.filter((item) => item.level !== null && item.tiles)
      .sort((a, b) => (b.tiles?.max_zoom ?? 0) - (a.tiles?.max_zoom ?? 0)
        || (b.tiles?.min_zoom ?? 0) - (a.tiles?.min_zoom ?? 0));
    return levels.find((item) => (item.tiles?.min_zoom ?? 0) <= zoom) ?? levels.at(-1);
  }

  private addLayer(layer: Layer): void {
    const { gl, centres, streets, waterGreen } = this;
    if (!gl.hasImage("hatch")) gl.addImage("hatch", hatch(), { pixelRatio: 2 });
    for (const id of [...AREA_LAYERS, ...UPPER_LAYERS]) if (gl.getLayer(id)) gl.removeLayer(id);
    if (gl.getSource(SOURCE)) gl.removeSource(SOURCE);
    const joined = [layer, centres, streets, waterGreen].filter((item) => item !== undefined);
    const tiles = joined.flatMap((item) => (item.tiles ? [item.tiles] : []));
    const ids = joined.map((item) => item.id).join(",");
    gl.addSource(SOURCE, {
      type: "vector",
      tiles: [this.tiles(ids)],
      minzoom: Math.min(...tiles.map((item) => item.min_zoom)),
      maxzoom: Math.min(...tiles.map((item) => item.max_zoom)),
      bounds: [
        Math.min(...tiles.map((item) => item.bounds[0])),
        Math.min(...tiles.map((item) => item.bounds[1])),
        Math.max(...tiles.map((item) => item.bounds[2])),
        Math.max(...tiles.map((item) => item.bounds[3])),
      ],
    });
    for (const spec of areaLayers(layer)) gl.addLayer(spec, "beneath");
    const upper = [
      ...(waterGreen ? waterGreenLayers(waterGreen) : []), ...(streets ? streetLayers(streets) : []),
      chosenLayer(layer), ...(centres ? centreLayers(centres) : []),
    ];
    for (const spec of upper) gl.addLayer(spec, "above");
    this.layer = layer;
    this.applyShown();
  }

  /** Whether the areas' colours and the atlas's centres are seen. */
  show(shown: { areas: boolean; centres: boolean }): Promise<void> {
    return this.change(() => {
      this.areasShown = shown.areas;
      this.centresShown = shown.centres;
      const drawn = shown.areas ? this.layer ?? this.plan() : this.plan();
      if (drawn) this.base(drawn);
      this.applyShown();
    });
  }

  private applyShown(): void {
    const set = (ids: string[], shown: boolean): void => {
      for (const id of ids) {
        if (this.gl.getLayer(id)) this.gl.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
      }
    };
    const elsewhere = this.basemap === "elsewhere";
    if (this.gl.getLayer("known")) {
      this.gl.setPaintProperty("known", "fill-opacity", elsewhere || this.gl.getLayer("basemap") ? 0.7 : 1);
    }
    set(BASE_LAYERS, !elsewhere);
    set(["known", "unknown"], this.areasShown);
    set(["centres", "chosen-centre"], this.centresShown);
  }

  /** Outline an area, or two that are compared, or stress one centre. */
  mark(...selected: ({ layer: string; key: string } | null)[]): Promise<void> {
    return this.change(() => {
      const filter = (layer: Layer | null | undefined): FilterSpecification => {
        const keys = selected.flatMap((item) => (item && item.layer === layer?.id ? [item.key] : []));
        return layer && keys.length > 0 ? ["in", ["get", layer.key], ["literal", keys]] : NONE;
      };
      if (this.gl.getLayer("chosen")) this.gl.setFilter("chosen", filter(this.layer));
      if (this.gl.getLayer("chosen-centre")) this.gl.setFilter("chosen-centre", filter(this.centres));
    });
  }

  /**
   * Draw features of a mode's own; null takes them away. Layers are named `id/name`.
   * @param beneath whether they lie under streets and centres, over the areas
   */
  overlay(
    id: string, features: Feature[] | null, layers: OverlayLayer[] = [], { beneath = false } = {},
  ): Promise<void> {
    return this.change(() => {
      const { gl } = this;
      const specification = JSON.stringify([layers, beneath]);
      const source = gl.getSource(id) as GeoJSONSource | undefined;
      if (features === null || this.overlays.get(id) !== specification) {
        for (const { id: held } of gl.getStyle().layers) if (held.startsWith(`${id}/`)) gl.removeLayer(held);
        this.overlays.delete(id);
      }
      if (features === null) {
        if (source) gl.removeSource(id);
        return;
      }
      const data: FeatureCollection = { type: "FeatureCollection", features };
      if (source) source.setData(data);
      else gl.addSource(id, { type: "geojson", data });
      if (this.overlays.has(id)) return;
      for (const layer of layers) {
        gl.addLayer({ ...layer, id: `${id}/${layer.id}`, source: id } as LayerSpecification, beneath ? "beneath" : undefined);
      }
      this.overlays.set(id, specification);
    });
  }

  /** Features of overlay layers (`id/name`) at a point of the screen, the uppermost first. */
  at([x, y]: [number, number], layers: string[]): MapGeoJSONFeature[] {
    const held = layers.filter((id) => this.gl.getLayer(id));
    return held.length === 0 ? []
      : this.gl.queryRenderedFeatures([[x - HIT, y - HIT], [x + HIT, y + HIT]], { layers: held });
  }

  /** The centre or the area at a point of the screen. */
  hit([x, y]: [number, number]): Hit | null {
    const { gl, layer, centres } = this;
    if (!layer || !gl.getLayer("known")) return null;
    const [centre] = this.at([x, y], ["centres"]);
    if (centre && centres) return asHit(centre, centres);
    const [area] = gl.queryRenderedFeatures([x, y], { layers: ["known", "unknown"] });
    return area ? asHit(area, layer) : null;
  }

  /** How many areas are in view. */
  areasInView(): number {
    if (!this.layer || !this.gl.getLayer("known")) return 0;
    const found = this.gl.queryRenderedFeatures({ layers: ["known", "unknown"] });
    return new Set(found.map((feature) => String(feature.properties[this.layer?.key ?? ""]))).size;
  }

  /** Let features of an overlay layer (`id/name`) be dragged, by mouse or finger; returns what ends it. */
  draggable(layer: string, events: DragEvents): () => void {
    const { gl } = this;
    const start = (event: MapLayerMouseEvent | MapLayerTouchEvent): void => {
      const [feature] = event.features ?? [];
      if (!feature || !events.start(feature.properties)) return;
      event.preventDefault(); // the map itself stays
      this.pointer("grabbing");
      const move = (moved: MapMouseEvent | MapTouchEvent): void => events.move([moved.lngLat.lng, moved.lngLat.lat]);
      const moves = [gl.on("mousemove", move), gl.on("touchmove", move)];
      const end = (ended: MapMouseEvent | MapTouchEvent): void => {
        for (const held of moves) held.unsubscribe();
        this.pointer("");
        events.end([ended.lngLat.lng, ended.lngLat.lat]);
      };
      if (event.type === "mousedown") gl.once("mouseup", end);
      else gl.once("touchend", end);
    };
    const starts = [gl.on("mousedown", layer, start), gl.on("touchstart", layer, start)];
    return () => { for (const held of starts) held.unsubscribe(); };
  }
}

function asHit(feature: MapGeoJSONFeature, layer: Layer): Hit {
  const { properties } = feature;
  return { layer: layer.id, key: String(properties[layer.key]), properties };
}

const meta = (name: string): string =>
  document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";
