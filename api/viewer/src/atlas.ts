// What the service says of the atlas and of places, and how it is asked.

export type Language = "es" | "en";
export type Label = Record<Language, string>;

export interface Statistics {
  count: number;
  unknown: number;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  breaks: number[];
  class_counts: number[];
}

export type Kind =
  | "identifier" | "text" | "count" | "time" | "rate" | "share" | "index" | "state" | "flag";

export interface Column {
  name: string;
  unit: string;
  title: Label;
  description: Label;
  kind: Kind;
  sources: string[];
  method: string | null;
  service: string | null;
  group: string | null;
  profile: string | null;
  higher_is: "better" | "worse" | "neutral";
  mapped: boolean;
  values: string[];
  statistics: Statistics | null;
  value_counts: Record<string, number> | null;
}

export interface Layer {
  id: string;
  level: string | null;
  title: Label;
  key: string;
  rows: number;
  tiles: { min_zoom: number; max_zoom: number; bounds: Box } | null;
  columns: Column[];
}

export type Box = [number, number, number, number];

export interface Source {
  role: string;
  title: Label;
  edition: string;
  publisher: string;
  licence: string;
  url: string | null;
  notes: Label[];
}

export interface Atlas {
  version: string;
  title: Label;
  places: { code: string; name: string }[];
  bounds: Box;
  /** Where nearly all the people live, and a first view should be. */
  focus: Box | null;
  sources: Source[];
  layers: Layer[];
  not_computed: { what: string; reason: Label }[];
  notes: Label[];
}

export interface PlaceIndicator {
  name: string;
  bounds?: { low: number | null; high: number | null } | null;
  higher_is?: "better" | "worse" | "neutral";
  title: Label;
  description: Label;
  unit: string;
  kind: Kind;
  service: string | null;
  group: string | null;
  method: string | null;
  value: number | string | null;
  reason: Label | null;
  rank?: { position: number; of: number } | null;
  references?: { level: string; cvegeo: string; value: number | null }[];
}

export interface Place {
  level: string;
  layer: string;
  cvegeo: string;
  name: string | null;
  bbox: Box | null;
  siblings: { count: number; within: string | null };
  parents: { level: string; cvegeo: string; name: string | null }[];
  indicators: PlaceIndicator[];
  sources: Source[];
  links: { href: string; rel: string; type: string }[];
}

export interface Facility {
  id: string;
  properties: Record<string, unknown>;
}

/** One centre of an answer: what it is, how far, and why the person may or may not use it. */
export interface FoundCentre {
  facility_id: string;
  name: string | null;
  activity: string | null;
  service_type: string | null;
  sector: string | null;
  scheme: string | null;
  institution: string | null;
  edition: string | null;
  first_seen: string | null;
  ages: { text: Label };
  places: Record<"low" | "central" | "high", number | null>;
  contact: Record<string, string | null>;
  lon: number | null;
  lat: number | null;
  verdict: "si" | "pregunte" | "no";
  minutes: number | null;
  straight_m: number;
  reasons: { code: string; kind: "a_favor" | "en_contra" | "por_confirmar"; text: Label }[];
}

export interface Found {
  distance: "red" | "recta";
  returned: number;
  usable: number;
  notes: Label[];
  centres: FoundCentre[];
}

/** The walking way to a centre. */
export interface Way {
  type: "Feature";
  geometry: { type: "LineString"; coordinates: [number, number][] };
  properties: { minutes: number; metres: number };
}

/** A failed request, with the service's own words where it gave any. */
export class RequestError extends Error {}

/** Ask the service for JSON. */
export const getJson = <T>(path: string, language: Language, signal?: AbortSignal): Promise<T> =>
  ask(path, { headers: { "Accept-Language": language }, ...(signal ? { signal } : {}) });

/** Send the service JSON, and read the JSON it answers. */
export const postJson = <T>(path: string, body: unknown, language: Language, signal?: AbortSignal): Promise<T> =>
  ask(path, {
    method: "POST", body: JSON.stringify(body),
    headers: { "Accept-Language": language, "Content-Type": "application/json" },
    ...(signal ? { signal } : {}),
  });

async function ask<T>(path: string, request: RequestInit): Promise<T> {
  const response = await fetch(path, request);
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new RequestError(problem.detail ?? "");
  }
  return (await response.json()) as T;
}

export const readAtlas = (language: Language): Promise<Atlas> => getJson("/atlas", language);

export const readPlace = (level: string, key: string, language: Language): Promise<Place> =>
  getJson(`/estadisticas/${encodeURIComponent(level)}/${encodeURIComponent(key)}`, language);

export const readFacility = (layer: string, key: string, language: Language): Promise<Facility> =>
  getJson(`/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(key)}`, language);

export const findCentres = (asked: URLSearchParams, language: Language): Promise<Found> =>
  getJson(`/centros?${asked}`, language);

export const readWay = (key: string, at: [number, number], language: Language): Promise<Way> =>
  getJson(`/centros/${encodeURIComponent(key)}/camino?lon=${at[0]}&lat=${at[1]}`, language);
