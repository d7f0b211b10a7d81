/** Say who is calling: one of those who share the number, somebody found by name, or somebody new. */

import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { CandidateJson, CustomerJson, PopJson } from "../../core/shapes.js" */

/** @param {{pop: PopJson, api: Api, onCustomer: (callId: string, customer: CustomerJson) => void}} props */
export function Find({ pop, api, onCustomer }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(/** @type {CandidateJson[] | null} */ (null));
  const look = useAction(async () => setFound((await api.get("customers", { query: text.trim(), limit: 10 })).items));
  const choose = useAction(async (/** @type {number} */ id) => onCustomer(pop.call_id, await attach(api, pop, id)));
  const make = useAction(async () => {
    const contacts = pop.number.e164 ? [{ kind: "phone", value: pop.number.e164, primary: true }] : [];
    const made = await api.post("customers", { name: text.trim(), contacts });
    onCustomer(pop.call_id, await attach(api, pop, made.id));
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    look.run();
  };
  const busy = look.busy || choose.busy || make.busy;
  const several = pop.status === "several";
  return html`<div class="chooser">
    ${several && html`<h3>${t("pop.several", { n: pop.candidates.length })}</h3><p class="quiet">${t("pop.severalText")}</p><${Candidates} list=${pop.candidates} busy=${busy} onChoose=${choose.run} />`}
    <form class="find" onSubmit=${submit} role="search"><label class="search"><${Icon} name="search" size=${16} /><span class="sr">${t("find.label")}</span>
      <input type="search" value=${text} maxlength="100" placeholder=${t("find.label")} onInput=${(/** @type {any} */ e) => setText(e.target.value)} /></label>
      <button type="submit" class="button small" disabled=${busy || !text.trim()}>${t("find.look")}</button></form>
    <${Problem} error=${choose.error ?? look.error ?? make.error} />
    ${found && html`<div role="status">${found.length === 0 && html`<p class="quiet">${t("find.nobody")}</p>`}<${Candidates} list=${found} busy=${busy} onChoose=${choose.run} /></div>
      <button type="button" class="link" disabled=${busy || !text.trim()} onClick=${() => make.run()}><${Icon} name="plus" size=${15} />${t("find.make", { name: text.trim() })}</button>`}
  </div>`;
}

/** @param {{list: CandidateJson[], busy: boolean, onChoose: (id: number) => void}} props */
function Candidates({ list, busy, onChoose }) {
  return html`<ul>${list.map((one) => html`<li key=${one.id}><button type="button" class="candidate" disabled=${busy} onClick=${() => onChoose(one.id)}>
    <${Icon} name="user" /><span class="who">${one.name}</span><span class="sub">${one.company}</span>${one.tier && html`<span class="tier">${one.tier}</span>`}<${Icon} name="right" size=${16} /></button></li>`)}</ul>`;
}

/** Tell the server who it is; of a call that is no pop any more only this page need know. @param {Api} api @param {PopJson} pop @param {number} id */
async function attach(api, pop, id) {
  if (!pop.gone) {
    const chosen = await api.post(`pops/${encodeURIComponent(pop.call_id)}/choose`, { customer_id: id });
    if (chosen?.customer) return chosen.customer;
  }
  return await api.get(`customers/${id}`);
}
