// Small charts as SVG. Each is one picture to a screen reader, named by `summary`, which says what
// it shows in words; numbers worth reading one by one belong in a table beside it.

const NS = "http://www.w3.org/2000/svg";

export interface ChartText {
  /** What the picture says, in a sentence with its numbers. */
  summary: string;
  /** What lies along the axes, with units. */
  x?: string;
  y?: string;
}

type Format = (value: number) => string;

const WIDTH = 320;
const HEIGHT = 150;
const MARGIN = { top: 18, right: 8, bottom: 34, left: 8 };
const BOTTOM = HEIGHT - MARGIN.bottom;
const TICK = 12; // height of a line of text

function node(tag: string, attributes: Record<string, string | number>, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

function frame(text: ChartText, height: number, ...marks: SVGElement[]): SVGElement {
  const label = text.x ? [node("text", { x: WIDTH / 2, y: height - 4, "text-anchor": "middle" }, text.x)] : [];
  return node("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": text.summary },
    ...marks, ...label);
}

const scale = (from: number, to: number, start: number, end: number) => (value: number): number =>
  to === from ? (start + end) / 2 : start + ((value - from) / (to - from)) * (end - start);

/** A text at a point of the x axis that does not run over the picture's edge. */
function tick(x: number, y: number, said: string): SVGElement {
  const half = said.length * 3.2;
  const anchor = x < half ? "start" : x > WIDTH - half ? "end" : "middle";
  return node("text", { x, y, "text-anchor": anchor }, said);
}

export interface Marked {
  value: number;
  label: string;
}

