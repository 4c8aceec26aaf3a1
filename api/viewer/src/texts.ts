// Texts of the page. Names and descriptions of indicators come from the atlas, never from here.

import type { Column, Kind, Label, Language, PlaceIndicator } from "./atlas";

const TEXTS = {
  skip: { es: "Ir a los controles", en: "Skip to the controls" },
  controls: { es: "Qué muestra el mapa", en: "What the map shows" },
  indicator: { es: "Indicador", en: "Indicator" },
  level: { es: "Nivel", en: "Level" },
  auto: { es: "Según el acercamiento", en: "By zoom" },
  facilities: { es: "Centros de cuidado", en: "Care centres" },
  about: { es: "Fuentes, notas y límites", en: "Sources, notes and limits" },
  mapLabel: { es: "Mapa", en: "Map" },
  mapHelp: {
    es: "Con el mapa enfocado: flechas para mover, + y − para acercar, Entrar para abrir lo que está en el centro.",
    en: "With the map focused: arrows to move, + and − to zoom, Enter to open what is at the centre.",
  },
  language: { es: "English", en: "Español" },
  languageLabel: { es: "Switch to English", en: "Cambiar a español" },
  close: { es: "Cerrar", en: "Close" },
  loading: { es: "Cargando…", en: "Loading…" },
  retry: { es: "Reintentar", en: "Try again" },
  failed: {
    es: "No se pudo cargar el atlas. Revise su conexión o que el servicio esté encendido.",
    en: "The atlas could not be loaded. Check your connection, or that the service is running.",
  },
  tilesFailed: {
    es: "Faltan partes del mapa: no se pudieron cargar.",
    en: "Parts of the map are missing: they could not be loaded.",
  },
  placeFailed: { es: "No se pudieron cargar los datos.", en: "The data could not be loaded." },
  noMap: {
    es: "Este navegador no puede dibujar el mapa (falta WebGL). Los datos están en /collections.",
    en: "This browser cannot draw the map (no WebGL). The data is in /collections.",
  },
  data: { es: "Datos", en: "Data" },
  unknown: { es: "Sin dato", en: "No data" },
  less: { es: "menos de {}", en: "under {}" },
  more: { es: "{} o más", en: "{} or more" },
  counts: { es: "Cuántos: {}", en: "How many: {}" },
  outOfReach: { es: "Fuera de alcance", en: "Out of reach" },
  notHere: {
    es: "Este indicador no está en el nivel que se muestra. Elija otro nivel o indicador.",
    en: "This indicator is not in the level shown. Choose another level or indicator.",
  },
  nothingKnown: {
    es: "No hay ningún valor conocido de este indicador en este nivel.",
    en: "No value of this indicator is known at this level.",
  },
  notComputed: { es: "No calculado en este atlas", en: "Not computed in this atlas" },
  notes: { es: "Notas", en: "Notes" },
  sources: { es: "Fuentes", en: "Sources" },
  edition: { es: "edición", en: "edition" },
  rank: { es: "Lugar {} de {} ({}), de mayor a menor", en: "Ranked {} of {} ({}), highest first" },
  here: { es: "este atlas", en: "this atlas" },
  says: { es: "Qué dice y qué no dice", en: "What it says and does not say" },
  general: { es: "Otros indicadores", en: "Other indicators" },
  population: { es: "Población", en: "Population" },
  facilityCaution: {
    es: "Datos del directorio de INEGI en la edición indicada. Antes de ir, confirme que siga abierto, su horario, sus requisitos y si tiene lugar.",
    en: "Data of INEGI’s directory in the edition shown. Before you go, check that it is still open, its hours, its requirements and whether it has a place.",
  },
  facility: { es: "Centro de cuidado", en: "Care centre" },
  download: { es: "Datos de este lugar (GeoJSON)", en: "Data of this place (GeoJSON)" },
  drawn: { es: "{}. {}: {} a la vista.", en: "{}. {}: {} in view." },
  zoomIn: { es: "Acérquese para ver: {}", en: "Zoom in to see: {}" },
  nothingAtCentre: {
    es: "No hay nada en el centro del mapa", en: "There is nothing at the centre of the map",
  },
  modeFind: { es: "Encuentra un centro", en: "Find a centre" },
  modeMap: { es: "Estadísticas y mapas", en: "Statistics and maps" },
  modes: { es: "Qué quiere hacer", en: "What to do" },
  who: { es: "¿Para quién?", en: "For whom?" },
  aChild: { es: "Una niña o un niño", en: "A child" },
  anOlderPerson: { es: "Una persona mayor", en: "An older person" },
  aDisabledPerson: { es: "Una persona con discapacidad", en: "A person with disability" },
  disability: { es: "Tipo de discapacidad", en: "Kind of disability" },
  disability_si: { es: "Cualquiera, o no sé", en: "Any, or I do not know" },
  disability_motriz: { es: "Para moverse", en: "Moving" },
  disability_visual: { es: "Para ver", en: "Seeing" },
  disability_auditiva: { es: "Para oír", en: "Hearing" },
  disability_lenguaje: { es: "Para hablar", en: "Speaking" },
  disability_intelectual: { es: "Intelectual", en: "Intellectual" },
  disability_psicosocial: { es: "Psicosocial", en: "Psychosocial" },
  disability_multiple: { es: "Varias", en: "Several" },
  age: { es: "Edad", en: "Age" },
  years: { es: "años", en: "years" },
  months: { es: "y meses", en: "and months" },
  entitlements: { es: "Derechohabiencia", en: "Social security" },
  entitlementsHelp: {
    es: "Marque las que tiene quien trabaja en su familia. Si no marca ninguna, se mostrará qué hay que preguntar.",
    en: "Tick those that whoever works in your family has. If you tick none, you will be told what to ask.",
  },
  imss: { es: "IMSS", en: "IMSS" },
  issste: { es: "ISSSTE", en: "ISSSTE" },
  pemex: { es: "Pemex", en: "Pemex" },
  armedForces: { es: "Ejército o Marina", en: "Army or Navy" },
  sep: { es: "Trabajo en la SEP", en: "Work at the Ministry of Education" },
  university: { es: "Trabajo en una universidad", en: "Work at a university" },
  noEntitlement: { es: "Ninguna", en: "None" },
  words: { es: "Palabras (opcional): kínder, asilo, DIF…", en: "Words (optional): kinder, asilo, DIF…" },
  showUnfit: { es: "Mostrar también los que no puede usar", en: "Also show those one cannot use" },
  myPlace: { es: "Usar mi ubicación", en: "Use my location" },
  noPlace: {
    es: "O toque el mapa donde está. Si no, se busca desde el centro del mapa.",
    en: "Or touch the map where you are. If not, the middle of the map is used.",
  },
  placeIs: { es: "Desde {}, {}. Toque el mapa para cambiarlo.", en: "From {}, {}. Touch the map to change it." },
  placeRefused: { es: "No se pudo saber dónde está. Toque el mapa en el lugar.", en: "Your location could not be known. Touch the map at the place." },
  find: { es: "Buscar", en: "Search" },
  findHelp: { es: "Diga para quién es y desde dónde, y oprima Buscar.", en: "Say for whom and from where, and press Search." },
  findFailed: { es: "No se pudo buscar. Intente de nuevo.", en: "The search failed. Try again." },
  foundCount: {
    es: "Los {} más cercanos. En total, {} que puede usar o donde preguntar.",
    en: "The {} nearest. In all, {} one may use or ask at.",
  },
  walk: { es: "{} min a pie", en: "{} min on foot" },
  straight: { es: "a {} m en línea recta", en: "{} m in a straight line" },
  mayUse: { es: "Sí puede usarlo", en: "May be used" },
  mustAsk: { es: "Pregunte en el centro", en: "Ask at the centre" },
  mayNotUse: { es: "No puede usarlo", en: "May not be used" },
  why: { es: "Por qué", en: "Why" },
  contact: { es: "Contacto", en: "Contact" },
  phone: { es: "Teléfono", en: "Telephone" },
  email: { es: "Correo", en: "E-mail" },
  website: { es: "Página", en: "Web page" },
  address: { es: "Dirección", en: "Address" },
  noContact: { es: "El directorio no trae sus datos de contacto.", en: "The directory gives no contact details." },
  whatItIs: { es: "Qué es", en: "What it is" },
  serviceType: { es: "Servicio", en: "Service" },
  sector: { es: "Sector", en: "Sector" },
  institution: { es: "Institución", en: "Institution" },
  admits: { es: "Edades", en: "Ages" },
  placesEstimate: { es: "Lugares (estimación)", en: "Places (estimate)" },
  listed: { es: "En el directorio desde", en: "Listed since" },
  stillOpen: { es: "¿Sigue abierto? Búsquelo en el DENUE", en: "Is it still open? Look it up in DENUE" },
  print: { es: "Imprimir", en: "Print" },
  share: { es: "Copiar enlace", en: "Copy link" },
  copied: { es: "Enlace copiado", en: "Link copied" },
  way: { es: "{} minutos, {} metros", en: "{} minutes, {} metres" },
  noWay: { es: "No se pudo trazar el camino", en: "The way could not be drawn" },
} satisfies Record<string, Label>;

