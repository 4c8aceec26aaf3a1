// What the panel shows beside the map: one place, one centre, or two places side by side.

import type { Box, Column, Layer } from "../atlas";
import type { Classes } from "../classes";
import type { Context } from "../mode";
import { sayMapa } from "../texts/mapa";
import type { ColumnData } from "./data";

export interface Selected {
  layer: string;
  key: string;
}

/** What the map shows at this moment. */
export interface Showing {
  layer(): Layer;
  column(): Column | undefined;
  classes(): Classes | null;
}

export class PlaceBeside {
  selected: Selected | null = null;
  private other: Selected | null = null;
  private choosing = false; // the next place chosen is the one to compare with
  private asked = 0;

  constructor(
    private readonly context: Context, private readonly data: ColumnData, private readonly showing: Showing,
  ) {}

  read(selected: Selected | null, other: Selected | null): void {
    this.selected = selected;
    this.other = selected && other?.layer === selected.layer && other.key !== selected.key ? other : null;
    this.choosing = false;
  }

  write(): [string, string][] {
    const pair = (name: string, { layer, key }: Selected): [string, string] => [name, `${layer}/${key}`];
    return [
      ...(this.selected ? [pair("sel", this.selected)] : []), ...(this.other ? [pair("con", this.other)] : []),
    ];
  }

  show(): void {
    if (this.selected) void this.open(false);
    else this.context.panel.close();
  }

  /** The indicator changed, and with it what is said of the place. */
  redraw(): void {
    if (this.selected && this.layerOf(this.selected)?.level) void this.open(false);
  }

  choose(selected: Selected): void {
    if (this.choosing && this.selected) {
      if (selected.layer !== this.selected.layer) {
        this.context.alert(sayMapa("sameLevel", this.context.language));
        return;
      }
      this.other = selected.key === this.selected.key ? null : selected;
    } else {
      this.selected = selected;
      this.other = null;
    }
    this.choosing = false;
    void this.open(true);
  }

  closed(): void {
    this.asked += 1;
    this.selected = null;
    this.other = null;
    this.choosing = false;
    void this.context.map.mark(null);
  }

  /** What the map is to stress. */
  get marked(): (Selected | null)[] {
    return [this.selected, this.other];
  }

  private layerOf(selected: Selected): Layer | undefined {
    return this.context.atlas.layers.find((layer) => layer.id === selected.layer);
  }

  private async open(focus: boolean): Promise<void> {
    const { context, selected } = this;
    if (!selected) return;
    const asked = ++this.asked;
    context.tip(null, null);
    void context.map.mark(...this.marked);
    context.panel.wait(sayMapa("loading", context.language));
    try {
      const { nodes, box } = await this.content(selected);
      if (asked !== this.asked) return;
      context.panel.open(nodes, focus);
      if (box) context.map.reveal(box);
    } catch (error) {
      if (asked !== this.asked) return;
      const failed = sayMapa(this.other ? "compareFailed" : "placeFailed", context.language);
      context.panel.fail(context.explain(error, failed));
    }
  }

  private async content(selected: Selected): Promise<{ nodes: Node[]; box: Box | null }> {
    const { context, data, showing } = this;
    const layer = this.layerOf(selected);
    if (this.other && layer) {
      const { comparison } = await import("./compare");
      const nodes = await comparison(context, layer, [selected.key, this.other.key], showing.column()?.name ?? null, (key) => {
        this.selected = { layer: layer.id, key };
        this.other = null;
        context.step();
        void this.open(true);
      });
      return { nodes, box: null };
    }
    const { facilityNodes, placeNodes } = await import("./place");
    if (!layer?.level) return { nodes: await facilityNodes(context, selected, layer), box: null };
    return placeNodes(context, data, layer, selected.key, showing.column()?.name ?? null, (button) => {
      this.choosing = true;
      button.textContent = sayMapa("comparing", context.language);
      context.status(sayMapa("comparing", context.language));
    });
  }
}
