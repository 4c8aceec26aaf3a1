// The page around its modes: one map, one panel, the address with its history, languages.

import { readAddress, withoutView, writeAddress } from "./address";
import type { Address, View } from "./address";
import type { Atlas, Box, Language } from "./atlas";
import { byId, el } from "./dom";
import { explain } from "./failures";
import { endFirstMap } from "./first-map";
import { CareMap } from "./map";
import type { Hit } from "./map";
import type { Context, Mode, ModeEntry } from "./mode";
import { FIRST_MODE, MODES } from "./modes/registry";
import { showAlert } from "./notices";
import { Panel } from "./panel";
import { sourceList } from "./sources";
import { sayShell, SHELL_TEXTS } from "./texts/shell";

/** A mode that has been fetched, and its part of the controls. */
interface Held {
  mode: Mode;
  root: HTMLElement;
}

export class Shell implements Context {
  readonly panel: Panel;
  language: Language;
  private readonly offered: readonly ModeEntry[];
  private readonly held = new Map<string, Held>();
  private view: View | null;
  private current: ModeEntry;
  private active: Mode | null = null;
  private made: CareMap | null = null;
  private settling = 0; // while a mode takes its place, what it says of itself is not yet true

  constructor(readonly atlas: Atlas, private readonly first: Address) {
    this.language = first.language;
    this.view = first.view;
    this.offered = MODES.filter((entry) => entry.offered(atlas));
    this.current = this.entry(first.mode);
    this.panel = new Panel(() => this.made?.resize(), () => this.active?.panelClosed?.());
  }

  get map(): CareMap {
    if (!this.made) throw new Error("modes begin once there is a map");
    return this.made;
  }

  /** The mode of an address; an old one may name what is not offered here. */
  private entry(id: string | null): ModeEntry {
    const named = (wanted: string | null): ModeEntry | undefined => this.offered.find((entry) => entry.id === wanted);
    const found = named(id) ?? named(FIRST_MODE) ?? this.offered[0];
    if (!found) throw new Error(sayShell("nothingToShow", this.language));
    return found;
  }

