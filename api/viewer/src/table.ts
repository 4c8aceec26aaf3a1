// A table whose columns sort: by button in the heading, said to screen readers by `aria-sort`.

import type { Language } from "./atlas";
import { el } from "./dom";

export type Cell = string | number | null;

export interface TableColumn {
  title: string;
  /** How a value is written; unknown (null) is written by the table. */
  format?: (value: string | number) => string;
  /** Numbers stand to the right. */
  number?: boolean;
}

export interface TableOptions {
  caption: string;
  language: Language;
  unknown: string;
  /** Rows of a page of the table; a button shows more. */
  page?: number;
  more?: (left: number) => string;
  /** What the button on the first cell of a row does; without it the first cell is plain. */
  choose?: (index: number) => void;
  sorted?: { column: number; descending: boolean };
}

const PAGE = 100;

/** Return a table of rows; `choose` is told the index of the row as given. */
export function table(columns: TableColumn[], rows: Cell[][], options: TableOptions): HTMLElement {
  const body = el("tbody");
  const held = rows.map((cells, index) => ({ cells, index }));
  let sorted = options.sorted ?? null;
  let shown = options.page ?? PAGE;
  const heads = columns.map((column, index) => {
    const button = el("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      const again = sorted?.column === index;
      sorted = { column: index, descending: again ? !sorted?.descending : Boolean(column.number) };
      fill();
    });
    return el("th", { scope: "col", class: column.number ? "number" : "" }, button);
  });
  const more = el("button", { type: "button", class: "more" });
  more.addEventListener("click", () => {
    shown += options.page ?? PAGE;
    fill();
  });

  function fill(): void {
    heads.forEach((head, index) => {
      if (sorted?.column === index) head.setAttribute("aria-sort", sorted.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    if (sorted) {
      const { column, descending } = sorted;
      held.sort((a, b) => compare(a.cells[column] ?? null, b.cells[column] ?? null, descending, options.language));
    }
    body.replaceChildren(...held.slice(0, shown).map(({ cells, index }) => el("tr", {},
      ...cells.map((cell, at) => cellOf(cell, at, index)))));
    const left = held.length - shown;
    more.hidden = left <= 0;
    more.textContent = options.more?.(left) ?? String(left);
  }

  function cellOf(cell: Cell, at: number, index: number): HTMLElement {
    const column = columns[at];
    const said = cell === null ? options.unknown : column?.format?.(cell) ?? String(cell);
    if (at > 0) {
      return el("td", { class: [column?.number ? "number" : "", cell === null ? "unknown" : ""].join(" ").trim() }, said);
    }
    if (!options.choose) return el("th", { scope: "row" }, said);
    const button = el("button", { type: "button" }, said);
    button.addEventListener("click", () => options.choose?.(index));
    return el("th", { scope: "row" }, button);
  }

  fill();
  // A region that scrolls takes the focus, so that a keyboard can scroll it.
  return el("div", { class: "table", role: "region", tabindex: "0", "aria-label": options.caption },
    el("table", {}, el("caption", {}, options.caption), el("thead", {}, el("tr", {}, ...heads)), body), more);
}

/** Unknown comes last, whichever way it is sorted. */
function compare(a: Cell, b: Cell, descending: boolean, language: Language): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b
    : String(a).localeCompare(String(b), language, { numeric: true });
  return descending ? -order : order;
}
