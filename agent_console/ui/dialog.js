/** A dialog over the page: the browser's own, so that focus stays inside and Escape closes it. */

import { t } from "../core/i18n.js";
import { html, useEffect, useId, useRef } from "./html.js";
import { Icon } from "./icons.js";

/** @param {{title: string, close: () => void, children: any, wide?: boolean}} props */
export function Dialog({ title, close, children, wide }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      // Unless what was done here has led somewhere else already.
      const now = document.activeElement;
      if (!now || now === document.body || dialog?.contains(now)) before?.focus?.();
    };
  }, []);
  const cancelled = (/** @type {Event} */ event) => {
    event.preventDefault();
    close();
  };
  return html`<dialog class=${wide ? "dialog wide" : "dialog"} ref=${box} aria-labelledby=${id} onCancel=${cancelled}>
    <div class="dialog-head"><h2 id=${id}>${title}</h2>
      <button type="button" class="icon-button" onClick=${close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <div class="dialog-body">${children}</div>
  </dialog>`;
}