  async start(): Promise<void> {
    this.texts();
    try {
      this.made = new CareMap(byId("map"), this.home(), this.view, this.atlas, {
        moved: (view) => {
          this.view = view;
          this.active?.moved?.(view);
          this.amend();
        },
        drawn: () => this.active?.drawn?.(),
        clicked: (screen, at) => this.active?.clicked?.({ screen, at }),
        hovered: (screen) => this.active?.hovered?.(screen),
        withoutBasemap: (said) => this.alert(said[this.language]),
        failed: () => this.alert(explain(null, sayShell("tilesFailed", this.language), this.language)),
      });
    } catch {
      endFirstMap();
      this.alert(sayShell("noMap", this.language));
      return;
    }
    this.labelMap();
    byId("language").addEventListener("click", () => this.translate(this.language === "es" ? "en" : "es"));
    window.addEventListener("popstate", () => void this.follow());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.active?.recoloured?.());
    await this.enter(this.current, this.first.rest);
    this.amend();
  }

  /** What the first view holds: where the people live, without the empty land around. */
  private home(): Box {
    if (this.atlas.focus) return this.atlas.focus;
    const areas = this.atlas.layers.filter((layer) => layer.level !== null && layer.tiles);
    const towns = areas.filter((layer) => layer.id === "agebs");
    const boxes = (towns.length > 0 ? towns : areas).flatMap((layer) => layer.tiles?.bounds ?? []);
    if (boxes.length === 0) return this.atlas.bounds;
    const edge = (side: number): number[] => boxes.filter((_, index) => index % 4 === side);
    return [Math.min(...edge(0)), Math.min(...edge(1)), Math.max(...edge(2)), Math.max(...edge(3))];
  }

  /** Fetch a mode if need be, and put it in place of the one before. */
  private async enter(entry: ModeEntry, address: URLSearchParams): Promise<void> {
    this.settling += 1;
    try {
      await this.take(entry, address);
    } finally {
      this.settling -= 1;
    }
  }

  private async take(entry: ModeEntry, address: URLSearchParams): Promise<void> {
    this.current = entry;
    this.tabs();
    let held = this.held.get(entry.id);
    if (!held) {
      try {
        const { default: make } = await entry.load();
        const root = el("div", { id: `mode-${entry.id}`, class: "mode", hidden: "" });
        held = this.held.get(entry.id) ?? { mode: make(this, root), root };
        if (!this.held.has(entry.id)) byId("mode-controls").append(root);
        this.held.set(entry.id, held);
      } catch (error) {
        this.alert(explain(error, sayShell("modeFailed", this.language), this.language), () => void this.enter(entry, address));
        return;
      }
    }
    if (this.current !== entry) return; // the reader went elsewhere meanwhile
    if (this.active && this.active !== held.mode) {
      this.active.hide();
      this.panel.close();
      this.tip(null, null);
    }
    this.active = held.mode;
    for (const { root } of this.held.values()) root.hidden = root !== held.root;
    held.mode.read(address);
    held.mode.translate();
    held.mode.show();
    document.body.dataset["mode"] = entry.id;
    byId("controls").scrollTop = 0;
  }

  go(id: string, address: Iterable<readonly [string, string]>): void {
    const entry = this.entry(id);
    void this.enter(entry, new URLSearchParams([...address].map(([name, value]) => [name, value])))
      .then(() => this.step());
  }

  step(): void {
    endFirstMap();
    if (this.settling > 0) return;
    const written = this.written();
    if (withoutView(written) === withoutView(location.hash)) history.replaceState(null, "", written);
    else history.pushState(null, "", written);
    this.titles();
  }

  amend(): void {
    if (this.active && this.settling === 0) history.replaceState(null, "", this.written());
  }

  private written(): string {
    const id = this.current.id === FIRST_MODE ? null : this.current.id;
    return writeAddress(id, this.view, this.active?.write() ?? [], this.language);
  }

  /** The address was changed by hand, or by going back or forward. */
  private async follow(): Promise<void> {
    if (this.settling === 0 && location.hash === this.written()) return;
    const address = readAddress(location.hash);
    this.language = address.language;
    this.texts();
    this.labelMap();
    const entering = this.enter(this.entry(address.mode), address.rest);
    if (address.view) {
      this.view = address.view;
      this.made?.go(address.view);
    }
    await entering;
    this.amend();
  }

  private translate(language: Language): void {
    this.language = language;
    this.texts();
    this.labelMap();
    this.tabs();
    this.active?.translate();
    this.active?.show();
    this.step();
  }

  private labelMap(): void {
    this.made?.label(sayShell("mapLabel", this.language), "map-help");
  }

  private tabs(): void {
    const links = this.offered.map((entry) => {
      const link = el("a", { href: `./#modo=${entry.id}` }, entry.title[this.language]);
      if (entry === this.current) link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (entry === this.current) return;
        const held = this.held.get(entry.id);
        this.go(entry.id, held?.mode.write() ?? []);
      });
      return el("li", {}, link);
    });
    const focused = [...byId("modes").querySelectorAll("a")].indexOf(document.activeElement as HTMLAnchorElement);
    byId("modes").replaceChildren(...links);
    if (focused >= 0) byId("modes").querySelectorAll("a")[focused]?.focus();
    byId("modes").parentElement?.setAttribute("aria-label", sayShell("modes", this.language));
    byId("modes").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.titles();
  }

  private titles(): void {
    document.title = `${this.current.title[this.language]} · ${this.atlas.title[this.language]} · Mapa de Cuidados`;
  }

  private texts(): void {
    const { atlas, language } = this;
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll<HTMLElement>("[data-text]")) {
      const id = element.dataset["text"] ?? "";
      element.textContent = SHELL_TEXTS[id]?.[language] ?? "";
    }
    byId("title").textContent = atlas.title[language];
    const editions = atlas.sources.map(
      (source) => `${source.title[language].replace(/ \([^)]*\)/g, "")} ${source.edition}`,
    );
    byId("editions").textContent = `${sayShell("data", language)}: ${[...new Set(editions)].join(" · ")}`;
    const toggle = byId("language");
    toggle.textContent = sayShell("language", language);
    toggle.lang = language === "es" ? "en" : "es";
    byId("panel-close").setAttribute("aria-label", sayShell("close", language));
    byId("panel-close").title = sayShell("close", language);
    const notes = atlas.notes.map((note) => el("li", {}, note[language]));
    byId("about-content").replaceChildren(
      ...(notes.length > 0 ? [el("h3", {}, sayShell("notes", language)), el("ul", {}, ...notes)] : []),
      sourceList(atlas.sources, language),
    );
  }

  status(text: string, quiet = false): void {
    const status = byId("status");
    status.classList.toggle("said", quiet);
    if (status.textContent !== text) status.textContent = text;
  }

  alert(text: string, retry?: () => void): void {
    showAlert(text, this.language, retry);
  }

  explain(error: unknown, otherwise: string): string {
    return explain(error, otherwise, this.language);
  }

  tip(hit: Hit | null, screen: [number, number] | null, ...lines: string[]): void {
    const tip = byId("hover");
    tip.hidden = !hit || !screen;
    if (!hit || !screen) return;
    const [first = "", ...others] = lines;
    tip.replaceChildren(el("strong", {}, first), ...others.map((line) => el("span", {}, line)));
    const stage = byId("stage").getBoundingClientRect();
    const x = Math.min(screen[0] + 14, Math.max(0, stage.width - tip.offsetWidth - 4));
    const y = Math.min(screen[1] + 14, Math.max(0, stage.height - tip.offsetHeight - 4));
    tip.style.transform = `translate(${x}px, ${y}px)`;
  }
}
