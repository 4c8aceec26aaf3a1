// The page begins: what the atlas holds, then the mode that the address names.

import { readAddress } from "./address";
import { readAtlas } from "./atlas";
import { byId } from "./dom";
import { explain } from "./failures";
import { FIRST_MODE, MODES } from "./modes/registry";
import { showAlert } from "./notices";
import { Shell } from "./shell";
import { sayShell } from "./texts/shell";
import "./style.css";

async function boot(): Promise<void> {
  const address = readAddress(location.hash);
  document.documentElement.lang = address.language;
  byId("status").textContent = sayShell("loading", address.language);
  // The mode is fetched beside the atlas; should that fail, it is said when the mode is entered.
  const entry = MODES.find(({ id }) => id === (address.mode ?? FIRST_MODE));
  entry?.load().catch(() => undefined);
  try {
    await new Shell(await readAtlas(address.language), address).start();
  } catch (error) {
    byId("status").textContent = "";
    showAlert(explain(error, sayShell("failed", address.language), address.language), address.language, () => void boot());
  }
}

void boot();
