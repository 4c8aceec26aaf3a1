// Texts of “Estadísticas y mapas”. Names and descriptions of indicators come from the atlas, never from here.

import { speaker } from "./say";

export const sayMapa = speaker({
  indicator: { es: "Indicador", en: "Indicator" },
  level: { es: "Nivel", en: "Level" },
  auto: { es: "Según el acercamiento", en: "By zoom" },
  facilities: { es: "Centros de cuidado", en: "Care centres" },
  placeFailed: { es: "No se pudieron cargar los datos.", en: "The data could not be loaded." },
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
  loading: { es: "Cargando…", en: "Loading…" },
  nothingAtCentre: {
    es: "No hay nada en el centro del mapa", en: "There is nothing at the centre of the map",
  },
});
