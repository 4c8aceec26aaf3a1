// The picture of the first map: drawn at the build, seen until the map itself is drawn.

import type { Address } from "./address";
import type { Box } from "./atlas";
import { mercator, startView, worldSize } from "./start-view";

const MOST_WAIT = 400; // milliseconds the page's start waits for the picture

const held = (): HTMLImageElement | null => document.querySelector("img#first-map");

const numbers = (text = ""): number[] => text.split(",").map(Number);

/** Lay the picture where the map will be, as large as the map will draw what it shows. */
export function placeFirstMap(): void {
  const picture = held();
  const stage = picture?.parentElement;
  if (!picture || !stage) return;
  const bounds = numbers(picture.dataset["bounds"]) as Box;
  const [west = 0, , east = 0] = numbers(picture.dataset["extent"]);
  const { zoom } = startView(bounds, stage.clientWidth, stage.clientHeight, Number(picture.dataset["minZoom"]));
  picture.style.width = `${(mercator(east, 0)[0] - mercator(west, 0)[0]) * worldSize(zoom)}px`;
}

/**
 * Show the picture where the address asks for what it shows, and take it away elsewhere.
 * Resolves once it is on the screen, so that what keeps the processor busy may begin.
 */
export async function showFirstMap({ rest }: Address): Promise<void> {
  const picture = held();
  if (!picture) return;
  if ([...rest.keys()].some((name) => name !== "lang")) {
    picture.remove();
    return;
  }
  placeFirstMap();
  picture.hidden = false;
  const painted = picture.decode().then(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve))), () => endFirstMap());
  await Promise.race([painted, new Promise<void>((resolve) => setTimeout(resolve, MOST_WAIT))]);
}

/** The map is drawn, shows something else, or will not come. */
export function endFirstMap(): void {
  held()?.remove();
}
