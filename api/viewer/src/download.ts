// Files made on the page, and links to those the service makes.

import { el } from "./dom";

/** Hand a file to the reader. */
export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const DANGEROUS = /^[=+\-@\t\r]/; // a spreadsheet would take these for formulas

/** Rows as CSV with a byte order mark, so that spreadsheets read the accents. */
export function csv(header: string[], rows: (string | number | null)[][]): Blob {
  const cell = (value: string | number | null): string => {
    if (value === null) return "";
    const text = typeof value === "number" ? String(value) : value.replace(DANGEROUS, "'$&");
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [header, ...rows].map((row) => row.map(cell).join(","));
  return new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" });
}

/** A file name of plain letters: “Minutos a pie: Guardería” becomes `minutos-a-pie-guarderia`. */
export const fileName = (text: string): string =>
  text.normalize("NFD").replace(/[^\w\s-]/g, "").trim().toLowerCase().replace(/[\s_]+/g, "-").slice(0, 80);

/** A link to a file that the service makes. */
export const fileLink = (address: string, text: string, type: string): HTMLElement =>
  el("a", { href: address, type, download: "" }, text);
