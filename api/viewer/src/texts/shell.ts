// Texts of the page around its modes.

import type { Label } from "../atlas";
import { speaker } from "./say";

const TEXTS = {
  skip: { es: "Ir a los controles", en: "Skip to the controls" },
  controls: { es: "Qué muestra el mapa", en: "What the map shows" },
  mapLabel: { es: "Mapa", en: "Map" },
  mapHelp: {
    es: "Con el mapa enfocado: flechas para mover, + y − para acercar, Entrar para abrir lo que está en el centro.",
    en: "With the map focused: arrows to move, + and − to zoom, Enter to open what is at the centre.",
  },
  language: { es: "English", en: "Español" },
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
  noMap: {
    es: "Este navegador no puede dibujar el mapa (falta WebGL). Los datos están en /collections.",
    en: "This browser cannot draw the map (no WebGL). The data is in /collections.",
  },
  data: { es: "Datos", en: "Data" },
  notes: { es: "Notas", en: "Notes" },
  sources: { es: "Fuentes", en: "Sources" },
  edition: { es: "edición", en: "edition" },
  about: { es: "Fuentes, notas y límites", en: "Sources, notes and limits" },
  notComputed: { es: "No calculado en este atlas", en: "Not computed in this atlas" },
  modes: { es: "Qué quiere hacer", en: "What to do" },
  modeFailed: {
    es: "No se pudo cargar esta parte de la página.",
    en: "This part of the page could not be loaded.",
  },
  offline: { es: "No hay conexión.", en: "There is no connection." },
  nothingToShow: { es: "Este atlas no tiene nada que mostrar.", en: "This atlas has nothing to show." },
} satisfies Record<string, Label>;

export const sayShell = speaker(TEXTS);

/** Texts that the page itself names (`data-text`). */
export const SHELL_TEXTS: Record<string, Label> = TEXTS;
