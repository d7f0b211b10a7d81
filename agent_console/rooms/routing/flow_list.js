/** All flows: what is published, what is being changed, on which numbers; a new one, or one from a file. */

import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { readFlow } from "./flow_bar.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, open: (key: string) => void}} props */
export function FlowList({ api, open }) {
  const answer = useAnswer(() => api.get("flows"), []);
  const [making, setMaking] = useState(/** @type {any} */ (null));
  const [bad, setBad] = useState(false);
  const items = answer.data ?? [];
  const take = async (/** @type {any} */ event) => {
    const doc = await readFlow(event.target.files?.[0]);
    event.target.value = "";
    setBad(doc === null);
    if (doc) setMaking({ document: doc });
  };
  return html`<section class="panel" aria-labelledby="flows-title"><div class="panel-head"><h2 id="flows-title">${t("flows.flows")}</h2><span class="count">${items.length}</span>
      <span class="panel-action flow-list-actions"><label class="button small"><${Icon} name="upload" size=${16} />${t("flows.import")}<input class="sr" type="file" accept="application/json,.json" onChange=${take} /></label>
      <button type="button" class="button primary small" onClick=${() => setMaking({})}><${Icon} name="plus" size=${16} />${t("flows.new")}</button></span></div>
    <${Problem} error=${answer.error} again=${answer.again} />${bad && html`<p class="problem">${t("flows.badFile")}</p>`}
    ${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="flow" title=${t("flows.noFlows")} text=${t("flows.noFlowsText")}><button type="button" class="button primary" onClick=${() => setMaking({})}><${Icon} name="plus" size=${16} />${t("flows.new")}</button><//>`}
    ${items.length > 0 && html`<div class="table-frame"><table class="table flow-table"><thead><tr><th scope="col">${t("flows.flow")}</th><th scope="col">${t("flows.published")}</th><th scope="col">${t("flows.draft")}</th><th scope="col">${t("flows.numbers")}</th></tr></thead>
      <tbody>${items.map((/** @type {any} */ flow) => html`<tr key=${flow.key}><th scope="row"><a class="who" href=${`#flow/${flow.key}`} onClick=${(/** @type {Event} */ event) => { event.preventDefault(); open(flow.key); }}>${flow.title || flow.key}</a><span class="sub"><code>${flow.key}</code></span></th>
        <td>${flow.published ? html`<span class="outcome outcome-answered"><${Icon} name="checkCircle" size=${14} />${t("flows.version", { version: flow.published })}</span><span class="sub">${flow.published_at ? dateTime(flow.published_at, siteZone.value) : ""}</span>` : html`<span class="quiet">${t("flows.neverPublished")}</span>`}</td>
        <td>${flow.changed ? html`<span class="tag draft">${t("flows.hasChanges")}</span>` : html`<span class="quiet">–</span>`}<span class="sub">${dateTime(flow.draft_at, siteZone.value)} · ${flow.draft_by_name || "–"}</span></td>
        <td>${(flow.numbers ?? []).map((/** @type {string} */ number) => html`<span class="tag" key=${number}>${number}</span>`)}</td></tr>`)}</tbody></table></div>`}
    ${making && html`<${NewFlow} api=${api} document=${making.document} close=${() => setMaking(null)} made=${open} />`}
  </section>`;
}

/** @param {{api: Api, document?: any, close: () => void, made: (key: string) => void}} props */
function NewFlow({ api, document, close, made }) {
  const [form, setForm] = useState({ key: "", title: document?.title ?? "" });
  const make = useAction(async () => {
    await api.post("flows", { key: form.key, draft: document ? { ...document, title: form.title } : first(form.title) });
    close();
    made(form.key);
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    make.run();
  };
  return html`<${Dialog} title=${t("flows.new")} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("flows.title")}><input name="title" required maxlength="100" autofocus value=${form.title} onInput=${(/** @type {any} */ e) => setForm({ ...form, title: e.target.value })} /><//>
    <${Field} label=${t("flows.key")} hint=${t("flows.keyHint")}><input name="key" required maxlength="64" pattern="[a-z0-9][a-z0-9_\\-]*" autocapitalize="none" spellcheck=${false} value=${form.key} onInput=${(/** @type {any} */ e) => setForm({ ...form, key: e.target.value })} /><//>
    <${Problem} error=${make.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${make.busy}>${t("flows.make")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** What a new flow begins with: a welcome that still has to be written, and the safe queue. @param {string} title */
function first(title) {
  return { format: 1, title, languages: ["zh-CN", "en"], start: "welcome", nodes: { welcome: { kind: "play", label: "", speech: [], exits: { next: "safe" } }, safe: { kind: "safe", label: "", exits: {} } } };
}
