// The table that says what the map shows.

import type { Column, Layer } from "../atlas";
import type { Classes } from "../classes";
import { placeName, sayMeasure, sayNumber, sayUnit, sayUnknown, sayValue } from "../formats";
import type { Context } from "../mode";
import { table } from "../table";
import type { Cell } from "../table";
import { sayMapa } from "../texts/mapa";
import { classLabel } from "./labels";
import type { ColumnData } from "./data";

/** @param choose the reader wants to see the place of this key */
export async function sheetOf(
  context: Context, data: ColumnData, layer: Layer, column: Column, classes: Classes | null,
  choose: (key: string) => void,
): Promise<HTMLElement> {
  const { language } = context;
  const { keys, names, values } = await data.values(layer, column);
  const rows = keys.map((key, index): Cell[] => {
    const value = values[index] ?? null;
    return [placeName(names?.[index] ?? null, key, layer.level ?? "", language), key, value, classLabel(classes, column, value)];
  });
  const [, unit] = sayMeasure(1, column.unit, column.kind, language);
  const title = column.title[language];
  // The caption says what it is; said again over a column of numbers it would be all that a phone shows.
  const value = sayMapa("value", language);
  return table(
    [
      { title: sayMapa("name", language) },
      { title: sayMapa("code", language) },
      {
        title: unit && column.kind !== "state" ? `${value} (${sayUnit(column.unit, column.kind, language)})` : value, number: column.kind !== "state",
        format: (value) => (typeof value === "number" ? sayNumber(value, column.kind, language) : sayValue(value, language)),
      },
      { title: sayMapa("class", language) },
    ],
    rows,
    {
      caption: sayMapa("tableCaption", language, title, layer.title[language], sayNumber(rows.length, "count", language)),
      language, unknown: sayUnknown(language), sorted: { column: 2, descending: true },
      more: (left) => sayMapa("moreRows", language, sayNumber(left, "count", language)),
      choose: (index) => {
        const key = keys[index];
        if (key) choose(key);
      },
    });
}
