// The atlas's own layers as MapLibre draws them: areas, streets and their names, centres.

import type { CircleLayerSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";
import type { Feature } from "geojson";
import type { Layer } from "./atlas";

export const NONE: FilterSpecification = ["==", ["literal", 1], 0];
export const SOURCE = "atlas";
/** Drawn under the streets, in this order. */
export const AREA_LAYERS = ["known", "unknown", "edges"];
/** Drawn over what lies beneath streets, in this order. */
export const UPPER_LAYERS = [
  "green", "water", "watercourses", "streets", "street-names", "water-green-names", "chosen", "centres", "chosen-centre",
];

/** What is drawn of the ground itself, and gives way to a basemap from elsewhere. */
export const BASE_LAYERS = ["green", "water", "watercourses", "streets", "street-names", "water-green-names"];

type Radius = NonNullable<NonNullable<CircleLayerSpecification["paint"]>["circle-radius"]>;

export const CHOSEN = "#d6006c";

export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function areaLayers(layer: Layer): LayerSpecification[] {
  const area = { source: SOURCE, "source-layer": layer.id };
  return [
    { id: "known", type: "fill", ...area, filter: NONE },
    { id: "unknown", type: "fill", ...area, filter: NONE, paint: { "fill-pattern": "hatch" } },
    {
      id: "edges", type: "line", ...area,
      paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.3, 14, 1] },
    },
  ];
}

export function chosenLayer(layer: Layer): LayerSpecification {
  return {
    id: "chosen", type: "line", source: SOURCE, "source-layer": layer.id, filter: NONE,
    paint: { "line-width": 3, "line-color": CHOSEN },
  };
}

/** Streets over the areas, thin enough to leave their colour to be read. */
export function streetLayers(streets: Layer): LayerSpecification[] {
  const line = { source: SOURCE, "source-layer": streets.id };
  return [
    {
      id: "streets", type: "line", ...line, minzoom: 12,
      paint: {
        "line-color": token("--street"), "line-opacity": 0.75,
        "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.3, 15, 1.4, 18, 4],
      },
    },
    {
      id: "street-names", type: "symbol", ...line, minzoom: 15, filter: ["has", "name"],
      layout: {
        "symbol-placement": "line", "text-field": ["get", "name"], "text-font": ["sans-serif"],
        "text-size": 12, "symbol-spacing": 350,
      },
      paint: {
        "text-color": token("--ink"), "text-halo-color": token("--paper"), "text-halo-width": 1.4,
      },
    },
  ];
}

/** Water and green areas under the streets, opaque and dull, so that neither passes for a class of the areas beneath. */
export function waterGreenLayers(features: Layer): LayerSpecification[] {
  const source = { source: SOURCE, "source-layer": features.id };
  const water: FilterSpecification = ["==", ["get", "kind"], "agua"];
  const area: FilterSpecification = ["==", ["geometry-type"], "Polygon"];
  return [
    { id: "green", type: "fill", ...source, filter: ["all", ["!", water], area] },
    { id: "water", type: "fill", ...source, filter: ["all", water, area] },
    {
      id: "watercourses", type: "line", ...source, filter: ["all", water, ["!", area]],
      paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.5, 15, 2.5] },
    },
    {
      id: "water-green-names", type: "symbol", ...source, minzoom: 14.5, filter: ["has", "name"],
      layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12, "text-max-width": 7 },
      paint: { "text-halo-width": 1.4 },
    },
  ];
}

export function centreLayers(centres: Layer): LayerSpecification[] {
  const point = { source: SOURCE, "source-layer": centres.id };
  const radius = (extra: number): Radius =>
    ["interpolate", ["linear"], ["zoom"], 8, 0.6 + extra, 11, 1.1 + extra, 12, 1.8 + extra, 14, 4 + extra, 17, 8 + extra];
  return [
    {
      id: "centres", type: "circle", ...point,
      paint: {
        "circle-color": "#1b1b1f", "circle-stroke-color": "#ffffff", "circle-radius": radius(0),
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 8, 0.2, 11, 0.5, 13, 1.5],
      },
    },
    {
      id: "chosen-centre", type: "circle", ...point, filter: NONE,
      paint: {
        "circle-color": CHOSEN, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2,
        "circle-radius": radius(2),
      },
    },
  ];
}

/** Grey diagonal lines: unknown must not look like any value. */
export function hatch(): ImageData {
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

export const point = (at: [number, number], properties: Record<string, unknown>): Feature =>
  ({ type: "Feature", properties, geometry: { type: "Point", coordinates: at } });
