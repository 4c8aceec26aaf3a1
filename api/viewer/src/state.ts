// What the address holds: #map=zoom/lat/lon&nivel=…&ind=…&centros=0&sel=layer/key&lang=en

import type { Language } from "./atlas";

export interface View {
  zoom: number;
  latitude: number;
  longitude: number;
}

export interface State {
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

export function readState(hash: string): State {
  const held = new URLSearchParams(hash.replace(/^#/, ""));
  const selected = /^([a-z_]+)\/([0-9A-Za-z_.-]+)$/.exec(held.get("sel") ?? "");
  return {
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
  if (state.level !== "auto") parts.push(`nivel=${state.level}`);
  if (state.indicator) parts.push(`ind=${state.indicator}`);
  if (!state.facilities) parts.push("centros=0");
  if (state.selected) parts.push(`sel=${state.selected.layer}/${state.selected.key}`);
  if (state.language !== "es") parts.push(`lang=${state.language}`);
  return `#${parts.join("&")}`;
}
