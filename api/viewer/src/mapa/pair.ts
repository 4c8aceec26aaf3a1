// A second indicator against the first: two colours on one map, or a curtain between two maps.

import type { View } from "../address";
import type { Column, Layer } from "../atlas";
import { RequestError } from "../atlas";
import { byKey, classesOf, classOf } from "../classes";
import { byId, el } from "../dom";
import { sayNumber, sayUnknown } from "../formats";
import { classRows } from "../legend";
import type { CareMap } from "../map";
import type { Context } from "../mode";
import { SecondMap } from "../second-map";
import { sayMapa } from "../texts/mapa";
import type { ColumnData } from "./data";
import { Pickers } from "./pickers";
import { PAIRINGS } from "./tools";
import type { Pairing, ToolsHost } from "./tools";

export interface PairState {
  pairing: Pairing;
  second: string | null;
}

// Bivariate blue and pink (J. Stevens): rows from low to high of the second, columns of the first.
const COLOURS = [
  ["#e8e8e8", "#ace4e4", "#5ac8c8"], ["#dfb0d6", "#a5add3", "#5698b9"], ["#be64ac", "#8c62aa", "#3b4994"],
];
const THIRDS = ["low", "middle", "high"] as const;
const MOST_KEYED = 60_000;

export class Pair {
  readonly element = el("div", { class: "pair" });
  private readonly pickers: Pickers;
  private readonly how = el("select", { id: "pair" }) as HTMLSelectElement;
  private readonly legend = el("div", { "aria-live": "polite" });
  private curtain: Curtain | null = null;
  private asked = 0;

  constructor(
    private readonly context: Context, private readonly data: ColumnData, private readonly host: ToolsHost,
    private state: PairState, set: (state: PairState) => void,
  ) {
    const { language } = context;
    this.pickers = new Pickers((second) => {
      this.state = { second, pairing: this.state.pairing === "no" ? "bivariado" : this.state.pairing };
      this.how.value = this.state.pairing;
      set(this.state);
    }, "-2");
    this.pickers.offer(host.areas);
    this.how.append(...PAIRINGS.map((pairing) => el("option", { value: pairing }, sayMapa(`pair_${pairing}`, language))));
    this.how.value = state.pairing;
    this.how.addEventListener("change", () => {
      this.state = { second: this.state.second ?? this.fallback(), pairing: this.how.value as Pairing };
      this.pickers.draw(this.state.second, language);
      set(this.state);
    });
    this.pickers.draw(state.second, language);
    this.element.append(
      el("label", {}, el("span", {}, sayMapa("pairing", language)), this.how),
      this.pickers.search, this.pickers.element, this.legend);
  }

  /** What to compare with where nothing was chosen: the indicator of people, if there is one. */
  private fallback(): string | null {
    const columns = this.host.layer().columns.filter((column) => column.kind !== "state" && column !== this.host.column());
    return (columns.find((column) => column.kind === "rate" || column.kind === "share") ?? columns[0])?.name ?? null;
  }

  private column(layer: Layer): Column | undefined {
    return layer.columns.find((column) => column.name === this.state.second);
  }

  async redraw(): Promise<void> {
    const asked = ++this.asked;
    const layer = this.host.layer();
    const [first, second] = [this.host.column(), this.column(layer)];
    if (this.state.pairing !== "cortina") this.endCurtain();
    if (this.state.pairing === "no") {
      this.legend.replaceChildren();
      return;
    }
    if (!first || !second) {
      this.endCurtain();
      this.legend.replaceChildren(el("p", { class: "message" }, sayMapa("notHere", this.context.language)));
      return;
    }
    try {
      if (this.state.pairing === "bivariado") await this.bivariate(layer, first, second, asked);
      else this.drawCurtain(layer, first, second);
    } catch (error) {
      if (asked !== this.asked) return;
      this.legend.replaceChildren(el("p", { class: "message", role: "alert" },
        this.context.explain(error, sayMapa("classesFailed", this.context.language))));
    }
  }

