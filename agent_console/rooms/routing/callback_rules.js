/** How callbacks of each queue are tried: how often, after which pause, for how long, and in which hours. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{queue: string, tries: number, gap_seconds: number, expire_seconds: number, calendar: string}} Rule */

/** @param {{api: Api}} props */
export function CallbackRules({ api }) {
  const answer = useAnswer(() => api.get("callback-rules"), []);
  const [chosen, setChosen] = useState(/** @type {Rule | null} */ (null));
  const items = /** @type {Rule[]} */ (answer.data?.items ?? []);
  const saved = () => {
    setChosen(null);
    answer.again();
  };
  if (answer.data && items.length === 0) return null;
  return html`<section class="panel" aria-labelledby="callback-rules-title"><div class="panel-head"><h2 id="callback-rules-title">${t("callbackRules.title")}</h2><span class="panel-note">${t("callbackRules.hint")}</span></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    ${items.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("queues.name")}</th><th scope="col" class="number">${t("callbackRules.tries")}</th><th scope="col" class="number">${t("callbackRules.gap")}</th><th scope="col" class="number">${t("callbackRules.expire")}</th><th scope="col">${t("callbackRules.calendar")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
      <tbody>${items.map((one) => html`<tr key=${one.queue}><th scope="row">${one.queue}</th><td class="number">${one.tries}</td><td class="number">${one.gap_seconds / 60}</td><td class="number">${one.expire_seconds / 3600}</td><td>${one.calendar || t("callbackRules.always")}</td>
        <td class="row-actions"><button type="button" class="button small" aria-label=${`${t("action.edit")} ${t("callbackRules.title")} ${one.queue}`} onClick=${() => setChosen(one)}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    ${chosen && html`<${RuleDialog} api=${api} rule=${chosen} close=${() => setChosen(null)} onSaved=${saved} />`}</section>`;
}

/** @param {{api: Api, rule: Rule, close: () => void, onSaved: () => void}} props */
function RuleDialog({ api, rule, close, onSaved }) {
  const [kept, setKept] = useState(rule);
  const calendars = useAnswer(() => api.get("flow-calendars"), []);
  const names = /** @type {string[]} */ ((Array.isArray(calendars.data) ? calendars.data : calendars.data?.items ?? []).map((/** @type {any} */ one) => one.name));
  const action = useAction(async () => {
    const { queue, ...body } = kept;
    await api.ask("PUT", `callback-rules/${encodeURIComponent(queue)}`, body);
    onSaved();
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void action.run();
  };
  const number = (/** @type {"tries" | "gap_seconds" | "expire_seconds"} */ name, /** @type {string} */ label, /** @type {number} */ unit, /** @type {number} */ low, /** @type {number} */ high) => html`<${Field} label=${label}><input type="number" required min=${low} max=${high} step="any" value=${kept[name] / unit} onInput=${(/** @type {any} */ e) => setKept({ ...kept, [name]: Math.round(Number(e.target.value) * unit) })} /><//>`;
  return html`<${Dialog} title=${t("callbackRules.of", { queue: rule.queue })} close=${close}><form class="stack" onSubmit=${submit}>
    <div class="form-row">${number("tries", t("callbackRules.tries"), 1, 1, 10)}${number("gap_seconds", t("callbackRules.gap"), 60, 0.1, 1440)}${number("expire_seconds", t("callbackRules.expire"), 3600, 0.1, 720)}</div>
    <${Field} label=${t("callbackRules.calendar")} hint=${t("callbackRules.calendarHint")}><select value=${kept.calendar} onChange=${(/** @type {any} */ e) => setKept({ ...kept, calendar: e.target.value })}><option value="">${t("callbackRules.always")}</option>${[...new Set([...names, ...(rule.calendar ? [rule.calendar] : [])])].map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select><//>
    <${Problem} error=${action.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${action.busy}>${action.busy ? t("action.busy") : t("action.save")}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
