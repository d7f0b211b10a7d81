/** Lists of callers, such as VIPs and the blacklist; an entry may end by itself. */

import { t } from "../../core/i18n.js";
import { dateTime, fromLocal, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { NewNamed, RemoveNamed } from "./named_parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api}} props */
export function CallerLists({ api }) {
  const answer = useAnswer(() => api.get("caller-lists"), []);
  const [making, setMaking] = useState(false);
  const [chosen, setChosen] = useState(/** @type {string | null} */ (null));
  const items = answer.data ?? [];
  const here = items.find((/** @type {any} */ one) => one.name === chosen) ?? items[0];
  return html`<section class="panel" aria-labelledby="lists-title"><div class="panel-head"><h2 id="lists-title">${t("flows.lists")}</h2><span class="count">${items.length}</span>
      <button type="button" class="button primary small panel-action" onClick=${() => setMaking(true)}><${Icon} name="plus" size=${16} />${t("flows.newList")}</button></div>
    <${Problem} error=${answer.error} />${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="list" title=${t("flows.noLists")} text=${t("flows.noListsText")} />`}
    ${items.length > 0 && html`<div class="named-tabs chips" role="group" aria-label=${t("flows.lists")}>${items.map((/** @type {any} */ one) => html`<button type="button" key=${one.name} class=${cls("chip", here?.name === one.name && "on")} aria-pressed=${here?.name === one.name ? "true" : "false"} onClick=${() => setChosen(one.name)}>${one.label || one.name}</button>`)}</div>`}
    ${here && html`<${Entries} key=${here.name} api=${api} list=${here} removed=${answer.again} />`}
    ${making && html`<${NewNamed} api=${api} place="caller-lists" title=${t("flows.newList")} value=${{}} close=${() => setMaking(false)} done=${(/** @type {any} */ told, /** @type {string} */ name) => { answer.set(told); setChosen(name); setMaking(false); }} />`}
  </section>`;
}

/** @param {{api: Api, list: any, removed: () => void}} props */
function Entries({ api, list, removed }) {
  const path = `caller-lists/${list.name}/entries`;
  const answer = useAnswer(() => api.get(path), []);
  const [form, setForm] = useState({ number: "", note: "", until: "" });
  const add = useAction(async () => {
    answer.set(await api.post(path, { number: form.number.trim(), note: form.note, expires_at: form.until ? fromLocal(`${form.until}T23:59`, siteZone.value) : null }));
    setForm({ number: "", note: "", until: "" });
  });
  const strike = useAction(async (/** @type {string} */ number) => {
    await api.ask("DELETE", `${path}/${encodeURIComponent(number)}`, {});
    answer.again();
  });
  const input = (/** @type {string} */ name) => (/** @type {any} */ e) => setForm({ ...form, [name]: e.target.value });
  const entries = answer.data ?? [];
  return html`<div><${Problem} error=${answer.error ?? add.error ?? strike.error} />
    ${entries.length > 0 ? html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("flows.number")}</th><th scope="col">${t("flows.note")}</th><th scope="col">${t("flows.until")}</th><th scope="col">${t("flows.setBy")}</th><th scope="col"><span class="sr">${t("prompts.actions")}</span></th></tr></thead>
      <tbody>${entries.map((/** @type {any} */ one) => html`<tr key=${one.number}><th scope="row"><span class="who">${one.number}</span></th><td>${one.note}</td><td>${one.expires_at ? dateTime(one.expires_at, siteZone.value) : html`<span class="quiet">${t("flows.forGood")}</span>`}</td><td class="quiet">${one.added_by_name || "–"} · ${dateTime(one.added_at, siteZone.value)}</td>
        <td class="row-actions"><button type="button" class="icon-button" disabled=${strike.busy} onClick=${() => strike.run(one.number)}><${Icon} name="close" size=${15} label=${t("flows.drop", { name: one.number })} /></button></td></tr>`)}</tbody></table></div>` : answer.data && html`<p class="named-none quiet">${t("flows.noEntries")}</p>`}
    <form class="number-form" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); add.run(); }}><${Field} label=${t("flows.number")}><input required maxlength="40" inputmode="tel" value=${form.number} onInput=${input("number")} /><//><${Field} label=${t("flows.note")}><input maxlength="200" value=${form.note} onInput=${input("note")} /><//>
      <${Field} label=${t("flows.until")}><input type="date" value=${form.until} onInput=${input("until")} /><//><button type="submit" class="button primary" disabled=${add.busy || !form.number.trim()}>${t("flows.addLine")}</button></form>
    <div class="form-end named-end"><${RemoveNamed} api=${api} path=${`caller-lists/${list.name}`} done=${removed} /></div></div>`;
}