  private async bivariate(layer: Layer, first: Column, second: Column, asked: number): Promise<void> {
    const { language, map } = this.context;
    if (layer.rows > MOST_KEYED) throw new RequestError(sayMapa("tooMany", language));
    if (first.kind === "state" || second.kind === "state") throw new RequestError(sayMapa("onlyNumbers", language));
    const [x, y, cutX, cutY] = await Promise.all([
      this.data.values(layer, first), this.data.values(layer, second),
      this.data.cut(layer, first, "cuantiles", 3), this.data.cut(layer, second, "cuantiles", 3),
    ]);
    if (asked !== this.asked) return;
    const cells = COLOURS.map((row) => row.map((): string[] => []));
    let unknown = 0;
    x.keys.forEach((key, index) => {
      const [a, b] = [x.values[index], y.values[index]];
      if (typeof a !== "number" || typeof b !== "number") unknown += 1;
      else cells[classOf(b, cutY.breaks)]?.[classOf(a, cutX.breaks)]?.push(key);
    });
    const lists = cells.flatMap((row, r) => row.map((keys, c): [string[], string] => [keys, COLOURS[r]?.[c] ?? ""]));
    await map.draw(layer, { known: [], unknown, breaks: [], ...byKey(layer.key, lists) });
    this.host.legend.replaceChildren(...this.square(first, second, cells, unknown));
    this.legend.replaceChildren();
  }

  /** The legend of two colours: a table whose cells are coloured and counted. */
  private square(first: Column, second: Column, cells: string[][][], unknown: number): Node[] {
    const { language } = this.context;
    const [a, b] = [first.title[language], second.title[language]];
    const rows = [...cells].reverse().map((row, index) => {
      const r = cells.length - 1 - index;
      return el("tr", {}, el("th", { scope: "row" }, sayMapa(THIRDS[r] ?? "low", language)),
        ...row.map((keys, c) => {
          const cell = el("td", {}, sayNumber(keys.length, "count", language));
          cell.style.backgroundColor = COLOURS[r]?.[c] ?? "";
          cell.style.color = r === 2 && c > 0 ? "#ffffff" : "#16181d";
          return cell;
        }));
    });
    return [
      el("h2", { id: "legend-title" }, sayMapa("comparison", language, a, b)),
      el("table", { class: "bivariate" },
        el("caption", {}, sayMapa("bivariateLegend", language, a, b)), el("tbody", {}, ...rows),
        el("tfoot", {}, el("tr", {}, el("td"), ...THIRDS.map((third) => el("th", { scope: "col" }, sayMapa(third, language)))))),
      el("p", { class: "description" }, `${sayUnknown(language)}: ${sayNumber(unknown, "count", language)}`),
      el("p", { class: "description" }, sayMapa("association", language)),
    ];
  }

  private drawCurtain(layer: Layer, first: Column, second: Column): void {
    const { language } = this.context;
    const classes = classesOf(second, layer.columns.find((column) => column.name === `reach_${second.service}`), language);
    this.curtain ??= new Curtain(this.context, this.host);
    this.curtain.label(sayMapa("curtain", language), first.title[language], second.title[language]);
    void this.curtain.map.draw(layer, classes);
    this.legend.replaceChildren(
      el("p", { class: "note" }, sayMapa("curtainLeft", language, first.title[language])),
      el("p", { class: "note" }, sayMapa("curtainRight", language, second.title[language])),
      el("ul", { class: "classes" }, ...classRows(classes, language)));
  }

  moved(view: View): void {
    this.curtain?.follow(view);
  }

  private endCurtain(): void {
    this.curtain?.end();
    this.curtain = null;
  }

  end(): void {
    this.asked += 1;
    this.endCurtain();
  }
}

/** A second map over the first, of which the right part is seen. */
class Curtain {
  private readonly second: SecondMap;
  private readonly titles = (["before", "after"] as const).map((side) =>
    el("p", { class: `map-title over ${side}`, "aria-hidden": "true" }));
  private readonly slider = el("input", {
    type: "range", id: "curtain", min: "0", max: "100", step: "1", value: "50",
  }) as HTMLInputElement;

  constructor(context: Context, host: ToolsHost) {
    this.second = new SecondMap(context, ({ layer, key }) => host.open({ layer, key }));
    byId("stage").append(...this.titles, this.slider);
    this.slider.addEventListener("input", () => this.place());
    this.place();
  }

  get map(): CareMap {
    return this.second.map;
  }

  private place(): void {
    const { style } = this.second.box;
    style.clipPath = `inset(0 0 0 ${this.slider.value}%)`;
    style.setProperty("--at", `${this.slider.value}%`);
  }

  label(slider: string, left: string, right: string): void {
    this.slider.setAttribute("aria-label", slider);
    this.map.label(right, "map-help");
    this.titles.forEach((title, index) => { title.textContent = [left, right][index] ?? ""; });
  }

  follow(view: View): void {
    this.second.follow(view);
  }

  end(): void {
    this.second.end();
    this.slider.remove();
    for (const title of this.titles) title.remove();
  }
}
