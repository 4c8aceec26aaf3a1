// The map as one picture that can stand alone: title, map, legend, sources and edition.

import type { Atlas, Column, Language, Layer } from "../atlas";
import type { Classes } from "../classes";
import { sayUnit, sayUnknown } from "../formats";
import type { CareMap } from "../map";

const WIDTH = 1600;
const EDGE = 40;
const LINE = 30;
const FONT = 'system-ui, "Noto Sans", "DejaVu Sans", sans-serif';

/** The map's canvas as it is drawn now; WebGL forgets a frame once it is shown. */
function frameOf(map: CareMap): Promise<ImageBitmap> {
  return new Promise((resolve, reject) => {
    map.gl.once("render", () => createImageBitmap(map.gl.getCanvas()).then(resolve, reject));
    map.gl.triggerRepaint();
  });
}

export async function pictureOf(
  atlas: Atlas, map: CareMap, layer: Layer, column: Column, classes: Classes, language: Language,
): Promise<Blob> {
  const frame = await frameOf(map);
  const mapHeight = Math.round((WIDTH * frame.height) / frame.width);
  const rows = [...classes.known, { color: "", label: sayUnknown(language), count: classes.unknown }];
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.font = `22px ${FONT}`;
  const sources = wrap(pen, sourcesOf(atlas, column, map.credits(), language), WIDTH - 2 * EDGE);
  const perRow = 3;
  const legendHeight = Math.ceil(rows.length / perRow) * (LINE + 8) + 24;
  canvas.width = WIDTH;
  canvas.height = 130 + mapHeight + legendHeight + sources.length * LINE + EDGE;
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#16181d";
  pen.font = `bold 36px ${FONT}`;
  pen.fillText(column.title[language], EDGE, 56, WIDTH - 2 * EDGE);
  pen.font = `24px ${FONT}`;
  const unit = sayUnit(column.unit, column.kind, language);
  pen.fillText([atlas.title[language], layer.title[language], unit].filter(Boolean).join(" · "), EDGE, 98, WIDTH - 2 * EDGE);
  pen.drawImage(frame, 0, 130, WIDTH, mapHeight);
  frame.close();
  let top = 130 + mapHeight + 24;
  pen.font = `22px ${FONT}`;
  rows.forEach(({ color, label, count }, index) => {
    const x = EDGE + (index % perRow) * ((WIDTH - 2 * EDGE) / perRow);
    const y = top + Math.floor(index / perRow) * (LINE + 8);
    swatch(pen, x, y, color);
    pen.fillStyle = "#16181d";
    pen.fillText(`${label} (${count.toLocaleString("es-MX")})`, x + 58, y + 22, (WIDTH - 2 * EDGE) / perRow - 70);
  });
  top += legendHeight;
  pen.fillStyle = "#4a515c";
  sources.forEach((line, index) => pen.fillText(line, EDGE, top + index * LINE));
  return new Promise((resolve, reject) => {
    canvas.toBlob((content) => (content ? resolve(content) : reject(new Error("no picture"))), "image/png");
  });
}

function swatch(pen: CanvasRenderingContext2D, x: number, y: number, color: string): void {
  pen.fillStyle = color || "#d6d6da";
  pen.fillRect(x, y, 46, 28);
  pen.strokeStyle = "#4a515c";
  pen.lineWidth = color ? 1 : 3;
  if (!color) {
    pen.save();
    pen.beginPath();
    pen.rect(x, y, 46, 28);
    pen.clip();
    for (let at = -28; at < 46; at += 9) {
      pen.beginPath();
      pen.moveTo(x + at, y + 28);
      pen.lineTo(x + at + 28, y);
      pen.stroke();
    }
    pen.restore();
    pen.lineWidth = 1;
  }
  pen.strokeRect(x, y, 46, 28);
}

function sourcesOf(atlas: Atlas, column: Column, basemap: string, language: Language): string {
  const used = atlas.sources.filter((source) => column.sources.includes(source.role));
  const lines = new Set((used.length > 0 ? used : atlas.sources).map((source) =>
    `${source.publisher}, ${source.title[language]}, ${source.edition}`));
  const head = language === "es" ? "Fuentes" : "Sources";
  const beneath = basemap ? ` ${language === "es" ? "Mapa base" : "Basemap"}: ${basemap}.` : "";
  return `${head}: ${[...lines].join("; ")}.${beneath} Mapa de Cuidados, ${atlas.version}.`;
}

function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && pen.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
