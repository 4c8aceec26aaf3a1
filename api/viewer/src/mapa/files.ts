// Files of what is shown: the picture of the map, and its data from the service.

import { el } from "../dom";
import { fileLink, fileName, save } from "../download";
import type { Context } from "../mode";
import { sayMapa } from "../texts/mapa";
import { pictureOf } from "./picture";
import type { Showing } from "./beside";

const FORMATS: [form: string, title: string, type: string][] = [
  ["csv", "CSV", "text/csv"], ["json", "GeoJSON", "application/geo+json"],
  ["xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
];

export function filesOf(context: Context, showing: Showing): Node[] {
  const { atlas, language, map } = context;
  const layer = showing.layer();
  const column = showing.column();
  const classes = showing.classes();
  if (!column || !classes) return [];
  const picture = el("button", { type: "button" }, sayMapa("picture", language));
  picture.addEventListener("click", () => void pictureOf(atlas, map, layer, column, classes, language)
    .then((content) => save(`${fileName(column.title[language])}-${layer.id}.png`, content)));
  const inView = el("input", { type: "checkbox" }) as HTMLInputElement;
  const links = FORMATS.map(([form, title, type]) => {
    const link = fileLink("#", sayMapa("fileAll", language, title), type) as HTMLAnchorElement;
    const address = (): string => {
      const properties = ["name", column.name].filter((name) => name !== layer.key).join(",");
      const box = map.gl.getBounds().toArray().flat().map((edge) => edge.toFixed(5)).join(",");
      const asked = new URLSearchParams({
        f: form, properties, lang: language, v: atlas.version, ...(inView.checked ? { bbox: box } : {}),
      });
      return `/collections/${layer.id}/download?${asked}`;
    };
    // The view is that of the moment of the press.
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, () => { link.href = address(); });
    link.href = address();
    return [link, title] as const;
  });
  inView.addEventListener("change", () => {
    for (const [link, title] of links) {
      link.textContent = inView.checked ? title : sayMapa("fileAll", language, title);
    }
  });
  return [
    el("p", { class: "sharing" }, picture),
    el("label", { class: "switch" }, inView, el("span", {}, sayMapa("inView", language))),
    el("ul", { class: "files" }, ...links.map(([link]) => el("li", {}, link))),
  ];
}
