// What the address holds: #map=zoom/lat/lon&nivel=…&ind=…&centros=0&sel=layer/key&lang=en, and of
// a search: modo=buscar&para=infancia&edad=2-6&der=imss,issste&desde=lat,lon&texto=…&todos=1

import type { Language } from "./atlas";

export interface View {
  zoom: number;
  latitude: number;
  longitude: number;
}

/** What a person looks for, and from where. */
export interface Search {
  group: "infancia" | "mayores" | "discapacidad";
  years: number | null;
  months: number | null;
  disability: string;
  entitlements: string[];
  at: [number, number] | null; // longitude, latitude
  text: string;
  unfit: boolean;
}

export interface State {
  mode: "mapa" | "buscar";
  search: Search;
  view: View | null;
  level: string; // "auto" or a layer
  indicator: string | null;
  facilities: boolean;
  selected: { layer: string; key: string } | null;
  language: Language;
}

function readView(text: string | null): View | null {
  const [zoom, latitude, longitude] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || latitude === undefined || longitude === undefined) return null;
  const sound =
    zoom >= 0 && zoom <= 22 && Math.abs(latitude) <= 85 && Math.abs(longitude) <= 180;
  return sound ? { zoom, latitude, longitude } : null;
}

function readSearch(held: URLSearchParams): Search {
  const group = held.get("para");
  const [years = "", months = ""] = (held.get("edad") ?? "").split("-");
  const whole = (text: string, most: number): number | null =>
    /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : null;
  const [latitude = NaN, longitude = NaN] = (held.get("desde") ?? "").split(",").map(Number);
  const placed = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && held.has("desde");
  return {
    group: group === "mayores" || group === "discapacidad" ? group : "infancia",
    years: whole(years, 130),
    months: whole(months, 11),
    disability: held.get("disc") ?? "si",
    entitlements: (held.get("der") ?? "").split(",").filter((name) => /^[a-z_]{1,20}$/.test(name)),
    at: placed ? [longitude, latitude] : null,
    text: (held.get("texto") ?? "").slice(0, 200),
    unfit: held.get("todos") === "1",
  };
}

function writeSearch(search: Search): string[] {
  const parts = ["modo=buscar", `para=${search.group}`];
  if (search.years !== null || search.months !== null) {
    parts.push(`edad=${search.years ?? 0}${search.months === null ? "" : `-${search.months}`}`);
  }
  if (search.group === "discapacidad" && search.disability !== "si") parts.push(`disc=${search.disability}`);
  if (search.entitlements.length > 0) parts.push(`der=${search.entitlements.join(",")}`);
  if (search.at) parts.push(`desde=${search.at[1].toFixed(5)},${search.at[0].toFixed(5)}`);
  if (search.text.trim()) parts.push(`texto=${encodeURIComponent(search.text.trim())}`);
  if (search.unfit) parts.push("todos=1");
  return parts;
}

export function readState(hash: string): State {
  const held = new URLSearchParams(hash.replace(/^#/, ""));
  const selected = /^([a-z_]+)\/([0-9A-Za-z_.-]+)$/.exec(held.get("sel") ?? "");
  return {
    mode: held.get("modo") === "buscar" ? "buscar" : "mapa",
    search: readSearch(held),
    view: readView(held.get("map")),
    level: held.get("nivel") ?? "auto",
    indicator: held.get("ind"),
    facilities: held.get("centros") !== "0",
    selected: selected ? { layer: selected[1] ?? "", key: selected[2] ?? "" } : null,
    language: held.get("lang") === "en" ? "en" : "es",
  };
}

export function writeState(state: State): string {
  const parts: string[] = [];
  if (state.view) {
    const { zoom, latitude, longitude } = state.view;
    parts.push(`map=${zoom.toFixed(2)}/${latitude.toFixed(5)}/${longitude.toFixed(5)}`);
  }
  if (state.mode === "buscar") parts.push(...writeSearch(state.search));
  if (state.level !== "auto") parts.push(`nivel=${state.level}`);
  if (state.indicator) parts.push(`ind=${state.indicator}`);
  if (!state.facilities) parts.push("centros=0");
  if (state.selected) parts.push(`sel=${state.selected.layer}/${state.selected.key}`);
  if (state.language !== "es") parts.push(`lang=${state.language}`);
  return `#${parts.join("&")}`;
}
