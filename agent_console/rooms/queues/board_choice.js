/** Which queues a wallboard shows, and how they take turns: kept in the address, so that a screen can be set up once. */

import { queueKey } from "../../core/topics.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Field } from "../../ui/parts.js";

/** @import { QueueJson } from "../../core/shapes.js" */

/** @typedef {{queues: string[], each: boolean, rotate: number}} Choice `queues` empty: all; `each`: one after the other */

/** ?queues=support,pbx1/sales&each=1&rotate=15 @param {string} search @returns {Choice} */
export function readChoice(search) {
  const given = new URLSearchParams(search);
  const rotate = Number(given.get("rotate"));
  return {
    queues: (given.get("queues") ?? "").split(",").filter(Boolean),
    each: given.has("each") ? given.get("each") !== "0" : given.has("rotate"),
    rotate: rotate >= 5 && rotate <= 600 ? rotate : 15,
  };
}

/** @param {Choice} choice */
export function writeChoice({ queues, each, rotate }) {
  const given = new URLSearchParams();
  if (queues.length) given.set("queues", queues.join(","));
  if (each) given.set("each", "1");
  if (each) given.set("rotate", String(rotate));
  return `?${given.toString().replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}

/** The queues that were chosen, by name or by "pbx/name", in the order of their labels. @param {Choice} choice @param {QueueJson[]} all */
export function chosenQueues(choice, all) {
  const found = choice.queues.length ? all.filter((queue) => choice.queues.includes(queueKey(queue)) || choice.queues.includes(queue.name)) : all;
  return [...found].sort((a, b) => (a.label || a.name).localeCompare(b.label || b.name));
}

/** What is on the board at this second: all together, or the one whose turn it is. @param {Choice} choice @param {QueueJson[]} queues @param {number} second */
export function page(choice, queues, second) {
  if (!choice.each || queues.length < 2) return { queues, n: 0, of: 1 };
  const n = Math.floor(second / choice.rotate) % queues.length;
  return { queues: queues.slice(n, n + 1), n, of: queues.length };
}

/** @param {{choice: Choice, all: QueueJson[], onChoice: (choice: Choice) => void, close: () => void}} props */
export function ChoiceDialog({ choice, all, onChoice, close }) {
  const [form, setForm] = useState({ ...choice, queues: choice.queues.length ? chosenQueues(choice, all).map(queueKey) : all.map(queueKey) });
  const turn = (/** @type {string} */ key, /** @type {boolean} */ on) => setForm({ ...form, queues: on ? [...form.queues, key] : form.queues.filter((one) => one !== key) });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onChoice({ ...form, queues: form.queues.length === all.length ? [] : form.queues });
    close();
  };
  return html`<${Dialog} title=${t("board.choose")} close=${close}><form class="stack" onSubmit=${submit}>
    <fieldset class="checks"><legend>${t("board.queues")}</legend>${all.map((queue) => html`<label class="check" key=${queueKey(queue)}>
      <input type="checkbox" checked=${form.queues.includes(queueKey(queue))} onChange=${(/** @type {any} */ e) => turn(queueKey(queue), e.target.checked)} /><span>${queue.label || queue.name}</span></label>`)}</fieldset>
    <label class="check"><input type="checkbox" checked=${form.each} onChange=${(/** @type {any} */ e) => setForm({ ...form, each: e.target.checked })} /><span>${t("board.each")}</span></label>
    ${form.each && html`<${Field} label=${t("board.rotate")}><input type="number" min="5" max="600" required value=${form.rotate} onInput=${(/** @type {any} */ e) => setForm({ ...form, rotate: Number(e.target.value) })} /><//>`}
    <div class="form-end"><button type="submit" class="button primary" disabled=${form.queues.length === 0}>${t("action.apply")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
  </form><//>`;
}
