// What the service says of one column of one level, asked once.

import { getJson } from "../atlas";
import type { Column, Layer } from "../atlas";
import type { Cut } from "../classes";
import type { Context } from "../mode";

export type Method = "cuantiles" | "naturales" | "divergente";
export const METHODS: readonly Method[] = ["cuantiles", "naturales", "divergente"];

interface ClassesAnswer {
  breaks: number[];
  counts: number[];
  count: number;
  unknown: number;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
}

export interface Values {
  keys: string[];
  names: (string | null)[] | null;
  values: (number | string | null)[];
}

export interface Distribution {
  edges: number[];
  counts: number[];
  unknown: number;
}

const DIVERGING_CLASSES = 6;
const CLASSES = 5;

export class ColumnData {
  private readonly held = new Map<string, Promise<unknown>>();

  constructor(private readonly context: Context) {}

  /** Answers do not change while the atlas is the same; one that failed is asked again. */
  private once<Answer>(path: string): Promise<Answer> {
    const held = this.held.get(path);
    if (held) return held as Promise<Answer>;
    const asked = getJson<Answer>(path, this.context.language);
    this.held.set(path, asked);
    asked.catch(() => this.held.delete(path));
    return asked;
  }

  private path(layer: Layer, what: string, column: string, more: Record<string, string> = {}): string {
    const asked = new URLSearchParams({ ...more, v: this.context.atlas.version });
    return `/estadisticas/${layer.level}/${what}/${column}?${asked}`;
  }

  /** Limits of classes by a method. */
  async cut(layer: Layer, column: Column, method: Method, classes?: number): Promise<Cut> {
    const many = classes ?? (method === "divergente" ? DIVERGING_CLASSES : CLASSES);
    const answer = await this.once<ClassesAnswer>(
      this.path(layer, "clases", column.name, { metodo: method, clases: String(many) }));
    const middle = method === "divergente" && answer.mean !== null && answer.breaks.includes(answer.mean)
      ? answer.mean : null;
    return { ...answer, middle };
  }

  values(layer: Layer, column: Column): Promise<Values> {
    return this.once<Values>(this.path(layer, "valores", column.name));
  }

  distribution(layer: Layer, column: string): Promise<Distribution> {
    return this.once<Distribution>(this.path(layer, "distribucion", column, { bins: "24" }));
  }

  /** Every column of every layer, mapped or not. */
  async dictionary(): Promise<Map<string, Column[]>> {
    const { layers } = await this.once<{ layers: { id: string; columns: Column[] }[] }>(
      `/diccionario?v=${this.context.atlas.version}`);
    return new Map(layers.map(({ id, columns }) => [id, columns]));
  }
}
