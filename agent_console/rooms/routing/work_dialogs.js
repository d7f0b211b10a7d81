/** Two small dialogs of work lists: why, and when. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Field, Problem } from "../../ui/parts.js";

/** @param {{title: string, hint: string, button: string, close: () => void, send: (reason: string) => Promise<boolean>, error: unknown, busy: boolean}} props */
export function ReasonDialog({ title, hint, button, close, send, error, busy }) {
  const [reason, setReason] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (reason.trim() && (await send(reason.trim()))) close();
  };
  return html`<${Dialog} title=${title} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("lost.reason")} hint=${hint}><input required maxlength="200" value=${reason} onInput=${(/** @type {any} */ e) => setReason(e.target.value)} /><//>
    <${Problem} error=${error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${busy}>${busy ? t("action.busy") : button}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** @param {{title: string, now: number, dueAt: number | null, close: () => void, send: (due: number | null) => Promise<boolean>, error: unknown, busy: boolean}} props */
export function LaterDialog({ title, now, dueAt, close, send, error, busy }) {
  const [hours, setHours] = useState(dueAt === null ? "1" : "turn");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await send(hours === "turn" ? null : now + Number(hours) * 3600)) close();
  };
  const choices = ["0.25", "0.5", "1", "2", "4", "24"];
  return html`<${Dialog} title=${title} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("callbacks.when")}><select value=${hours} onChange=${(/** @type {any} */ e) => setHours(e.target.value)}>
      <option value="turn">${t("callbacks.atTurn")}</option>${choices.map((one) => html`<option key=${one} value=${one}>${Number(one) < 1 ? t("callbacks.inMinutes", { n: Number(one) * 60 }) : t("callbacks.inHours", { n: Number(one) })}</option>`)}</select><//>
    <${Problem} error=${error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${busy}>${busy ? t("action.busy") : t("action.save")}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
