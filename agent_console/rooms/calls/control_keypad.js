/** Keys for the menus of others: by mouse, or by the keyboard while the field has the focus. */

import { t } from "../../core/i18n.js";
import { html, useEffect, useRef, useState } from "../../ui/html.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @param {{send: (digits: string) => Promise<boolean>, why: string}} props */
export function Keypad({ send, why }) {
  const [text, setText] = useState("");
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []);
  const sent = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text && !why && (await send(text))) setText("");
  };
  return html`<form class="keypad" onSubmit=${sent}>
    <div class="keypad-line"><input ref=${field} class="keypad-text" inputmode="tel" maxlength="20" autocomplete="off" aria-label=${t("control.keysToSend")} value=${text}
      onInput=${(/** @type {any} */ event) => setText(event.target.value.replace(/[^0-9*#A-D]/g, ""))} />
      <button type="submit" class="button small" aria-disabled=${why || !text ? "true" : "false"}>${t("control.send")}</button></div>
    <div class="keypad-keys">${KEYS.map((key) => html`<button type="button" key=${key} class="keypad-key" aria-disabled=${why ? "true" : "false"} onClick=${() => !why && send(key)}>${key}</button>`)}</div>
  </form>`;
}
