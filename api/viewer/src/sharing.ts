// Two buttons that most panels end with: print it, and copy the address that brings it back.

import type { Label, Language } from "./atlas";
import { el } from "./dom";
import { speaker } from "./texts/say";

const say = speaker({
  print: { es: "Imprimir", en: "Print" },
  share: { es: "Copiar enlace", en: "Copy link" },
  copied: { es: "Enlace copiado", en: "Link copied" },
  notCopied: { es: "Cópielo de la barra de direcciones", en: "Copy it from the address bar" },
} satisfies Record<string, Label>);

export function sharing(language: Language, ...more: Node[]): HTMLElement {
  const print = el("button", { type: "button" }, say("print", language));
  print.addEventListener("click", () => window.print());
  const share = el("button", { type: "button" }, say("share", language));
  share.addEventListener("click", () => {
    // The clipboard is only there on localhost and under https.
    const copied: Promise<void> = navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error());
    copied.then(() => say("copied", language), () => say("notCopied", language))
      .then((said) => { share.textContent = said; });
  });
  return el("p", { class: "sharing" }, print, share, ...more);
}
