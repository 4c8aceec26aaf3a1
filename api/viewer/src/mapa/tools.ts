// What one may do with the map shown: read it as a table, download it, set a second indicator against it.

import type { View } from "../address";
import type { Layer } from "../atlas";
import { byId, el } from "../dom";
import type { Context } from "../mode";
import { sayMapa } from "../texts/mapa";
import type { Selected, Showing } from "./beside";
import type { ColumnData } from "./data";
import type { Pair } from "./pair";

export interface ToolsHost extends Showing {
  areas: Layer[];
  legend: HTMLElement;
  open(selected: Selected): void;
  /** A second indicator was set, changed or left. */
  changed(): void;
}

export type Pairing = "no" | "bivariado" | "cortina";
export const PAIRINGS: readonly Pairing[] = ["no", "bivariado", "cortina"];

export class Tools {
  /** The button between map and table, and what lies further down. */
  readonly view = el("div", { class: "view" });
  readonly more = el("div");
  private table = false;
  private pairing: Pairing = "no";
  private second: string | null = null;
  private pair: Pair | null = null;
  private asked = 0;
  private readonly toggle = el("button", { type: "button", id: "as-table", "aria-pressed": "false" });
  private readonly files = el("details", { id: "downloads" });
  private readonly pairs = el("details", { id: "second" });

  constructor(
    private readonly context: Context, private readonly data: ColumnData, private readonly host: ToolsHost,
  ) {
    this.view.append(this.toggle);
    this.more.append(this.pairs, this.files);
    this.toggle.addEventListener("click", () => {
      this.table = !this.table;
      this.redraw();
      context.step();
    });
    this.files.addEventListener("toggle", () => void this.drawFiles());
    this.pairs.addEventListener("toggle", () => void this.drawPairs());
  }

  read(address: URLSearchParams): void {
    this.table = address.get("vista") === "tabla";
    const second = address.get("ind2") ?? "";
    this.second = /^[a-z0-9_]{1,80}$/.test(second) ? second : null;
    this.pairing = this.second ? PAIRINGS.find((pairing) => pairing === address.get("par")) ?? "no" : "no";
  }

  write(): [string, string][] {
    return [
      ...(this.table ? [["vista", "tabla"] as [string, string]] : []),
      ...(this.pairing !== "no" && this.second
        ? [["par", this.pairing], ["ind2", this.second]] as [string, string][] : []),
    ];
  }

  translate(): void {
    const { language } = this.context;
    this.files.replaceChildren(el("summary", {}, sayMapa("downloads", language)));
    this.pairs.replaceChildren(el("summary", {}, sayMapa("second", language)));
    this.pair?.end();
    this.pair = null;
    if (this.pairing !== "no") (this.pairs as HTMLDetailsElement).open = true;
    if ((this.pairs as HTMLDetailsElement).open) void this.drawPairs();
  }

  hide(): void {
    this.asked += 1;
    this.sheet(null);
    this.pair?.end();
  }

  moved(view: View): void {
    this.pair?.moved(view);
  }

  /** The map shows something else. */
  redraw(): void {
    const { language } = this.context;
    this.toggle.textContent = sayMapa(this.table ? "asMap" : "asTable", language);
    this.toggle.setAttribute("aria-pressed", String(this.table));
    void this.drawTable();
    void this.drawFiles();
    void this.pair?.redraw();
  }

  private sheet(content: Node | null): void {
    const sheet = byId("sheet");
    sheet.hidden = content === null;
    sheet.replaceChildren(...(content ? [content] : []));
  }

  private async drawTable(): Promise<void> {
    const asked = ++this.asked;
    const column = this.host.column();
    const layer = this.host.layer();
    if (!this.table || !column) {
      this.sheet(null);
      return;
    }
    const { context } = this;
    try {
      const { sheetOf } = await import("./sheet");
      const content = await sheetOf(context, this.data, layer, column, this.host.classes(), (key) => {
        this.host.open({ layer: layer.id, key });
      });
      if (asked === this.asked) this.sheet(content);
    } catch (error) {
      if (asked !== this.asked) return;
      this.sheet(el("p", { class: "message", role: "alert" },
        context.explain(error, sayMapa("tableFailed", context.language))));
    }
  }

  private async drawFiles(): Promise<void> {
    if (!(this.files as HTMLDetailsElement).open) return;
    const { filesOf } = await import("./files");
    const [summary] = this.files.children;
    if (summary) this.files.replaceChildren(summary, ...filesOf(this.context, this.host));
  }

  private async drawPairs(): Promise<void> {
    if (!(this.pairs as HTMLDetailsElement).open || this.pair) return;
    const { Pair: Made } = await import("./pair");
    if (this.pair) return;
    const { context, data, host } = this;
    this.pair = new Made(context, data, host, { pairing: this.pairing, second: this.second }, (state) => {
      this.pairing = state.pairing;
      this.second = state.second;
      host.changed();
    });
    this.pairs.append(this.pair.element);
    void this.pair.redraw();
  }
}
