// The panel beside the map: one thing at a time, with a heading that takes the focus.

import { byId, el } from "./dom";

export class Panel {
  /** @param resized the map has another size now @param closed the reader closed it */
  constructor(private readonly resized: () => void, private readonly closed: () => void) {
    byId("panel-close").addEventListener("click", () => this.dismiss());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !event.defaultPrevented) this.dismiss();
    });
  }

  get isOpen(): boolean {
    return !byId("panel").hidden;
  }

  /**
   * Show the panel with these; one of them is `h2#panel-title[tabindex=-1]`, its name.
   * @param focus whether the reader asked for it just now, so that the heading takes the focus
   */
  open(nodes: (Node | null)[], focus: boolean): void {
    const content = byId("panel-content");
    content.replaceChildren(...nodes.filter((node) => node !== null));
    content.removeAttribute("aria-busy");
    this.reveal();
    if (!focus) return;
    byId("panel").scrollTop = 0;
    byId("panel-title").focus({ preventScroll: true });
  }

  /** Show that something is on its way; what was there stays until it comes. */
  wait(text: string): void {
    const content = byId("panel-content");
    content.setAttribute("aria-busy", "true");
    if (!this.isOpen) content.replaceChildren(el("p", { id: "panel-title" }, text));
    this.reveal();
  }

  /** A message in place of what was asked for. */
  fail(text: string): void {
    this.open([el("p", { id: "panel-title", class: "message", tabindex: "-1", role: "alert" }, text)], false);
  }

  private reveal(): void {
    if (this.isOpen) return;
    byId("panel").hidden = false;
    document.body.classList.add("with-panel");
    this.resized();
  }

  /** Hide it; the focus, if it was in there, goes to the map. */
  close(): void {
    const panel = byId("panel");
    if (panel.hidden) return;
    const held = panel.contains(document.activeElement);
    panel.hidden = true;
    byId("panel-content").replaceChildren();
    document.body.classList.remove("with-panel");
    this.resized();
    if (held) document.querySelector<HTMLElement>("#map canvas")?.focus();
  }

  private dismiss(): void {
    this.close();
    this.closed();
  }
}
