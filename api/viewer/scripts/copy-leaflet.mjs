// The folium page inlines Leaflet: put the pinned files where geo.maps reads them.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const from = fileURLToPath(new URL("../node_modules/leaflet/", import.meta.url));
const to = fileURLToPath(new URL("../../../geo/leaflet/", import.meta.url));

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const name of ["dist/leaflet.js", "dist/leaflet.css", "dist/images", "LICENSE"]) {
  cpSync(from + name, to + name.replace("dist/", ""), { recursive: true });
}