export type TextId = keyof typeof TEXTS;

export function say(id: TextId, language: Language, ...values: (string | number)[]): string {
  let next = 0;
  return TEXTS[id][language].replace(/\{\}/g, () => String(values[next++] ?? ""));
}

export const isTextId = (id: string): id is TextId => id in TEXTS;

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
};
const UNKNOWN_STATES = new Set(["desconocido", "no_calculado"]);
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
  "personas": "people", "centros": "centres", "lugares": "places", "proporción": "share",
  "centros por 1,000 personas": "centres per 1,000 people",
  "personas por centro": "people per centre", "lugares por persona": "places per person",
};

export function sayUnit(unit: string, kind: Kind, language: Language): string {
  if (kind === "share") return "%";
  return language === "en" ? (UNITS[unit] ?? unit) : unit;
}

// One sentence on reading each kind of number; the first match counts: method, then kind.
const CAUTIONS: Record<string, Label> = {
  demanda: {
    es: "Es demanda potencial: personas por edad o condición según el censo. No dice cuántas buscan o usarían un servicio.",
    en: "It is potential demand: people by age or condition in the census. It does not say how many seek or would use a service.",
  },
  oferta: {
    es: "Cuenta centros del directorio de INEGI. No dice si tienen lugar, a qué horas abren ni cuánto cuestan.",
    en: "It counts centres in INEGI’s directory. It does not say whether they have places, their hours or their price.",
  },
  lugares: {
    es: "Los lugares se estiman por el tamaño del personal, con un rango. No son cupos oficiales.",
    en: "Places are estimated from staff size, with a range. They are not official capacities.",
  },
  deficit: {
    es: "Compara demanda potencial con lugares estimados. No dice cuántas familias se quedaron sin lugar.",
    en: "It compares potential demand with estimated places. It does not say how many families were left without one.",
  },
  tasas: {
    es: "Compara centros con población dentro del lugar. No ve los centros del otro lado del límite.",
    en: "It compares centres with people within the place. It does not see centres across the boundary.",
  },
  cercania: {
    es: "No dice si hay lugar, a qué hora abre ni si se tiene derecho a usarlo.",
    en: "It does not say whether there is a place, the hours, or whether one is entitled to it.",
  },
  acumulada: {
    es: "Lo que se alcanza a pie en ese tiempo. No dice cuántas personas más lo comparten.",
    en: "What can be reached on foot in that time. It does not say how many others share it.",
  },
  e2sfca: {
    es: "Lugares estimados por persona, repartidos entre quienes viven cerca. Supone que todos pueden usar cualquier centro.",
    en: "Estimated places per person, shared among those who live near. It assumes that all can use any centre.",
  },
  desiertos: {
    es: "Aplica una regla publicada con un umbral. Un lugar apenas por debajo del umbral puede estar casi igual.",
    en: "It applies a published rule with a threshold. A place just below the threshold may fare much the same.",
  },
  other: {
    es: "Es una estimación con datos públicos de la fecha indicada; la situación de hoy puede ser otra.",
    en: "It is an estimate from public data of the date shown; today’s situation may differ.",
  },
};

export function caution(item: Column | PlaceIndicator, language: Language): string {
  return (CAUTIONS[item.method ?? ""] ?? CAUTIONS["other"])?.[language] ?? "";
}

const LOCALES = { es: "es-MX", en: "en" } as const;

/** A number as people write it in Mexico: 1,234 and 12.3 %. */
export function sayNumber(value: number, kind: Kind, language: Language): string {
  const size = Math.abs(kind === "share" ? value * 100 : value);
  const digits = kind === "count" || size >= 100 || size === 0 ? 0 : size < 1 ? 3 : 1;
  const format = new Intl.NumberFormat(LOCALES[language], {
    maximumFractionDigits: kind === "share" ? 1 : digits,
  });
  return kind === "share" ? `${format.format(value * 100)} %` : format.format(value);
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
