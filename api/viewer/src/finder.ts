// "Encuentra un centro": for whom, from where, and what the service answers.

import { findCentres } from "./atlas";
import type { Found, FoundCentre, Language } from "./atlas";
import { byId, el } from "./dom";
import { distance } from "./centre-card";
import { explain } from "./failures";
import { sayNumber, sayValue } from "./formats";
import type { Search } from "./search";
import { sayBuscar } from "./texts/buscar";

export interface FinderEvents {
  /** The reader changed what is asked; the address must follow. */
  changed(): void;
  /** The reader asked: a step of its own. */
  asked(): void;
  found(centres: FoundCentre[], at: [number, number]): void;
  chosen(centre: FoundCentre): void;
}

const ENTITLEMENTS: [string, TextId][] = [
  ["imss", "imss"], ["issste", "issste"], ["pemex", "pemex"], ["fuerzas_armadas", "armedForces"],
  ["sep", "sep"], ["universidad", "university"], ["ninguna", "noEntitlement"],
];
const DISABILITIES = ["si", "motriz", "visual", "auditiva", "lenguaje", "intelectual", "psicosocial", "multiple"];
const VERDICTS: Record<FoundCentre["verdict"], TextId> = {
  si: "mayUse", pregunte: "mustAsk", no: "mayNotUse",
};

type TextId = Parameters<typeof sayBuscar>[0];

export class Finder {
  private language: Language = "es";
  private asked = 0;
  private answer: Found | null = null;