/** How many have how much: one bar a bin, with values marked by a line and a label. */
export function histogram(
  edges: number[], counts: number[], marked: Marked[], format: Format, text: ChartText,
): SVGElement {
  const [first = 0] = edges;
  const last = edges.at(-1) ?? 1;
  const x = scale(first, last, MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(0, Math.max(1, ...counts), BOTTOM, MARGIN.top + TICK);
  const bars = counts.map((count, index) => {
    const left = x(edges[index] ?? first);
    return node("rect", {
      x: left, y: y(count), width: Math.max(1, x(edges[index + 1] ?? last) - left - 1), height: BOTTOM - y(count),
    });
  });
  const lines = marked.flatMap(({ value, label }, index) => {
    const at = x(Math.min(last, Math.max(first, value)));
    return [
      node("line", { class: `mark mark-${index}`, x1: at, x2: at, y1: MARGIN.top - 2, y2: BOTTOM }),
      node("g", { class: "mark" }, tick(at, MARGIN.top - 6 + index * TICK, label)),
    ];
  });
  return frame(text, HEIGHT, ...bars, axis(), ...lines,
    tick(MARGIN.left, BOTTOM + TICK + 2, format(first)), tick(WIDTH - MARGIN.right, BOTTOM + TICK + 2, format(last)));
}

const axis = (): SVGElement =>
  node("line", { class: "axis", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: BOTTOM, y2: BOTTOM });

export interface Bar {
  label: string;
  value: number;
  /** Where the value may lie. */
  low?: number;
  high?: number;
  /** Whether this bar is the one spoken of. */
  marked?: boolean;
}

/** One lying bar a name, the name above it and the value at its end; with whiskers where there is a range. */
export function bars(items: Bar[], format: Format, text: ChartText): SVGElement {
  const row = 34;
  const most = Math.max(0, ...items.map((item) => Math.max(item.value, item.high ?? 0)));
  const least = Math.min(0, ...items.map((item) => Math.min(item.value, item.low ?? 0)));
  const x = scale(least, most === least ? least + 1 : most, 2, WIDTH - 74);
  const rows = items.flatMap((item, index) => {
    const top = index * row;
    const end = Math.max(x(item.value), x(item.high ?? item.value));
    return [
      node("text", { x: 2, y: top + TICK }, item.label),
      node("rect", {
        class: item.marked ? "marked" : "", x: Math.min(x(0), x(item.value)), y: top + 16, height: 12,
        width: Math.max(1, Math.abs(x(item.value) - x(0))),
      }),
      ...(item.low === undefined || item.high === undefined ? []
        : [node("line", { class: "range", x1: x(item.low), x2: x(item.high), y1: top + 22, y2: top + 22 })]),
      node("text", { class: "number", x: Math.max(end, x(0)) + 5, y: top + 26 }, format(item.value)),
    ];
  });
  return frame(text, items.length * row + (text.x ? 16 : 4), ...rows);
}

export interface Series {
  label: string;
  points: { x: number; y: number; low?: number; high?: number }[];
}

/** Lines over time, the first one heavy; a band where there is a range. */
export function lines(series: Series[], formats: { x: Format; y: Format }, text: ChartText): SVGElement {
  const points = series.flatMap((item) => item.points);
  const xs = points.map((item) => item.x);
  const ys = points.flatMap((item) => [item.y, item.low ?? item.y, item.high ?? item.y]);
  const left = 46;
  const x = scale(Math.min(...xs), Math.max(...xs), left, WIDTH - MARGIN.right);
  const y = scale(Math.min(0, ...ys), Math.max(...ys), BOTTOM, MARGIN.top);
  const path = (at: [number, number][]): string =>
    at.map(([px, py], index) => `${index ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
  const drawn = series.flatMap((item, index) => {
    const banded = item.points.filter((held) => held.low !== undefined && held.high !== undefined);
    const band: [number, number][] = [
      ...banded.map((held): [number, number] => [x(held.x), y(held.high ?? held.y)]),
      ...banded.reverse().map((held): [number, number] => [x(held.x), y(held.low ?? held.y)]),
    ];
    const end = item.points.at(-1);
    return [
      ...(band.length > 0 ? [node("path", { class: "band", d: `${path(band)}Z` })] : []),
      node("path", { class: `line line-${index}`, d: path(item.points.map((held) => [x(held.x), y(held.y)])) }),
      ...(end && series.length > 1 ? [tick(x(end.x), y(end.y) - 5, item.label)] : []),
    ];
  });
  return frame(text, HEIGHT, axis(), ...drawn,
    tick(left, BOTTOM + TICK + 2, formats.x(Math.min(...xs))), tick(WIDTH - 8, BOTTOM + TICK + 2, formats.x(Math.max(...xs))),
    node("text", { x: 0, y: MARGIN.top + 4 }, formats.y(Math.max(...ys))),
    node("text", { x: 0, y: BOTTOM }, formats.y(Math.min(0, ...ys))),
    ...(text.y ? [node("text", { x: 0, y: 10 }, text.y)] : []));
}

/** Two numbers of many places, one of them marked; with a line y = a + bx where one is given. */
export function scatter(
  points: { x: number; y: number; marked?: boolean }[], fit: { intercept: number; slope: number } | null,
  formats: { x: Format; y: Format }, text: ChartText,
): SVGElement {
  const xs = points.map((item) => item.x);
  const ys = points.map((item) => item.y);
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  const left = 46;
  const height = 200;
  const bottom = height - MARGIN.bottom;
  const x = scale(low, high, left, WIDTH - MARGIN.right);
  const y = scale(Math.min(...ys), Math.max(...ys), bottom, MARGIN.top);
  const dots = [...points].sort((a, b) => Number(a.marked ?? false) - Number(b.marked ?? false)).map((item) =>
    node("circle", { class: item.marked ? "marked" : "", cx: x(item.x), cy: y(item.y), r: item.marked ? 5 : 2.5 }));
  const line = fit ? [node("line", {
    class: "line line-0", x1: x(low), x2: x(high), y1: y(fit.intercept + fit.slope * low), y2: y(fit.intercept + fit.slope * high),
  })] : [];
  return frame(text, height,
    node("line", { class: "axis", x1: left, x2: WIDTH - MARGIN.right, y1: bottom, y2: bottom }),
    node("line", { class: "axis", x1: left, x2: left, y1: MARGIN.top, y2: bottom }), ...dots, ...line,
    tick(left, bottom + TICK + 2, formats.x(low)), tick(WIDTH - MARGIN.right, bottom + TICK + 2, formats.x(high)),
    node("text", { x: 0, y: MARGIN.top + 8 }, formats.y(Math.max(...ys))),
    node("text", { x: 0, y: bottom }, formats.y(Math.min(...ys))),
    ...(text.y ? [node("text", { x: 0, y: 10 }, text.y)] : []));
}

export interface PyramidRow {
  label: string;
  left: number;
  right: number;
  /** Where each side may lie. */
  ranges?: { left: [number, number]; right: [number, number] } | undefined;
}

/** Two sides back to back, each row under its name, the first row at the bottom; whiskers where there is a range. */
export function pyramid(rows: PyramidRow[], sides: [string, string], format: Format, text: ChartText): SVGElement {
  const row = 32;
  const top = 18;
  const middle = WIDTH / 2;
  const most = Math.max(1, ...rows.flatMap((item) =>
    [item.left, item.right, item.ranges?.left[1] ?? 0, item.ranges?.right[1] ?? 0]));
  const width = scale(0, most, 1, middle - 56);
  const marks = [...rows].reverse().flatMap((item, index) => {
    const y = top + index * row;
    const bar = { y: y + 16, height: 12 };
    const { ranges } = item;
    const ends = { left: Math.max(item.left, ranges?.left[1] ?? 0), right: Math.max(item.right, ranges?.right[1] ?? 0) };
    const range = (from: number, to: number): SVGElement =>
      node("line", { class: "range", x1: from, x2: to, y1: y + 22, y2: y + 22 });
    return [
      node("text", { x: middle, y: y + TICK, "text-anchor": "middle" }, item.label),
      node("rect", { class: "left", x: middle - 1 - width(item.left), width: width(item.left), ...bar }),
      node("rect", { class: "right", x: middle + 1, width: width(item.right), ...bar }),
      ...(ranges ? [
        range(middle - 1 - width(ranges.left[1]), middle - 1 - width(ranges.left[0])),
        range(middle + 1 + width(ranges.right[0]), middle + 1 + width(ranges.right[1])),
      ] : []),
      node("text", { class: "number", x: middle - width(ends.left) - 5, y: y + 26, "text-anchor": "end" }, format(item.left)),
      node("text", { class: "number", x: middle + width(ends.right) + 5, y: y + 26 }, format(item.right)),
    ];
  });
  return frame(text, top + rows.length * row + (text.x ? 18 : 4),
    node("text", { x: 0, y: 12 }, `◀ ${sides[0]}`),
    node("text", { x: WIDTH, y: 12, "text-anchor": "end" }, `${sides[1]} ▶`), ...marks);
}

const LETTERS = 52; // that stand in a line across the picture
const fitting = (label: string): string => (label.length > LETTERS ? `${label.slice(0, LETTERS - 1)}…` : label);

export interface Swing {
  label: string;
  /** The outcome where what is named is at its low end, and at its high end. */
  low: number;
  high: number;
}

/** Bars that lie to both sides of a value, the widest first; their ends are written beside them. */
export function tornado(items: Swing[], middle: number, sides: [string, string], format: Format, text: ChartText): SVGElement {
  const row = 36;
  const top = 18;
  const ends = items.flatMap((item) => [item.low, item.high]);
  const room = 62; // for the numbers at both sides
  const x = scale(Math.min(middle, ...ends), Math.max(middle, ...ends), room, WIDTH - room);
  const marks = items.flatMap((item, index) => {
    const y = top + index * row;
    const [left, right] = [Math.min(item.low, item.high), Math.max(item.low, item.high)];
    const bar = (end: number, side: string): SVGElement => node("rect", {
      class: side, x: Math.min(x(middle), x(end)), y: y + 18, height: 12, width: Math.max(1, Math.abs(x(end) - x(middle))),
    });
    return [
      node("text", { x: 2, y: y + 13 }, fitting(item.label)),
      bar(item.low, "left"), bar(item.high, "right"),
      node("text", { class: "number", x: Math.min(x(left), x(middle)) - 4, y: y + 28, "text-anchor": "end" }, format(left)),
      node("text", { class: "number", x: Math.max(x(right), x(middle)) + 4, y: y + 28 }, format(right)),
    ];
  });
  const bottom = top + items.length * row;
  return frame(text, bottom + (text.x ? 18 : 4),
    node("rect", { class: "left", x: 2, y: 2, width: 10, height: 10 }), node("text", { x: 16, y: 11 }, sides[0]),
    node("rect", { class: "right", x: 112, y: 2, width: 10, height: 10 }), node("text", { x: 126, y: 11 }, sides[1]),
    ...marks, node("line", { class: "axis", x1: x(middle), x2: x(middle), y1: top + 14, y2: bottom }));
}
