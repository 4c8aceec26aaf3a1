// What failed, said above the map.

import type { Language } from "./atlas";
import { byId, el } from "./dom";
import { sayShell } from "./texts/shell";

export function showAlert(text: string, language: Language, retry?: () => void): void {
  const box = byId("alert");
  const button = el("button", { type: "button" }, sayShell(retry ? "retry" : "close", language));
  button.addEventListener("click", () => {
    box.hidden = true;
    retry?.();
  });
  box.replaceChildren(el("p", {}, text), button);
  box.hidden = false;
}
