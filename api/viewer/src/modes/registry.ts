// The modes of the page, in the order they are offered. Each is a module of its own, fetched when
// first asked for; api/viewer/README.md says how one is written.

import type { Layer } from "../atlas";
import type { ModeEntry } from "../mode";

const tiled = (layer: Layer): boolean => layer.tiles !== null;

export const MODES: readonly ModeEntry[] = [
  {
    id: "buscar",
    title: { es: "Encuentra un centro", en: "Find a centre" },
    offered: (atlas) => atlas.layers.some((layer) => layer.id === "centros"),
    load: () => import("./buscar"),
  },
  {
    id: "mapa",
    title: { es: "Estadísticas y mapas", en: "Statistics and maps" },
    offered: (atlas) => atlas.layers.some((layer) => layer.level !== null && tiled(layer)),
    load: () => import("./mapa"),
  },
  {
    id: "simulador",
    title: { es: "Simulador", en: "Simulator" },
    offered: (atlas) => atlas.layers.some((layer) => layer.id === "municipios") &&
      atlas.sources.some((source) => source.role === "projections") &&
      !atlas.not_computed.some((item) => item.what === "simulador_poblacion"),
    load: () => import("./simulador"),
  },
  {
    id: "planear",
    title: { es: "Planea centros", en: "Plan centres" },
    offered: (atlas) => atlas.layers.some((layer) => layer.id === "calles")
      && atlas.layers.some((layer) => layer.id === "agebs" && tiled(layer)
        && layer.columns.some((column) => column.name.startsWith("nearest_min_"))),
    load: () => import("./planear"),
  },
  {
    id: "participacion",
    title: { es: "Participación de las mujeres", en: "Women’s participation" },
    offered: (atlas) => atlas.layers.some((layer) =>
      tiled(layer) && layer.rows <= 20_000 && layer.columns.some((column) => column.name === "participation_cluster")),
    load: () => import("./participacion"),
  },
];

/** The mode of an address that names none. */
export const FIRST_MODE = "mapa";
