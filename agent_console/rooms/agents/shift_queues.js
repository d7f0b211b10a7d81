/** To which of his queues an agent signs in. */

import { t } from "../../core/i18n.js";
import { queueName } from "../../core/queue_names.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Problem } from "../../ui/parts.js";

/** @import { ShiftJson } from "../../core/shapes.js" */

/** @param {{shift: ShiftJson, busy: boolean, error: unknown, close: () => void, onChosen: (queues: string[]) => void}} props */
export function QueueChoiceDialog({ shift, busy, error, close, onChosen }) {
  const [chosen, setChosen] = useState(shift.queues.filter((one) => one.signed_in || !shift.signed_in).map((one) => one.queue));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!busy) onChosen(chosen);
  };
  const set = (/** @type {string} */ queue, /** @type {boolean} */ on) => setChosen(on ? [...chosen, queue] : chosen.filter((one) => one !== queue));
  return html`<${Dialog} title=${shift.signed_in ? t("shift.queues") : t("shift.signIn")} close=${close}><form class="stack" onSubmit=${submit}>
    <fieldset class="checks"><legend>${t("shift.whichQueues")}</legend>${shift.queues.map((one) => html`<label class="check" key=${one.queue}>
      <input type="checkbox" checked=${chosen.includes(one.queue)} onChange=${(/** @type {any} */ e) => set(one.queue, e.target.checked)} />
      <span>${queueName(one.queue)}${one.static && html`<small>${t("shift.staticQueue")}</small>`}</span></label>`)}</fieldset>
    ${!shift.signed_in && html`<p class="quiet">${t("shift.landsNotReady")}</p>`}
    <${Problem} error=${error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${busy || chosen.length === 0}>${shift.signed_in ? t("action.save") : t("shift.signIn")}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
  </form><//>`;
}
