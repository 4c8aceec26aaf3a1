// The fields by which an indicator is chosen; those with nothing to choose are not shown.

import type { Column, Language, Layer } from "../atlas";
import { el } from "../dom";
import { matches, Suggest } from "../suggest";
import { METHOD_TITLES, sayMapa } from "../texts/mapa";
import { familiesOf, familyTitle, nearest, partTitle } from "./families";
import type { Choice, Family } from "./families";

type Part = "topic" | "minutes" | "profile";
const PARTS: readonly Part[] = ["topic", "minutes", "profile"];
const MOST_SUGGESTED = 12;

export class Pickers {
  readonly element = el("div", { class: "pickers" });
  /** The field that finds an indicator by its words. */
  readonly search: HTMLElement;
  private families: Family[] = [];
  private choice: Choice | null = null;
  private language: Language = "es";
  private readonly suggest: Suggest<string>;
  private readonly measure: HTMLSelectElement;
  private readonly measureLabel = el("span");
  private readonly parts: Record<Part, { select: HTMLSelectElement; label: HTMLElement; field: HTMLElement }>;

  /** @param suffix tells the fields of two pickers on one page apart */
  constructor(private readonly chosen: (column: string) => void, suffix = "") {
    this.suggest = new Suggest<string>({
      id: `find-indicator${suffix}`,
      source: (text) => Promise.resolve(this.suggestions(text)),
      choose: (name) => this.take(this.named(name)),
      none: () => sayMapa("noIndicator", this.language),
      failed: () => sayMapa("noIndicator", this.language),
    });
    this.measure = el("select", { id: `indicator${suffix}` }) as HTMLSelectElement;
    this.measure.addEventListener("change", () => {
      const family = this.families.find((item) => item.id === this.measure.value);
      const held = this.choice ?? { topic: "", minutes: null, profile: "" };
      if (family) this.take(nearest(family, held));
    });
    const part = (name: Part): Pickers["parts"][Part] => {
      const select = el("select", { id: `${name}${suffix}` }) as HTMLSelectElement;
      const label = el("span");
      select.addEventListener("change", () => this.changed(name, select.value));
      return { select, label, field: el("label", {}, label, select) };
    };
    this.parts = { topic: part("topic"), minutes: part("minutes"), profile: part("profile") };
    this.search = this.suggest.element;
    this.element.append(
      el("label", {}, this.measureLabel, this.measure), ...PARTS.map((name) => this.parts[name].field));
  }

  /** Offer the columns of these levels. */
  offer(areas: Layer[]): void {
    this.families = familiesOf(areas);
  }

  has(name: string | null): boolean {
    return this.named(name) !== undefined;
  }

  private named(name: string | null): Choice | undefined {
    return this.families.flatMap((family) => family.choices).find((choice) => choice.column.name === name);
  }

  /** Show an indicator as the one chosen, in a language. */
  draw(name: string | null, language: Language): void {
    this.language = language;
    this.choice = this.named(name) ?? null;
    this.suggest.translate(sayMapa("findIndicator", language), sayMapa("indicators", language));
    this.measureLabel.textContent = sayMapa("indicator", language);
    this.measure.replaceChildren(...this.groups());
    this.measure.value = this.choice?.family ?? "";
    for (const part of PARTS) this.drawPart(part);
  }

  private groups(): HTMLElement[] {
    const { language } = this;
    const groups = new Map<string, HTMLElement>();
    for (const family of this.families) {
      const title = METHOD_TITLES[family.method]?.[language] ?? sayMapa("others", language);
      const group = groups.get(title) ?? el("optgroup", { label: title });
      groups.set(title, group);
      group.append(el("option", { value: family.id }, familyTitle(family, language)));
    }
    return [...groups.values()];
  }

  private drawPart(part: Part): void {
    const { select, label, field } = this.parts[part];
    const { language, choice } = this;
    const family = this.families.find((item) => item.id === choice?.family);
    label.textContent = sayMapa(part, language);
    const options = new Map<string, string>();
    for (const item of family?.choices ?? []) {
      const value = String(item[part] ?? "");
      if (value === "" || options.has(value)) continue;
      options.set(value, part === "minutes" ? value : partTitle(item, part, language));
    }
    field.hidden = options.size < 2;
    select.replaceChildren(...[...options].map(([value, text]) => el("option", { value }, text)));
    select.value = String(choice?.[part] ?? "");
  }

  private changed(part: Part, value: string): void {
    const family = this.families.find((item) => item.id === this.choice?.family);
    if (!family || !this.choice) return;
    const fitting = { ...family, choices: family.choices.filter((item) => String(item[part] ?? "") === value) };
    this.take(nearest(fitting, this.choice));
  }

  private suggestions(text: string): { label: string; detail: string; value: string }[] {
    const { language } = this;
    const found = this.families.flatMap((family) => family.choices).filter(({ column }) =>
      matches(`${column.title[language]} ${column.description[language]}`, text));
    const inTitle = (column: Column): boolean => matches(column.title[language], text);
    return found.sort((a, b) => Number(inTitle(b.column)) - Number(inTitle(a.column))).slice(0, MOST_SUGGESTED)
      .map(({ column }) => ({ label: column.title[language], detail: column.description[language], value: column.name }));
  }

  private take(choice: Choice | undefined): void {
    if (!choice) return;
    this.draw(choice.column.name, this.language);
    this.chosen(choice.column.name);
  }
}
