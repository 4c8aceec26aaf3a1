// Which class of the legend a value is in.

import type { Column } from "../atlas";
import type { Classes } from "../classes";
import { classOf } from "../classes";

export function classLabel(classes: Classes | null, column: Column, value: number | string | null): string | null {
  if (!classes || value === null) return null;
  if (typeof value === "string") {
    const at = column.values.indexOf(value);
    return classes.known[at]?.label ?? null;
  }
  return classes.known[classOf(value, classes.breaks)]?.label ?? null;
}
