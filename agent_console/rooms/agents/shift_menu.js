/** A button that opens a short list of choices. Closes by a choice, by Escape and by a click elsewhere. */

import { html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { useShortcut } from "../../ui/shortcuts.js";

/** @typedef {{key: string, label: string, icon?: string, choose: (event: Event) => void}} Choice */

/** @param {{label: string, icon?: string, choices: Choice[], disabled?: boolean, class?: string, shortcut?: string}} props `shortcut`: the action whose key opens it */
export function Menu({ label, icon, choices, disabled, class: name = "", shortcut = "" }) {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!open) return undefined;
    const away = (/** @type {Event} */ event) => box.current?.contains(/** @type {Node} */ (event.target)) || setOpen(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const byKey = useRef(false);
  useShortcut(shortcut, () => {
    byKey.current = true;
    setOpen(true);
  }, disabled ? "busy" : "");
  useEffect(() => {
    if (open && byKey.current) /** @type {HTMLElement | null} */ (box.current?.querySelector(".menu-item"))?.focus();
    byKey.current = false;
  }, [open]);
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const items = /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll(".menu-item") ?? [])]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape" && open) {
      setOpen(false);
      box.current?.querySelector("button")?.focus();
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % items.length]?.focus();
    }
  };
  const choose = (/** @type {Choice} */ choice, /** @type {Event} */ event) => {
    setOpen(false);
    choice.choose(event);
  };
  return html`<div class="shift-menu" ref=${box} onKeyDown=${keys}>
    <button type="button" class=${`button ${name}`} aria-haspopup="true" aria-expanded=${open ? "true" : "false"} disabled=${disabled} onClick=${() => setOpen(!open)}>
      ${icon && html`<${Icon} name=${icon} size=${16} />`}${label}<${Icon} name="down" size=${14} /></button>
    ${open && html`<div class="menu shift-list">${choices.map((choice) => html`<button type="button" key=${choice.key} class="menu-item" onClick=${(/** @type {Event} */ event) => choose(choice, event)}>
      ${choice.icon && html`<${Icon} name=${choice.icon} size=${16} />`}${choice.label}</button>`)}</div>`}
  </div>`;
}
