/** Which of our numbers follows which flow. A number without one is served by the dialplan as before. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function FlowNumbers({ api }) {
  const answer = useAnswer(() => Promise.all([api.get("flows/numbers"), api.get("flows")]), []);
  const [form, setForm] = useState({ did: "", flow: "" });
  const set = useAction(async (/** @type {string} */ did, /** @type {string | null} */ flow) => {
    const numbers = await api.put(`flows/numbers/${encodeURIComponent(did)}`, { flow });
    answer.set([numbers, answer.data?.[1]]);
    setForm({ did: "", flow: "" });
  });
  const [numbers, flows] = answer.data ?? [[], []];
  const live = flows.filter((/** @type {any} */ flow) => flow.published !== null);
  const choice = (/** @type {any} */ more) => html`<select ...${more}>${live.map((/** @type {any} */ flow) => html`<option key=${flow.key} value=${flow.key}>${flow.title}</option>`)}</select>`;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    set.run(form.did.trim(), form.flow || live[0]?.key);
  };
  return html`<section class="panel" aria-labelledby="numbers-title"><div class="panel-head"><h2 id="numbers-title">${t("flows.numbersTitle")}</h2><span class="count">${numbers.length}</span></div>
    <${Problem} error=${answer.error ?? set.error} />
    ${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && numbers.length === 0 && html`<${Empty} icon="phoneIn" title=${t("flows.noNumbers")} text=${t(live.length > 0 ? "flows.noNumbersText" : "flows.publishFirst")} />`}
    ${numbers.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("flows.number")}</th><th scope="col">${t("flows.flow")}</th><th scope="col">${t("flows.setBy")}</th><th scope="col"><span class="sr">${t("prompts.actions")}</span></th></tr></thead>
      <tbody>${numbers.map((/** @type {any} */ one) => html`<tr key=${one.did}><th scope="row"><span class="who">${one.did}</span></th><td>${choice({ "aria-label": t("flows.flowOf", { number: one.did }), value: one.flow, disabled: set.busy, onChange: (/** @type {any} */ e) => set.run(one.did, e.target.value) })}</td>
        <td class="quiet">${one.set_by_name || "–"} · ${dateTime(one.set_at, siteZone.value)}</td><td class="row-actions"><button type="button" class="button small" disabled=${set.busy} onClick=${() => set.run(one.did, null)}><${Icon} name="close" size=${15} />${t("flows.takeOff")}</button></td></tr>`)}</tbody></table></div>`}
    ${live.length > 0 && html`<form class="number-form" onSubmit=${submit}><${Field} label=${t("flows.number")}><input required maxlength="40" pattern="[+*#0-9A-Za-z]+" value=${form.did} onInput=${(/** @type {any} */ e) => setForm({ ...form, did: e.target.value })} /><//>
      <${Field} label=${t("flows.flow")}>${choice({ value: form.flow || live[0].key, onChange: (/** @type {any} */ e) => setForm({ ...form, flow: e.target.value }) })}<//><button type="submit" class="button primary" disabled=${set.busy || !form.did.trim()}>${t("flows.setNumber")}</button></form>`}
  </section>`;
}
