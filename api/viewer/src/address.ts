// What the address holds: #modo=…&map=zoom/lat/lon&…&lang=en; what stands between is the mode's own.

import type { Language } from "./atlas";

export interface View {
  zoom: number;
  latitude: number;
  longitude: number;
}

/** What every mode shares; `rest` is what the address says to the mode. */
export interface Address {
  mode: string | null;
  view: View | null;
  language: Language;
  rest: URLSearchParams;
}

function readView(text: string | null): View | null {
  const [zoom, latitude, longitude] = (text ?? "").split("/").map(Number);
  if (zoom === undefined || latitude === undefined || longitude === undefined) return null;
  const sound =
    zoom >= 0 && zoom <= 22 && Math.abs(latitude) <= 85 && Math.abs(longitude) <= 180;
  return sound ? { zoom, latitude, longitude } : null;
}

export function readAddress(hash: string): Address {
  const rest = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    mode: rest.get("modo"),
    view: readView(rest.get("map")),
    language: rest.get("lang") === "en" ? "en" : "es",
    rest,
  };
}

/** The address without where the map looks: two that differ here are two steps of a reader. */
export const withoutView = (hash: string): string => hash.replace(/(?<=[#&])map=[^&]*&?/, "");

// Slashes and commas may stand in a fragment as they are, and read better so.
const written = (text: string): string =>
  encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%2C", ",");

export function writeAddress(
  mode: string | null, view: View | null, own: Iterable<readonly [string, string]>, language: Language,
): string {
  const parts: string[] = [];
  if (view) {
    parts.push(`map=${view.zoom.toFixed(2)}/${view.latitude.toFixed(5)}/${view.longitude.toFixed(5)}`);
  }
  if (mode !== null) parts.push(`modo=${mode}`);
  for (const [name, value] of own) parts.push(`${name}=${written(value)}`);
  if (language !== "es") parts.push(`lang=${language}`);
  return `#${parts.join("&")}`;
}
