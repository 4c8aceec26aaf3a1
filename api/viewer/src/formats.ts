// Numbers, values and names as people write them.

import type { Kind, Label, Language } from "./atlas";

const UNKNOWN: Label = { es: "Sin dato", en: "No data" };
export const sayUnknown = (language: Language): string => UNKNOWN[language];

// Closed lists of values that the atlas stores as unaccented words.
const VALUES: Record<string, Label> = {
  si: { es: "Sí", en: "Yes" },
  no: { es: "No", en: "No" },
  desconocido: { es: "Sin dato", en: "No data" },
  alcanza: { es: "A su alcance", en: "In reach" },
  fuera_de_alcance: { es: "Fuera de alcance", en: "Out of reach" },
  no_calculado: { es: "No calculado", en: "Not computed" },
  publica: { es: "Pública", en: "Public" },
  privada: { es: "Privada", en: "Private" },
  sociedad_civil: { es: "Sociedad civil", en: "Civil society" },
  directo: { es: "Directo", en: "Direct" },
  indirecto: { es: "Indirecto", en: "Indirect" },
  guarderia: { es: "Guardería", en: "Day nursery" },
  preescolar: { es: "Preescolar", en: "Preschool" },
  primaria: { es: "Primaria", en: "Primary school" },
  mayores: { es: "Personas mayores", en: "Older people" },
  discapacidad: { es: "Personas con discapacidad", en: "People with disability" },
  infancia: { es: "Infancia", en: "Children" },
  con: { es: "Con derechohabiencia", en: "For insured people" },
  sin: { es: "Sin derechohabiencia", en: "Open to all" },
  imss: { es: "Derechohabientes del IMSS", en: "People insured by IMSS" },
  issste: { es: "Trabajadores del ISSSTE", en: "Workers under ISSSTE" },
  sep: { es: "Personal de educación", en: "Staff in education" },
  fuerzas_armadas: { es: "Fuerzas armadas", en: "Armed forces" },
  pemex: { es: "Trabajadores de Pemex", en: "Pemex workers" },
  universidad: { es: "Personal de la universidad", en: "University staff" },
  abierto: { es: "Abierto a todas las personas", en: "Open to everybody" },
  cuota: { es: "Con pago de cuota", en: "For a fee" },
  asilo: { es: "Residencia de personas mayores", en: "Residence for older people" },
  centro_dia: { es: "Centro de día", en: "Day centre" },
  residencia_discapacidad: { es: "Residencia para personas con discapacidad", en: "Residence for people with disability" },
  especial: { es: "Educación especial", en: "Special education" },
  mixta: { es: "Escuela de varios niveles", en: "School of several levels" },
  sin_dato: { es: "Sin dato", en: "No data" },
  alto_alto: { es: "Participación alta, oferta alrededor alta", en: "High participation, high supply around" },
  alto_bajo: { es: "Participación alta, oferta alrededor baja", en: "High participation, low supply around" },
  bajo_alto: { es: "Participación baja, oferta alrededor alta", en: "Low participation, high supply around" },
  bajo_bajo: { es: "Participación baja, oferta alrededor baja", en: "Low participation, low supply around" },
  no_significativo: { es: "No se distingue del azar", en: "Not told from chance" },
};
const UNKNOWN_STATES = new Set(["desconocido", "no_calculado", "sin_dato"]);
export const isUnknownState = (value: string): boolean => UNKNOWN_STATES.has(value);

export function sayValue(value: string, language: Language): string {
  const known = VALUES[value];
  if (known) return known[language];
  const plain = value.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

// AGEB and blocks are known by a number alone.
const NUMBERED: Record<string, Label> = {
  ageb: { es: "AGEB", en: "AGEB" }, manzana: { es: "Manzana", en: "Block" },
};

export function placeName(name: string | null, key: string, level: string, language: Language): string {
  const kind = NUMBERED[level]?.[language];
  const shown = name ?? key;
  return kind && /^\d/.test(shown) ? `${kind} ${shown}` : shown;
}

const UNITS: Record<string, string> = {
  "personas": "people",
  "centros": "centres",
  "lugar": "place",
  "lugares": "places",
  "celdas": "cells",
  "proporción": "share",
  "razón": "ratio",
  "índice": "index",
  "índice de 0 a 1": "index from 0 to 1",
  "índice de −1 a 1": "index from −1 to 1",
  "año": "year",
  "días": "days",
  "años de escolaridad": "years of schooling",
  "personas/ha": "people/ha",
  "personas por centro": "people per centre",
  "personas por cada 100": "people per 100",
  "hombres por cada 100": "men per 100",
  "mujeres por cada 100": "women per 100",
  "niñas y niños por cada 100 mujeres": "children per 100 women",
  "hijas e hijos por mujer": "children per woman",
  "centros por 1,000 personas": "centres per 1,000 people",
  "lugares por persona": "places per person",
  "lugares por cada 100": "places per 100",
};

export function sayUnit(unit: string, kind: Kind, language: Language): string {
  if (kind === "share") return "%";
  return language === "en" ? (UNITS[unit] ?? unit) : unit;
}

const LOCALES = { es: "es-MX", en: "en" } as const;

/** A number as people write it in Mexico: 1,234 and 12.3 %. */
export function sayNumber(value: number, kind: Kind, language: Language): string {
  const size = Math.abs(kind === "share" ? value * 100 : value);
  const small = kind === "time" ? 1 : 2; // 1.36 and 1.33 places a person differ, 8.31 and 8.33 minutes do not
  const digits = kind === "count" || size >= 100 || size === 0 ? 0 : size < 1 ? 3 : size < 10 ? small : 1;
  const format = new Intl.NumberFormat(LOCALES[language], {
    maximumFractionDigits: kind === "share" ? 1 : digits,
  });
  // A minus, not a hyphen.
  return format.format(kind === "share" ? value * 100 : value).replace(/^-/, "−") + (kind === "share" ? " %" : "");
}

/** A number with its unit; days of age become years once they are many. */
export function sayMeasure(value: number, unit: string, kind: Kind, language: Language): [string, string] {
  if (kind === "share") return [sayNumber(value, kind, language), ""];
  if (unit === "días") {
    const [many, few] = language === "es" ? ["años", "días"] : ["years", "days"];
    return value < DAYS_AS_YEARS
      ? [sayNumber(value, "count", language), few]
      : [sayNumber(Math.round((value / DAYS_A_YEAR) * 10) / 10, "rate", language), many];
  }
  return [sayNumber(value, kind, language), sayUnit(unit, kind, language)];
}
const DAYS_A_YEAR = 365.25;
const DAYS_AS_YEARS = 2 * DAYS_A_YEAR;

/** Parts of a title such as “Demanda potencial: guardería”: what is measured, and for whom. */
export function titleParts(title: Label, language: Language): [string, string] {
  const [measure = "", ...topic] = title[language].split(": ");
  return [measure, topic.join(": ")];
}