  constructor(
    private readonly search: Search,
    private readonly form: HTMLElement,
    private readonly centre: () => [number, number],
    private readonly places: HTMLElement,
    private readonly events: FinderEvents,
  ) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search.at ??= this.centre();
      this.events.asked();
      void this.ask();
    });
  }

  /** Draw the form anew, in a language, from what is asked. */
  draw(language: Language): void {
    this.language = language;
    const { search } = this;
    this.form.replaceChildren(
      this.select("who", "who", search.group, [
        ["infancia", sayBuscar("aChild", language)], ["mayores", sayBuscar("anOlderPerson", language)],
        ["discapacidad", sayBuscar("aDisabledPerson", language)],
      ], (value) => { search.group = value as Search["group"]; }),
      ...(search.group === "discapacidad"
        ? [this.select("disability", "disability", search.disability,
            DISABILITIES.map((value) => [value, sayBuscar(`disability_${value}` as TextId, language)]),
            (value) => { search.disability = value; })]
        : []),
      this.ages(),
      this.entitlements(),
      this.words(),
      this.whereabouts(),
      el("button", { type: "submit", class: "main" }, sayBuscar("find", language)),
    );
    this.show();
  }

  /** Set where the person is, and ask again if an answer is on show. */
  setPlace(at: [number, number]): void {
    this.search.at = [round(at[0]), round(at[1])];
    this.draw(this.language);
    this.events.asked();
    void this.ask();
  }

  /** Forget the answer, where the search is another now. */
  forget(): void {
    this.asked += 1;
    this.answer = null;
  }

  async ask(): Promise<void> {
    const { search } = this;
    if (!search.at) return;
    const number = ++this.asked;
    byId("results").setAttribute("aria-busy", "true");
    try {
      const found = await findCentres(parameters(search), this.language);
      if (number !== this.asked) return; // another was asked meanwhile
      this.answer = found;
      this.events.found(found.centres, search.at);
      this.show();
      // Below the form they would not be seen, on a phone least of all.
      byId("results").scrollIntoView({ block: "start" });
    } catch (error) {
      if (number !== this.asked) return;
      this.answer = null;
      byId("results").replaceChildren(el("p", { class: "message", role: "alert" },
        explain(error, sayBuscar("findFailed", this.language), this.language)));
    }
    byId("results").removeAttribute("aria-busy");
  }

  private show(): void {
    const { answer, language } = this;
    const results = byId("results");
    if (!answer) {
      results.replaceChildren(el("p", { class: "note" }, sayBuscar("findHelp", language)));
      return;
    }
    const count = sayBuscar("foundCount", language, sayNumber(answer.returned, "count", language),
      sayNumber(answer.usable, "count", language));
    results.replaceChildren(
      el("h3", { id: "results-title" }, count),
      ...answer.notes.map((note) => el("p", { class: "message" }, note[language])),
      el("ol", { class: "found" }, ...answer.centres.map((centre, index) => this.row(centre, index))),
    );
  }

  private row(centre: FoundCentre, index: number): HTMLElement {
    const { language } = this;
    const button = el("button", { type: "button" },
      el("span", { class: `number ${centre.verdict}`, "aria-hidden": "true" }, String(index + 1)),
      el("span", { class: "what" },
        el("strong", {}, centre.name ?? centre.activity ?? centre.facility_id),
        el("span", {}, [distance(centre, language), sayValue(centre.service_type ?? "", language)]
          .filter(Boolean).join(" · ")),
        el("span", { class: `verdict ${centre.verdict}` }, sayBuscar(VERDICTS[centre.verdict], language)),
        ...(centre.verdict === "si" ? [] : reasonsAgainst(centre).map((reason) =>
          el("span", { class: "why" }, reason.text[language])))));
    button.addEventListener("click", () => this.events.chosen(centre));
    return el("li", {}, button);
  }

  private select(
    id: string, label: TextId, value: string, options: [string, string][], set: (value: string) => void,
  ): HTMLElement {
    const select = el("select", { id },
      ...options.map(([key, text]) => el("option", { value: key }, text))) as HTMLSelectElement;
    select.value = value;
    select.addEventListener("change", () => {
      set(select.value);
      this.draw(this.language);
      byId(id).focus();
      this.events.changed();
    });
    return el("label", {}, el("span", {}, sayBuscar(label, this.language)), select);
  }

  private ages(): HTMLElement {
    const { search, language } = this;
    const field = (id: string, label: TextId, value: number | null, most: number, set: (value: number | null) => void): HTMLElement => {
      const input = el("input", {
        id, type: "number", inputmode: "numeric", min: "0", max: String(most),
        value: value === null ? "" : String(value),
      }) as HTMLInputElement;
      input.addEventListener("change", () => {
        set(input.value === "" ? null : Math.trunc(input.valueAsNumber));
        this.events.changed();
      });
      return el("label", {}, el("span", {}, sayBuscar(label, language)), input);
    };
    const years = field("age-years", "years", search.years, 130, (value) => { search.years = value; });
    const months = search.group === "infancia"
      ? [field("age-months", "months", search.months, 11, (value) => { search.months = value; })] : [];
    return el("fieldset", { class: "row" }, el("legend", {}, sayBuscar("age", language)), years, ...months);
  }

  private entitlements(): HTMLElement {
    const { search, language } = this;
    const boxes = ENTITLEMENTS.map(([value, label]) => {
      const box = el("input", { type: "checkbox", value }) as HTMLInputElement;
      box.checked = search.entitlements.includes(value);
      box.addEventListener("change", () => {
        const others = search.entitlements.filter((item) => item !== value);
        // "None" and an institution exclude each other.
        const kept = box.checked && value === "ninguna" ? [] : others.filter((item) => item !== "ninguna");
        search.entitlements = box.checked ? [...kept, value] : others;
        this.draw(language);
        this.form.querySelector<HTMLInputElement>(`input[value=${value}]`)?.focus();
        this.events.changed();
      });
      return el("label", { class: "switch" }, box, el("span", {}, sayBuscar(label, language)));
    });
    // Folded it says what was marked; the reader's own unfolding stays.
    const open = this.form.querySelector("details")?.open === true;
    const marked = ENTITLEMENTS.filter(([value]) => search.entitlements.includes(value))
      .map(([, label]) => sayBuscar(label, language)).join(", ");
    return el("details", open ? { open: "" } : {},
      el("summary", {}, [sayBuscar("entitlements", language), marked].filter(Boolean).join(": ")),
      el("p", { class: "note" }, sayBuscar("entitlementsHelp", language)), ...boxes);
  }

  private words(): HTMLElement {
    const { search, language } = this;
    const input = el("input", { id: "words", type: "search", maxlength: "200", value: search.text }) as HTMLInputElement;
    input.addEventListener("input", () => { search.text = input.value; });
    const unfit = el("input", { type: "checkbox", id: "unfit" }) as HTMLInputElement;
    unfit.checked = search.unfit;
    unfit.addEventListener("change", () => {
      search.unfit = unfit.checked;
      this.events.asked();
      void this.ask();
    });
    return el("div", {},
      el("label", {}, el("span", {}, sayBuscar("words", language)), input),
      el("label", { class: "switch" }, unfit, el("span", {}, sayBuscar("showUnfit", language))));
  }

  private whereabouts(): HTMLElement {
    const { search, language } = this;
    const here = el("button", { type: "button" }, sayBuscar("myPlace", language));
    here.addEventListener("click", () => this.locate());
    const [longitude, latitude] = search.at ?? [];
    const said = longitude === undefined || latitude === undefined
      ? sayBuscar("noPlace", language)
      : sayBuscar("placeIs", language, latitude.toFixed(5), longitude.toFixed(5));
    return el("div", { class: "where" }, this.places, here, el("p", { id: "place", role: "status" }, said));
  }

  private locate(): void {
    const refused = (): void => { byId("place").textContent = sayBuscar("placeRefused", this.language); };
    if (!("geolocation" in navigator)) {
      refused();
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => this.setPlace([coords.longitude, coords.latitude]), refused,
      { timeout: 10_000, maximumAge: 60_000 },
    );
  }
}

export const reasonsAgainst = (centre: FoundCentre): FoundCentre["reasons"] =>
  centre.reasons.filter((reason) => reason.kind !== "a_favor");

const round = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;

function parameters(search: Search): URLSearchParams {
  const [longitude, latitude] = search.at ?? [0, 0];
  const asked = new URLSearchParams({ lon: String(longitude), lat: String(latitude), group: search.group });
  if (search.years !== null || search.months !== null) {
    const months = search.group === "infancia" ? search.months : null;
    if (months === null) asked.set("age_years", String(search.years ?? 0));
    else asked.set("age_months", String((search.years ?? 0) * 12 + months));
  }
  if (search.group === "discapacidad") asked.set("disability", search.disability);
  if (search.entitlements.length > 0) asked.set("entitlements", search.entitlements.join(","));
  if (search.text.trim()) asked.set("text", search.text.trim());
  if (search.unfit) asked.set("include", "no_aptos");
  return asked;
}
