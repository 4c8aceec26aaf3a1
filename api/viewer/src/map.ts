// The map itself: one source at a time, its polygons coloured, facilities on top.

import { AttributionControl, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import type { FilterSpecification, GeoJSONSource, MapGeoJSONFeature, MapMouseEvent, PointLike } from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Atlas, Box, FoundCentre, Layer } from "./atlas";
import type { Classes } from "./classes";
import type { View } from "./state";

const MOST_FIRST_TILES = 6;
const NONE: FilterSpecification = ["==", ["literal", 1], 0];
const HIT = 7; // pixels around a click in which a facility counts as hit

export interface Hit {
  layer: string;
  key: string;
  properties: Record<string, unknown>;
}

export interface MapEvents {
  moved(view: View): void;
  idle(drawn: number): void;
  /** Somebody clicked, or pressed Enter with the map's middle there. */
  clicked(screen: [number, number], at: [number, number]): void;
  hovered(hit: Hit | null, at: { x: number; y: number }): void;
  failed(): void;
}

export class CareMap {
  private readonly map: MapLibre;
  private layer: Layer | null = null;
  private plain = false;
  private readonly ready: Promise<void>;

  constructor(
    container: HTMLElement,
    bounds: Box,
    view: View | null,
    private readonly atlas: Atlas,
    private readonly centres: Layer | undefined,
    private readonly streets: Layer | undefined,
    private readonly events: MapEvents,
  ) {
    setWorkerUrl(workerUrl);
    this.map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background" }] },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 18,
      fadeDuration: 0,
      ...(view
        ? { center: [view.longitude, view.latitude], zoom: view.zoom }
        : { bounds, fitBoundsOptions: { padding: 24 } }),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    const publishers = [...new Set(atlas.sources.map((source) => source.publisher))];
    // MapLibre would read it as HTML.
    const attribution = publishers.join(" · ").replace(/[<>&]/g, "");
    this.map.addControl(new AttributionControl({ compact: true, customAttribution: attribution }));
    if (!view) this.startSmall(bounds);
    this.ready = new Promise((resolve) => void this.map.once("load", () => resolve()));
    this.listen();
  }

  /** Zoom out a little where the first view would otherwise ask for many tiles. */
  private startSmall(bounds: Box): void {
    const [west, north] = mercator(bounds[0], bounds[3]);
    const [east, south] = mercator(bounds[2], bounds[1]);
    for (let zoom = this.map.getZoom(); zoom > 3; zoom = Math.floor(zoom) - 0.01) {
      const count = 2 ** Math.floor(zoom);
      const across = Math.floor(east * count) - Math.floor(west * count) + 1;
      const down = Math.floor(south * count) - Math.floor(north * count) + 1;
      this.map.setZoom(zoom);
      if (across * down <= MOST_FIRST_TILES) return;
    }
  }

