// The page begins: the picture of the first map, then what the atlas holds, and the mode that the address names.

import { readAddress } from "./address";
import { readAtlas } from "./atlas";
import { byId } from "./dom";
import { explain } from "./failures";
import { endFirstMap, showFirstMap } from "./first-map";
import { FIRST_MODE, MODES } from "./modes/registry";
import { showAlert } from "./notices";
import { sayShell } from "./texts/shell";
import "./style.css";

async function boot(): Promise<void> {
  const address = readAddress(location.hash);
  document.documentElement.lang = address.language;
  byId("status").textContent = sayShell("loading", address.language);
  try {
    const atlas = readAtlas(address.language);
    atlas.catch(() => undefined); // said below
    await showFirstMap(address);
    // The mode is fetched beside MapLibre; should that fail, it is said when the mode is entered.
    const entry = MODES.find(({ id }) => id === (address.mode ?? FIRST_MODE));
    entry?.load().catch(() => undefined);
    const { Shell } = await import("./shell");
    await new Shell(await atlas, address).start();
  } catch (error) {
    endFirstMap();
    byId("status").textContent = "";
    showAlert(explain(error, sayShell("failed", address.language), address.language), address.language, () => void boot());
  }
}

void boot();
