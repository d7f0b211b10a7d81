/** That it rings, for an agent who looks at something else: a notification of the system and a mark on the tab. */

import { t } from "../../core/i18n.js";

const PLAIN = "styles/mark.svg";
const RINGING = "styles/mark-ringing.svg";

export class Alert {
  constructor() {
    /** @type {Map<string, Notification>} */
    this.shown = new Map();
  }

  /** @param {string} call @param {string} who */
  show(call, who) {
    this.favicon(RINGING);
    if (!("Notification" in window) || Notification.permission !== "granted" || this.shown.has(call)) return;
    const note = new Notification(t("phone.rings"), { body: who, tag: call, requireInteraction: true, silent: true });
    note.onclick = () => {
      window.focus();
      note.close();
    };
    this.shown.set(call, note);
  }

  /** @param {string} call @param {boolean} more does another call still ring? */
  hide(call, more) {
    this.shown.get(call)?.close();
    this.shown.delete(call);
    if (!more) this.favicon(PLAIN);
  }

  /** @param {string} file */
  favicon(file) {
    const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
    if (link && link.getAttribute("href") !== file) link.href = file;
  }
}
