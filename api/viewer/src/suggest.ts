// A field that suggests while one types: the combobox of the ARIA practices, by mouse, finger and keyboard.

import { el } from "./dom";

export interface Suggestion<Value> {
  label: string;
  /** Said small beneath the label. */
  detail?: string;
  value: Value;
}

export interface SuggestOptions<Value> {
  id: string;
  /** Suggestions for a text; the signal ends those that are no longer wanted. */
  source(text: string, signal: AbortSignal): Promise<Suggestion<Value>[]>;
  choose(value: Value): void;
  /** Said where there is none. */
  none(): string;
  failed(error: unknown): string;
}

const PAUSE_MS = 180;
const LEAST = 2;

export class Suggest<Value> {
  readonly element: HTMLElement;
  private readonly label = el("span");
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly said: HTMLElement;
  private found: Suggestion<Value>[] = [];
  private at = -1;
  private timer = 0;
  private asking: AbortController | null = null;

  constructor(private readonly options: SuggestOptions<Value>) {
    const { id } = options;
    this.input = el("input", {
      id, type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-list`,
      "aria-autocomplete": "list", autocomplete: "off", maxlength: "80", spellcheck: "false",
    }) as HTMLInputElement;
    this.list = el("ul", { id: `${id}-list`, role: "listbox", class: "suggestions", hidden: "" });
    this.said = el("p", { role: "status", class: "note suggest-status" });
    this.element = el("div", { class: "suggest" }, el("label", {}, this.label, this.input), this.list, this.said);
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.ask(), PAUSE_MS);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.fold());
    // The field keeps the focus while a suggestion is pressed.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  translate(label: string, listed: string): void {
    this.label.textContent = label;
    this.list.setAttribute("aria-label", listed);
  }

  private async ask(): Promise<void> {
    const text = this.input.value.trim();
    this.asking?.abort();
    this.said.textContent = "";
    if (text.length < LEAST) {
      this.fold();
      return;
    }
    const asking = new AbortController();
    this.asking = asking;
    try {
      const found = await this.options.source(text, asking.signal);
      if (asking.signal.aborted) return;
      this.found = found;
      this.unfold();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.fold();
      this.said.textContent = this.options.failed(error);
    }
  }

  private unfold(): void {
    const { id } = this.options;
    this.at = -1;
    this.list.replaceChildren(...this.found.map((item, index) => {
      const option = el("li", { id: `${id}-${index}`, role: "option", "aria-selected": "false" },
        el("span", {}, item.label), item.detail ? el("small", {}, item.detail) : null);
      option.addEventListener("click", () => this.take(index));
      return option;
    }));
    this.list.hidden = this.found.length === 0;
    this.input.setAttribute("aria-expanded", String(this.found.length > 0));
    this.said.textContent = this.found.length === 0 ? this.options.none() : "";
  }

  private fold(): void {
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  private key(event: KeyboardEvent): void {
    const many = this.list.hidden ? 0 : this.found.length;
    if (event.key === "Escape" && many > 0) {
      event.preventDefault();
      this.fold();
    } else if (event.key === "Enter") {
      event.preventDefault(); // a form around is not sent
      if (many > 0) this.take(Math.max(0, this.at));
    } else if (many > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.mark((this.at + (event.key === "ArrowDown" ? 1 : many - (this.at < 0 ? 0 : 1))) % many);
    }
  }

  private mark(at: number): void {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = at;
    const option = this.list.children[at];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  private take(index: number): void {
    const item = this.found[index];
    if (!item) return;
    this.input.value = item.label;
    this.fold();
    this.options.choose(item.value);
  }
}

/** A text as texts are compared: no accents, small letters. */
export const folded = (text: string): string =>
  text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();

/** Whether every word of `wanted` begins a word of `text`. */
export function matches(text: string, wanted: string): boolean {
  const words = folded(text).split(/[^\p{L}\p{N}]+/u);
  return folded(wanted).split(/\s+/).every((part) => words.some((word) => word.startsWith(part)));
}

