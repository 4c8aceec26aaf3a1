// What a mode of the page is, and what the page gives it.

import type { Atlas, Label, Language } from "./atlas";
import type { CareMap, Hit } from "./map";
import type { Panel } from "./panel";
import type { View } from "./address";

/** One line of the registry: a mode is listed where the atlas holds what it needs. */
export interface ModeEntry {
  /** Its name in the address (`modo=…`). */
  id: string;
  title: Label;
  offered(atlas: Atlas): boolean;
  /** Its module, fetched when the mode is first asked for. */
  load(): Promise<{ default: ModeMaker }>;
}

/** Makes the mode once; `root` is its empty part of the controls, kept while the page lives. */
export type ModeMaker = (context: Context, root: HTMLElement) => Mode;

export interface Click {
  screen: [number, number];
  /** Longitude, latitude. */
  at: [number, number];
}

/**
 * A mode, in the order the page calls it: `read` what the address says, `translate` (draw its
 * controls in the language), `show` (draw map and panel). When the address changes by hand or by
 * going back, or the language by the button, the same three come again; `hide` takes everything
 * of the mode off map and panel.
 */
export interface Mode {
  /** Take its state from the address; what is not there, or is not sound, is at its start. */
  read(address: URLSearchParams): void;
  /** What brings its state back, without what is at its start. */
  write(): Iterable<readonly [string, string]>;
  translate(): void;
  show(): void;
  hide(): void;
  /** Somebody clicked the map, or pressed Enter with the map's middle there. */
  clicked?(click: Click): void;
  hovered?(screen: [number, number] | null): void;
  moved?(view: View): void;
  /** Everything asked for is drawn. */
  drawn?(): void;
  /** The colour scheme changed: colours of map layers are to be set anew. */
  recoloured?(): void;
  /** The reader closed the panel. */
  panelClosed?(): void;
}

export interface Context {
  readonly atlas: Atlas;
  readonly language: Language;
  readonly map: CareMap;
  readonly panel: Panel;
  /** The reader took a step that “back” should undo: mode, indicator, place, search. */
  step(): void;
  /** The address follows without a new entry: typing, dragging, moving. */
  amend(): void;
  /** Go to another mode, with what its address would say. */
  go(mode: string, address: Iterable<readonly [string, string]>): void;
  /** Say what the map shows; `quiet` says it to screen readers alone. */
  status(text: string, quiet?: boolean): void;
  /** Say what failed, above the map. */
  alert(text: string, retry?: () => void): void;
  /** The words for a failed request: the service's own, that there is no connection, or `otherwise`. */
  explain(error: unknown, otherwise: string): string;
  /** A small label beside the pointer; null takes it away. */
  tip(hit: Hit | null, screen: [number, number] | null, ...lines: string[]): void;
}
