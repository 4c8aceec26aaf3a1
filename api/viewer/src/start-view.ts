// Where the map opens. `geo/start_view.py` computes the same, to draw that view ahead.

import type { View } from "./address";
import type { Box } from "./atlas";

const TILE = 512; // pixels
const PADDING = 24; // pixels around what is to be seen
const MOST_ZOOM = 18;
const MOST_FIRST_TILES = 6;
const LEAST_SMALL = 3;

/** A point in Web Mercator, where the world is 1 wide. */
export function mercator(longitude: number, latitude: number): [number, number] {
  const angle = (latitude * Math.PI) / 180;
  return [(longitude + 180) / 360, (1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2];
}

/** Pixels across the whole world. */
export const worldSize = (zoom: number): number => TILE * 2 ** zoom;

/** The view that holds a box, zoomed out a little where it would otherwise ask for many tiles. */
export function startView(bounds: Box, width: number, height: number, minZoom: number): View {
  const [west, north] = mercator(bounds[0], bounds[3]);
  const [east, south] = mercator(bounds[2], bounds[1]);
  const least = 2 ** -40; // a single point has no size
  const scale = Math.min(
    Math.max(width - 2 * PADDING, 1) / Math.max(east - west, least),
    Math.max(height - 2 * PADDING, 1) / Math.max(south - north, least),
  );
  const fitted = Math.min(Math.log2(scale / TILE), MOST_ZOOM);
  const tiles = (zoom: number): number => {
    const count = 2 ** Math.floor(zoom);
    const across = Math.floor(east * count) - Math.floor(west * count) + 1;
    return across * (Math.floor(south * count) - Math.floor(north * count) + 1);
  };
  let zoom = fitted;
  while (fitted > LEAST_SMALL && tiles(zoom) > MOST_FIRST_TILES) {
    const farther = Math.floor(zoom) - 0.01;
    if (farther <= LEAST_SMALL) break;
    zoom = farther;
  }
  return {
    zoom: Math.max(zoom, minZoom),
    latitude: (Math.atan(Math.sinh(Math.PI * (1 - north - south))) * 180) / Math.PI,
    longitude: (west + east) * 180 - 180,
  };
}
