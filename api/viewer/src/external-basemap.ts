// A basemap from elsewhere: a MapLibre style, drawn under the atlas once all that it names has answered.

import type { LayerSpecification, Map as MapLibre, SourceSpecification } from "maplibre-gl";
import type { Label } from "./atlas";
import { sayBasemap } from "./texts/basemap";

const PREFIX = "basemap/"; // of the names of its sources and layers
const PATIENCE_MS = 8_000; // for each file that the style names, and again for the first tiles
const TILED = new Set(["vector", "raster", "raster-dem"]);

type Said = Parameters<typeof sayBasemap>[0];
type Json = Record<string, unknown>;

/** Why the basemap is not shown, in words. */
export class BasemapError extends Error {
  readonly said: Label;

  constructor(id: Said, ...values: string[]) {
    super(sayBasemap(id, "en", ...values));
    this.said = { es: sayBasemap(id, "es", ...values), en: sayBasemap(id, "en", ...values) };
  }
}

/** What a style holds, every address whole and of an origin that is admitted. */
interface Style {
  sources: Map<string, SourceSpecification>;
  layers: LayerSpecification[];
  sprites: { id: string; url: string }[];
}

/**
 * Draw a style beneath all layers there are but the ground; what is there stays until its first tiles have come.
 * @param origins the ones it may ask; the page's policy admits no other
 * @param credit what to say of sources that say nothing of themselves
 * @throws BasemapError where it does not come whole; the map is then as it was
 */
export async function drawStyle(gl: MapLibre, address: string, origins: string[], credit: string): Promise<void> {
  const style = await new Reader(address, origins, credit).style();
  const host = new URL(address).host;
  try {
    put(gl, style, host);
    await firstTiles(gl, [...style.sources.keys()], host);
  } catch (error) {
    take(gl);
    throw error;
  }
}

class Reader {
  private readonly host: string;

  constructor(private readonly address: string, private readonly origins: string[], private readonly credit: string) {
    this.host = new URL(address).host;
  }

  async style(): Promise<Style> {
    const style = await this.ask(this.address);
    const { sources, layers, sprite } = style;
    if (style["version"] !== 8 || !isObject(sources) || !Array.isArray(layers) || layers.length === 0) throw this.malformed();
    const read = await Promise.all(Object.entries(sources).map(async ([id, source]) =>
      [PREFIX + id, await this.source(source)] as const));
    return { sources: new Map(read), layers: layers.map((layer) => this.layer(layer)), sprites: await this.sprites(sprite) };
  }

  private async source(source: unknown): Promise<SourceSpecification> {
    if (!isObject(source)) throw this.malformed();
    const { url, ...own } = source;
    if (source["type"] === "geojson") {
      const { data } = source;
      return { ...source, data: typeof data === "string" ? this.admitted(data, this.address) : data } as SourceSpecification;
    }
    if (!TILED.has(String(source["type"]))) throw this.malformed();
    const base = typeof url === "string" ? this.admitted(url, this.address) : this.address;
    const described = typeof url === "string" ? await this.ask(base) : {};
    const tiles = own["tiles"] ?? described["tiles"];
    if (!Array.isArray(tiles) || tiles.length === 0) throw this.malformed();
    const kept = ["minzoom", "maxzoom", "bounds", "scheme", "encoding", "tileSize", "attribution"]
      .flatMap((name) => (name in described ? [[name, described[name]] as const] : []));
    const merged: Json = { ...Object.fromEntries(kept), ...own, tiles: tiles.map((tile) => this.admitted(String(tile), base)) };
    // MapLibre would read it as HTML.
    const credit = typeof merged["attribution"] === "string" ? merged["attribution"].replace(/<[^>]*>/g, "") : this.credit;
    return { ...merged, attribution: credit.replace(/[<>]/g, "") } as unknown as SourceSpecification;
  }

  private layer(layer: unknown): LayerSpecification {
    if (!isObject(layer)) throw this.malformed();
    const own: Json = { ...layer, id: `${PREFIX}${String(layer["id"])}` };
    if (typeof layer["source"] === "string") own["source"] = PREFIX + layer["source"];
    // As all labels of the page: letters of the reader's own machine, so that none are asked for.
    if (layer["type"] === "symbol") own["layout"] = { ...(isObject(layer["layout"]) ? layer["layout"] : {}), "text-font": ["sans-serif"] };
    return own as unknown as LayerSpecification;
  }

  private async sprites(sprite: unknown): Promise<Style["sprites"]> {
    const named = typeof sprite === "string" ? [{ id: "default", url: sprite }] : Array.isArray(sprite) ? sprite : [];
    return Promise.all(named.map(async ({ id, url }: Json) => {
      const whole = this.admitted(String(url), this.address);
      await this.ask(whole.replace(/(\?|$)/, ".json$1"));
      return { id: String(id), url: whole };
    }));
  }

  /** An address in full, or a refusal where its origin is not among those that may be asked. */
  private admitted(address: string, base: string): string {
    let whole: URL;
    try {
      whole = new URL(address, base);
    } catch {
      throw this.malformed();
    }
    if (!this.origins.includes(whole.origin)) throw new BasemapError("refused", whole.host || whole.protocol);
    return whole.href.replace(/%7B/gi, "{").replace(/%7D/gi, "}");
  }

  private async ask(address: string): Promise<Json> {
    const { host } = new URL(address);
    let text: string;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS), credentials: "omit" });
      if (!answer.ok) throw new BasemapError("status", host, String(answer.status));
      text = await answer.text();
    } catch (error) {
      throw error instanceof BasemapError ? error : new BasemapError("silent", host);
    }
    try {
      const read: unknown = JSON.parse(text);
      if (isObject(read)) return read;
    } catch {
      // said below
    }
    throw this.malformed();
  }

  private malformed(): BasemapError {
    return new BasemapError("malformed", this.host);
  }
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

function put(gl: MapLibre, { sources, layers, sprites }: Style, host: string): void {
  let broken = false;
  const watch = gl.on("error", () => { broken = true; });
  try {
    const [, first] = gl.getStyle().layers; // above the ground
    for (const { id, url } of sprites) {
      if (id === "default") gl.setSprite(url);
      else gl.addSprite(id, url);
    }
    for (const [id, source] of sources) gl.addSource(id, source);
    for (const layer of layers) gl.addLayer(layer, first?.id);
  } catch {
    broken = true;
  } finally {
    watch.unsubscribe();
  }
  if (broken) throw new BasemapError("malformed", host);
}

function take(gl: MapLibre): void {
  const { layers, sources, sprite } = gl.getStyle();
  for (const { id } of layers) if (id.startsWith(PREFIX)) gl.removeLayer(id);
  for (const id of Object.keys(sources)) if (id.startsWith(PREFIX)) gl.removeSource(id);
  if (sprite) gl.setSprite(null);
}

/** Wait until what is in view has come. */
function firstTiles(gl: MapLibre, sources: string[], host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer = 0;
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      for (const held of watched) held.unsubscribe();
      settle();
    };
    const silent = (): void => end(() => reject(new BasemapError("silent", host)));
    const wait = (): void => {
      // A page that is not looked at draws nothing.
      timer = window.setTimeout(() => (document.hidden ? wait() : silent()), PATIENCE_MS);
    };
    const watched = [
      gl.on("render", () => {
        if (sources.every((id) => gl.isSourceLoaded(id))) end(resolve);
      }),
      gl.on("error", (event) => {
        if (String((event as { sourceId?: unknown }).sourceId).startsWith(PREFIX)) silent();
      }),
    ];
    wait();
    gl.triggerRepaint();
  });
}
