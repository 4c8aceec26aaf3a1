// What each kind of number says and cannot say.

import type { Column, Label, Language, PlaceIndicator } from "../atlas";

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
