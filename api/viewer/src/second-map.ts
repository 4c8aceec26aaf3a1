// A second map over the stage that moves as the first does: behind a curtain, or beside it.

import { byId, el } from "./dom";
import type { CareMap, Hit } from "./map";
import type { Context } from "./mode";
import type { View } from "./address";

export class SecondMap {
  readonly map: CareMap;
  readonly box = el("div", { id: "map-2" });
  private readonly together = (): void => {
    const { longitude, latitude, zoom } = this.context.map.view();
    this.map.gl.jumpTo({ center: [longitude, latitude], zoom });
  };

  constructor(private readonly context: Context, chosen: (hit: Hit) => void) {
    byId("map").after(this.box);
    this.map = context.map.another(this.box, {
      moved: () => undefined,
      drawn: () => undefined,
      clicked: (screen) => {
        const hit = this.map.hit(screen);
        if (hit) chosen(hit);
      },
      hovered: () => undefined,
      failed: () => undefined,
      withoutBasemap: () => undefined, // the first map says it
    });
    this.map.gl.on("move", (event) => {
      if (event.originalEvent) this.context.map.go(this.map.view());
    });
    context.map.gl.on("move", this.together);
  }

  follow(view: View): void {
    const own = this.map.view();
    if (own.zoom !== view.zoom || own.longitude !== view.longitude || own.latitude !== view.latitude) this.map.go(view);
  }

  end(): void {
    this.context.map.gl.off("move", this.together);
    this.map.gl.remove();
    this.box.remove();
  }
}
