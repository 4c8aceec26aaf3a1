// What the service says of participation and care at a level.

import { getJson } from "../atlas";
import type { Column, Label, Language } from "../atlas";

type Described = Pick<Column, "name" | "title" | "description" | "unit" | "kind">;

export interface Coefficient {
  term: string;
  estimate: number;
  standard_error: number;
  p_value: number;
  low: number;
  high: number;
  total_effect: number | null;
}

export interface Model {
  model: ModelId;
  estimator: string;
  formula: string;
  chosen: "si" | "no";
  places: number;
  r2: number;
  aic: number | null;
  moran_residuals: number;
  moran_residuals_p: number;
  coefficients: Coefficient[];
}

export type ModelId = "mcp" | "mco" | "slx" | "rezago" | "error";
export type TestId = "lm_rezago" | "lm_error" | "lm_rezago_robusta" | "lm_error_robusta" | "numero_condicion";

export interface Participation {
  level: string;
  layer: string;
  outcome: Described & { tertiles: number[] };
  supply: Described & { tertiles: number[] };
  sentence: Label;
  caution: Label;
  clusters: Record<string, number>;
  models: Model[];
  tests: { test: TestId; statistic: number; p_value: number | null }[];
  types: {
    id: string; name: Label; places: number; ari_mean: number; ari_min: number; silhouette: number;
    typical: { cvegeo: string; name: string | null };
  }[];
  columns: Record<string, Described>;
  files: Record<string, string>;
}

/** Every place of a level, as columns of equal length. */
export interface Points {
  cvegeo: string[];
  name: (string | null)[];
  outcome: (number | null)[];
  supply: (number | null)[];
  cluster: (string | null)[];
  type: (string | null)[];
}

const of = (level: string): string => `/participacion/${encodeURIComponent(level)}`;

export const readParticipation = (level: string, version: string, language: Language): Promise<Participation> =>
  getJson(`${of(level)}?v=${version}`, language);

export const readPoints = (level: string, version: string, language: Language): Promise<Points> =>
  getJson(`${of(level)}/puntos?v=${version}`, language);
