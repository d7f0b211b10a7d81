/** A field for the name of something outside the flow: a queue, a calendar, a prompt. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";

/** A thing outside the flow: chosen from what there is; what is there no more is shown as it is. @param {{names: {value: string, label: string}[], value: string, set: (value: string) => void, id?: string}} props */
export function NameField({ names, value, set, ...rest }) {
  if (names.length === 0) return html`<input ...${rest} maxlength="80" spellcheck=${false} value=${value} onInput=${(/** @type {any} */ e) => set(e.target.value)} />`;
  const unknown = value && !names.some((one) => one.value === value);
  return html`<select ...${rest} value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}><option value="">${t("flows.choose")}</option>
    ${names.map((one) => html`<option key=${one.value} value=${one.value}>${one.label && one.label !== one.value ? `${one.label} (${one.value})` : one.value}</option>`)}
    ${unknown && html`<option value=${value}>${t("flows.missing", { name: value })}</option>`}</select>`;
}
