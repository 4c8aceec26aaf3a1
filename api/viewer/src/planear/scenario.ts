// The scenario a reader makes: changes, as the file they are saved in, and what the service answers.

import type { Feature } from "geojson";

export interface Properties {
  change: "abrir" | "cerrar" | "mover" | "lugares" | "esquema" | "caminar";
  services?: string[];
  places?: number;
  facility_id?: string;
  scheme?: string;
  name?: string;
  factor?: number;
}

export interface Change {
  at: [number, number] | null;
  /** Of an area; points stand in `at`. */
  shape: Feature["geometry"] | null;
  properties: Properties;
}

export interface ScenarioFile {
  type: "FeatureCollection";
  scenario: { title: string; profile: string };
  features: { type: "Feature"; geometry: unknown; properties: Record<string, unknown> }[];
}

export interface Within {
  minutes: number;
  before: number;
  after: number;
  gained: number;
  lost: number;
  women_before: number;
  women_after: number;
}

export interface ServiceOutcome {
  service: string;
  within: Within[];
  nearest_min: [number | null, number | null];
  e2sfca: [number | null, number | null];
  deserts: { rule: "distance" | "places"; people_before: number; people_after: number }[];
}

export interface Outcome {
  services: ServiceOutcome[];
  places: {
    level: string; cvegeo: string; name: string | null;
    columns: Record<string, [number | string | null, number | string | null]>;
  }[];
  equity: { municipality: string; service: string; statistics: Record<string, [number, number]> }[];
}

export interface Sited {
  sites: { id: string; lon: number; lat: number; gain: number }[];
  scenario: ScenarioFile;
}

const CHANGES = new Set(["abrir", "cerrar", "mover", "lugares", "esquema", "caminar"]);

export const asFile = (changes: Change[], title: string): ScenarioFile => ({
  type: "FeatureCollection",
  scenario: { title, profile: "general" },
  features: changes.map(({ at, shape, properties }) => ({
    type: "Feature",
    geometry: at ? { type: "Point", coordinates: at } : shape,
    properties: { ...properties },
  })),
});

/** The changes of a file; null where it is none. The service checks what each of them says. */
export function fromFile(document: unknown): Change[] | null {
  if (typeof document !== "object" || document === null) return null;
  const { type, features } = document as Partial<ScenarioFile>;
  if (type !== "FeatureCollection" || !Array.isArray(features)) return null;
  const changes: Change[] = [];
  for (const feature of features as unknown[]) {
    const { geometry, properties } = (feature ?? {}) as Partial<Feature>;
    const named = properties as Properties | null | undefined;
    if (!named || !CHANGES.has(named.change)) return null;
    const point = geometry?.type === "Point" ? geometry.coordinates : null;
    const [longitude, latitude] = point ?? [];
    const at: [number, number] | null =
      typeof longitude === "number" && typeof latitude === "number" ? [longitude, latitude] : null;
    changes.push({ at, shape: at ? null : geometry ?? null, properties: named });
  }
  return changes;
}
