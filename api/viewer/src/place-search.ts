// A field that finds municipalities, localities, AGEB and streets by their name.

import { getJson } from "./atlas";
import type { Box } from "./atlas";
import { placeName } from "./formats";
import type { Context } from "./mode";
import { Suggest } from "./suggest";
import { speaker } from "./texts/say";

export interface FoundPlace {
  kind: string;
  layer: string;
  /** Null of streets, which are no rows of their own. */
  key: string | null;
  name: string;
  within: string | null;
  box: Box;
}

const say = speaker({
  place: { es: "Buscar un lugar o una calle", en: "Find a place or a street" },
  places: { es: "Lugares", en: "Places" },
  none: {
    es: "No hay ningún lugar ni calle con ese nombre en este atlas.",
    en: "There is no place or street of that name in this atlas.",
  },
  failed: { es: "No se pudo buscar el lugar.", en: "The place could not be looked up." },
  entidad: { es: "Entidad", en: "State" },
  municipio: { es: "Municipio", en: "Municipality" },
  localidad: { es: "Localidad", en: "Locality" },
  ageb: { es: "AGEB", en: "AGEB" },
  calle: { es: "Calle", en: "Street" },
});
const KINDS = ["entidad", "municipio", "localidad", "ageb", "calle"] as const;
type Kind = (typeof KINDS)[number];

export class PlaceSearch {
  readonly element: HTMLElement;
  private readonly suggest: Suggest<FoundPlace>;

  constructor(private readonly context: Context, id: string, choose: (place: FoundPlace) => void) {
    this.suggest = new Suggest<FoundPlace>({
      id,
      source: async (text, signal) => {
        const asked = new URLSearchParams({ texto: text, limit: "8", v: context.atlas.version });
        const { places } = await getJson<{ places: FoundPlace[] }>(`/lugares?${asked}`, context.language, signal);
        return places.map((place) => ({
          label: placeName(place.name, place.key ?? "", place.kind, context.language),
          detail: [this.kind(place.kind), place.within].filter(Boolean).join(" · "),
          value: place,
        }));
      },
      choose,
      none: () => say("none", context.language),
      failed: (error) => context.explain(error, say("failed", context.language)),
    });
    this.element = this.suggest.element;
  }

  private kind(kind: string): string {
    return (KINDS as readonly string[]).includes(kind) ? say(kind as Kind, this.context.language) : kind;
  }

  translate(): void {
    this.suggest.translate(say("place", this.context.language), say("places", this.context.language));
  }
}

/** The middle of a place's box: longitude, latitude. */
export const middleOf = ({ box }: FoundPlace): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
