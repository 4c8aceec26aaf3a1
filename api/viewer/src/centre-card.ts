// The card of a centre that a search found.

import type { FoundCentre, Language } from "./atlas";
import { el } from "./dom";
import { sayNumber, sayValue } from "./formats";
import { sayBuscar } from "./texts/buscar";

/** The card of a centre that a search found: whether the person may use it, and how to get in touch. */
export function foundPanel(centre: FoundCentre, language: Language): Node[] {
  const { contact, places } = centre;
  const street = [contact["street"], contact["exterior_number"], contact["neighborhood"], contact["postcode"]]
    .filter(Boolean).join(", ");
  const line = (title: Parameters<typeof sayBuscar>[0], value: Node | string | null): Node | null =>
    value ? el("div", {}, el("dt", {}, sayBuscar(title, language)), el("dd", {}, value)) : null;
  const range = places.central === null ? null
    : `${sayNumber(places.central, "count", language)} (${sayNumber(places.low ?? 0, "count", language)} – ${sayNumber(places.high ?? 0, "count", language)})`;
  const reached = [
    line("phone", contact["phone"] ? link(`tel:${contact["phone"].replace(/[^+\d]/g, "")}`, contact["phone"]) : null),
    line("email", contact["email"] ? link(`mailto:${contact["email"].toLowerCase()}`, contact["email"].toLowerCase()) : null),
    line("website", contact["website"] ? webLink(contact["website"].toLowerCase()) : null),
    line("address", street),
  ].filter((node) => node !== null);
  return [
    el("p", { class: "kind" }, sayValue(centre.service_type ?? "", language)),
    el("h2", { id: "panel-title", tabindex: "-1" }, centre.name ?? centre.activity ?? centre.facility_id),
    el("section", { class: `headline ${centre.verdict}` },
      el("p", { class: "value" }, distance(centre, language)),
      el("p", { id: "way", role: "status" }),
      el("h3", {}, sayBuscar("why", language)),
      el("ul", { class: "reasons" }, ...centre.reasons.map((reason) =>
        el("li", { class: reason.kind }, reason.text[language])))),
    el("h3", {}, sayBuscar("contact", language)),
    reached.length > 0 ? el("dl", {}, ...reached) : el("p", { class: "note" }, sayBuscar("noContact", language)),
    el("h3", {}, sayBuscar("whatItIs", language)),
    el("dl", {}, ...[
      line("serviceType", centre.activity),
      line("admits", centre.ages.text[language]),
      line("sector", centre.sector ? sayValue(centre.sector, language) : null),
      line("institution", centre.institution),
      line("entitlements", centre.scheme ? sayValue(centre.scheme, language) : null),
      line("placesEstimate", range),
      line("listed", centre.first_seen),
      line("data", centre.edition ? `DENUE ${centre.edition}` : null),
    ].filter((node) => node !== null)),
    el("p", { class: "note" }, sayBuscar("facilityCaution", language)),
    el("p", {}, link("https://www.inegi.org.mx/app/mapa/denue/", sayBuscar("stillOpen", language))),
  ];
}

const link = (address: string, text: string): HTMLElement =>
  el("a", { href: address, rel: "noreferrer noopener" }, text);

/** A web page as the directory writes it, linked only where it is one. */
function webLink(text: string): HTMLElement | string {
  const address = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  return /^https?:\/\/[\w.-]+\.[a-z]{2,}(\/[^\s]*)?$/i.test(address) ? link(address, text) : text;
}

export function distance(centre: FoundCentre, language: Language): string {
  return centre.minutes === null
    ? sayBuscar("straight", language, sayNumber(centre.straight_m, "count", language))
    : sayBuscar("walk", language, sayNumber(Math.max(1, Math.round(centre.minutes)), "count", language));
}