  private listen(): void {
    const { map, events } = this;
    map.on("moveend", () => events.moved(this.view()));
    map.on("idle", () => {
      if (!map.getLayer("known")) return; // the empty map is idle too
      const found = map.queryRenderedFeatures({ layers: ["known", "unknown"] });
      events.idle(new Set(found.map((feature) => String(feature.properties[this.layer?.key ?? ""]))).size);
    });
    map.on("error", () => events.failed());
    map.on("click", (event: MapMouseEvent) => {
      const { lng, lat } = event.lngLat;
      events.clicked([event.point.x, event.point.y], [lng, lat]);
    });
    map.on("mousemove", (event: MapMouseEvent) => {
      const hit = this.hit([event.point.x, event.point.y]);
      map.getCanvas().style.cursor = hit ? "pointer" : "";
      events.hovered(hit, event.point);
    });
    map.on("mouseout", () => events.hovered(null, { x: 0, y: 0 }));
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const centre = map.getCenter();
      const { x, y } = map.project(centre);
      events.clicked([x, y], [centre.lng, centre.lat]);
    });
  }

  /** Leave the colours of areas away, for a map that answers something else than an indicator. */
  async setPlain(plain: boolean): Promise<void> {
    this.plain = plain;
    await this.ready;
    this.applyPlain();
  }

  private applyPlain(): void {
    for (const id of ["known", "unknown"]) {
      if (this.map.getLayer(id)) {
        this.map.setLayoutProperty(id, "visibility", this.plain ? "none" : "visible");
      }
    }
  }

  label(text: string, help: string): void {
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-label", text);
    canvas.setAttribute("aria-describedby", help);
  }

  view(): View {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), latitude: lat, longitude: lng };
  }

  go(view: View): void {
    this.map.jumpTo({ center: [view.longitude, view.latitude], zoom: view.zoom });
  }

  resize(): void {
    this.map.resize();
  }

  async draw(layer: Layer, classes: Classes | null): Promise<void> {
    await this.ready;
    this.map.setPaintProperty("ground", "background-color", token("--ground"));
    if (this.layer?.id !== layer.id) this.addLayer(layer);
    const { map } = this;
    if (!map.hasImage("hatch")) map.addImage("hatch", hatch(), { pixelRatio: 2 });
    const unknown: FilterSpecification = classes?.paint ? classes.isUnknown : ["literal", true];
    map.setFilter("unknown", unknown);
    map.setFilter("known", classes?.paint ? ["!", classes.isUnknown] : NONE);
    if (classes?.paint) map.setPaintProperty("known", "fill-color", classes.paint);
    map.setPaintProperty("edges", "line-color", token("--edge"));
    if (map.getLayer("streets")) {
      map.setPaintProperty("streets", "line-color", token("--street"));
      map.setPaintProperty("street-names", "text-color", token("--ink"));
      map.setPaintProperty("street-names", "text-halo-color", token("--paper"));
    }
  }

  private addLayer(layer: Layer): void {
    const { map, centres, streets } = this;
    for (const id of ["known", "unknown", "edges", "streets", "street-names", "chosen", "centres", "chosen-centre"]) {
      if (map.getLayer(id)) map.removeLayer(id);
    }
    if (map.getSource("atlas")) map.removeSource("atlas");
    const joined = [layer, centres, streets].filter((item) => item !== undefined);
    const tiles = joined.flatMap((item) => (item.tiles ? [item.tiles] : []));
    const ids = joined.map((item) => item.id).join(",");
    map.addSource("atlas", {
      type: "vector",
      tiles: [`${location.origin}/tiles/${ids}/{z}/{x}/{y}.mvt?v=${this.atlas.version}`],
      minzoom: Math.min(...tiles.map((item) => item.min_zoom)),
      maxzoom: Math.min(...tiles.map((item) => item.max_zoom)),
      bounds: [
        Math.min(...tiles.map((item) => item.bounds[0])),
        Math.min(...tiles.map((item) => item.bounds[1])),
        Math.max(...tiles.map((item) => item.bounds[2])),
        Math.max(...tiles.map((item) => item.bounds[3])),
      ],
    });
    const area = { source: "atlas", "source-layer": layer.id } as const;
    map.addLayer({
      id: "known", type: "fill", ...area, filter: NONE,
    });
    map.addLayer({
      id: "unknown", type: "fill", ...area, filter: NONE, paint: { "fill-pattern": "hatch" },
    });
    map.addLayer({
      id: "edges", type: "line", ...area,
      paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.3, 14, 1] },
    });
    if (streets) this.addStreets(streets);
    map.addLayer({
      id: "chosen", type: "line", ...area, filter: NONE,
      paint: { "line-width": 3, "line-color": "#d6006c" },
    });
    if (centres) this.addCentres(centres);
    this.raise();
    this.applyPlain();
    this.layer = layer;
  }

  /** Draw what a search found, numbered, and where it was asked from; null takes it away. */
  async showFound(centres: FoundCentre[], at: [number, number] | null): Promise<void> {
    await this.ready;
    const points = centres.flatMap((centre, index) =>
      centre.lon === null || centre.lat === null ? []
        : [point([centre.lon, centre.lat], { number: String(index + 1), verdict: centre.verdict })]);
    this.overlay("found", at ? [...points, point(at, { here: true })] : points);
  }

  /** Draw the way on foot to a centre, or none. */
  async showWay(line: [number, number][] | null): Promise<void> {
    await this.ready;
    this.overlay("way", line ? [{
      type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line },
    }] : []);
  }

  /** Move so that all of these are seen. */
  fit(points: [number, number][]): void {
    const [first] = points;
    if (!first) return;
    const box: Box = [...first, ...first];
    for (const [longitude, latitude] of points) {
      box[0] = Math.min(box[0], longitude);
      box[1] = Math.min(box[1], latitude);
      box[2] = Math.max(box[2], longitude);
      box[3] = Math.max(box[3], latitude);
    }
    this.map.fitBounds(box, { padding: 48, maxZoom: 16, animate: false });
  }

  private overlay(id: "found" | "way", features: Feature[]): void {
    const data: FeatureCollection = { type: "FeatureCollection", features };
    const source = this.map.getSource(id);
    if (source) (source as GeoJSONSource).setData(data);
    else this.map.addSource(id, { type: "geojson", data });
    this.raise();
  }

  /** Put the way and what was found above everything else. */
  private raise(): void {
    const { map } = this;
    if (map.getSource("way")) {
      if (map.getLayer("way")) map.removeLayer("way");
      map.addLayer({
        id: "way", type: "line", source: "way", layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": "#d6006c", "line-width": 5 },
      });
    }
    if (!map.getSource("found")) return;
    for (const id of ["found", "found-numbers", "here"]) if (map.getLayer(id)) map.removeLayer(id);
    map.addLayer({
      id: "found", type: "circle", source: "found", filter: ["has", "number"],
      paint: {
        "circle-radius": 12, "circle-stroke-width": 2, "circle-stroke-color": "#ffffff",
        "circle-color": ["match", ["get", "verdict"], "si", "#1b5e9c", "pregunte", "#7a5c00", "#5c5f66"],
      },
    });
    map.addLayer({
      id: "found-numbers", type: "symbol", source: "found", filter: ["has", "number"],
      layout: {
        "text-field": ["get", "number"], "text-font": ["sans-serif"], "text-size": 12,
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#ffffff" },
    });
    map.addLayer({
      id: "here", type: "circle", source: "found", filter: ["has", "here"],
      paint: {
        "circle-radius": 8, "circle-color": "#d6006c", "circle-stroke-width": 3,
        "circle-stroke-color": "#ffffff",
      },
    });
  }

  /** Which of the found centres stands at a point of the screen, by its number, or null. */
  foundAt([x, y]: [number, number]): number | null {
    if (!this.map.getLayer("found")) return null;
    const [hit] = this.map.queryRenderedFeatures([[x - HIT, y - HIT], [x + HIT, y + HIT]], { layers: ["found"] });
    return hit ? Number(hit.properties["number"]) - 1 : null;
  }

  /** Streets over the areas, thin enough to leave their colour to be read. */
  private addStreets(streets: Layer): void {
    const line = { source: "atlas", "source-layer": streets.id } as const;
    this.map.addLayer({
      id: "streets", type: "line", ...line, minzoom: 12,
      paint: {
        "line-color": token("--street"), "line-opacity": 0.75,
        "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.3, 15, 1.4, 18, 4],
      },
    });
    this.map.addLayer({
      id: "street-names", type: "symbol", ...line, minzoom: 15, filter: ["has", "name"],
      layout: {
        "symbol-placement": "line", "text-field": ["get", "name"], "text-font": ["sans-serif"],
        "text-size": 12, "symbol-spacing": 350,
      },
      paint: {
        "text-color": token("--ink"), "text-halo-color": token("--paper"), "text-halo-width": 1.4,
      },
    });
  }

  private addCentres(centres: Layer): void {
    const point = { source: "atlas", "source-layer": centres.id } as const;
    const radius = (extra: number): unknown =>
      ["interpolate", ["linear"], ["zoom"], 8, 1 + extra, 12, 2.2 + extra, 14, 4 + extra, 17, 8 + extra];
    this.map.addLayer({
      id: "centres", type: "circle", ...point,
      paint: {
        "circle-color": "#1b1b1f", "circle-stroke-color": "#ffffff",
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 13, 1.5],
        "circle-radius": radius(0) as number,
      },
    });
    this.map.addLayer({
      id: "chosen-centre", type: "circle", ...point, filter: NONE,
      paint: {
        "circle-color": "#d6006c", "circle-stroke-color": "#ffffff", "circle-stroke-width": 2,
        "circle-radius": radius(2) as number,
      },
    });
  }

  async showCentres(visible: boolean): Promise<void> {
    await this.ready;
    for (const id of ["centres", "chosen-centre"]) {
      if (this.map.getLayer(id)) {
        this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
      }
    }
  }

  async mark(selected: { layer: string; key: string } | null): Promise<void> {
    await this.ready;
    const filter = (layer: Layer | null | undefined): FilterSpecification =>
      layer && selected?.layer === layer.id ? ["==", ["get", layer.key], selected.key] : NONE;
    if (this.map.getLayer("chosen")) this.map.setFilter("chosen", filter(this.layer));
    if (this.map.getLayer("chosen-centre")) {
      this.map.setFilter("chosen-centre", filter(this.centres));
    }
  }

  hit([x, y]: [number, number]): Hit | null {
    const { map, layer, centres } = this;
    if (!layer || !map.getLayer("known")) return null;
    const around: [PointLike, PointLike] = [[x - HIT, y - HIT], [x + HIT, y + HIT]];
    const [centre] = map.getLayer("centres")
      ? map.queryRenderedFeatures(around, { layers: ["centres"] })
      : [];
    if (centre && centres) return asHit(centre, centres);
    const [area] = map.queryRenderedFeatures([x, y], { layers: ["known", "unknown"] });
    return area ? asHit(area, layer) : null;
  }
}

const point = (at: [number, number], properties: Record<string, unknown>): Feature =>
  ({ type: "Feature", properties, geometry: { type: "Point", coordinates: at } });

function asHit(feature: MapGeoJSONFeature, layer: Layer): Hit {
  const { properties } = feature;
  return { layer: layer.id, key: String(properties[layer.key]), properties };
}

function mercator(longitude: number, latitude: number): [number, number] {
  const angle = (latitude * Math.PI) / 180;
  return [(longitude + 180) / 360, (1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2];
}

const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Grey diagonal lines: unknown must not look like any value. */
function hatch(): ImageData {
  const size = 16;
  const image = new ImageData(size, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const line = (x + y) % 8 < 2;
      image.data.set(line ? [110, 110, 118, 255] : [214, 214, 218, 255], (y * size + x) * 4);
    }
  }
  return image;
}
