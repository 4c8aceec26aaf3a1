// Why a basemap from elsewhere is not shown.

import { speaker } from "./say";

export const sayBasemap = speaker({
  silent: {
    es: "El mapa base de {} no respondió: se muestra el del atlas.",
    en: "The basemap of {} did not answer: the atlas’s own is shown.",
  },
  status: {
    es: "El mapa base de {} no está disponible (respuesta {}): se muestra el del atlas.",
    en: "The basemap of {} is not available (answer {}): the atlas’s own is shown.",
  },
  malformed: {
    es: "Lo que {} da como mapa base no es un estilo que esta página pueda dibujar: se muestra el del atlas.",
    en: "What {} gives as a basemap is no style that this page can draw: the atlas’s own is shown.",
  },
  refused: {
    es: "El mapa base pide datos a {}, que este servicio no admite (CUIDADOS_BASEMAP_ORIGINS): se muestra el del atlas.",
    en: "The basemap asks {} for data, which this service does not admit (CUIDADOS_BASEMAP_ORIGINS): the atlas’s own is shown.",
  },
});
