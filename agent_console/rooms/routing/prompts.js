/** Prompts: what callers hear, per language; uploaded, recorded here, or spoken by the machine. */

import { t, word } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { PromptSound } from "./prompt_sound.js";

/** @import { Api } from "../../core/api.js" */

export const LANGUAGES = ["zh-CN", "en"];

/** @param {{api: Api}} props */
export function Prompts({ api }) {
  const answer = useAnswer(() => api.get("prompts"), []);
  const [dialog, setDialog] = useState(/** @type {any} */ (null));
  const [wanted, setWanted] = useState("");
  const items = answer.data?.items ?? [];
  const shown = items.filter((/** @type {any} */ one) => `${one.name} ${one.label} ${one.audio.map((/** @type {any} */ each) => each.text).join(" ")}`.toLowerCase().includes(wanted.trim().toLowerCase()));
  const put = (/** @type {any} */ prompt) => answer.set({ ...answer.data, items: items.map((/** @type {any} */ one) => (one.id === prompt.id ? prompt : one)) });
  return html`<section class="panel" aria-labelledby="prompts-title"><div class="panel-head"><h2 id="prompts-title">${t("prompts.title")}</h2><span class="count">${items.length}</span>
      <div class="search"><${Icon} name="search" size=${16} /><input type="search" aria-label=${t("prompts.search")} placeholder=${t("prompts.search")} value=${wanted} onInput=${(/** @type {any} */ e) => setWanted(e.target.value)} /></div>
      <button type="button" class="button primary small" onClick=${() => setDialog({ kind: "new" })}><${Icon} name="plus" size=${16} />${t("prompts.new")}</button></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    ${answer.data?.speech && html`<p class="problem mild"><${Icon} name="bell" /><span>${t("prompts.noSpeech")} <span class="quiet">${answer.data.speech}</span></span></p>`}
    ${answer.busy && !answer.data ? html`<${Loading} />` : null}
    ${answer.data && items.length === 0 && html`<${Empty} icon="sound" title=${t("prompts.none")} text=${t("prompts.noneText")}><button type="button" class="button primary" onClick=${() => setDialog({ kind: "new" })}><${Icon} name="plus" size=${16} />${t("prompts.new")}</button><//>`}
    ${shown.length > 0 && html`<div class="table-frame"><table class="table prompt-table"><thead><tr><th scope="col">${t("prompts.name")}</th>${LANGUAGES.map((language) => html`<th scope="col" key=${language}>${word("flows.language", language)}</th>`)}<th scope="col"><span class="sr">${t("prompts.actions")}</span></th></tr></thead>
      <tbody>${shown.map((/** @type {any} */ prompt) => html`<tr key=${prompt.id}><th scope="row"><span class="who">${prompt.label || prompt.name}</span><span class="sub"><code>${prompt.name}</code></span></th>
        ${LANGUAGES.map((language) => html`<td key=${language}><${Sound} prompt=${prompt} language=${language} change=${() => setDialog({ kind: "sound", prompt, language })} /></td>`)}
        <td class="row-actions"><button type="button" class="button small" onClick=${() => setDialog({ kind: "edit", prompt })}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    ${dialog?.kind === "new" && html`<${Name} api=${api} close=${() => setDialog(null)} done=${() => { setDialog(null); answer.again(); }} />`}
    ${dialog?.kind === "edit" && html`<${Name} api=${api} prompt=${dialog.prompt} close=${() => setDialog(null)} done=${() => { setDialog(null); answer.again(); }} />`}
    ${dialog?.kind === "sound" && html`<${PromptSound} api=${api} prompt=${dialog.prompt} language=${dialog.language} speech=${!answer.data?.speech} close=${() => setDialog(null)} done=${(/** @type {any} */ prompt) => { put(prompt); setDialog(null); }} />`}
  </section>`;
}

/** @param {{prompt: any, language: string, change: () => void}} props */
function Sound({ prompt, language, change }) {
  const audio = prompt.audio.find((/** @type {any} */ one) => one.language === language);
  const name = t("prompts.changeIn", { name: prompt.label || prompt.name, language: word("flows.language", language) });
  if (!audio) return html`<button type="button" class="button small" aria-label=${name} onClick=${change}><${Icon} name="plus" size=${15} />${t("prompts.add")}</button>`;
  const told = [word("prompts.source", audio.source), dateTime(audio.created_at, siteZone.value)].join(" · ");
  return html`<div class="prompt-sound"><audio controls preload="none" src=${`/api/v1/prompts/${prompt.id}/audio/${language}?v=${audio.version}`} aria-label=${t("prompts.hear", { name: prompt.name })}></audio>
    <button type="button" class="icon-button" onClick=${change}><${Icon} name="pen" size=${15} label=${name} /></button></div><span class="sub" title=${audio.text}>${audio.text || audio.file_name || told}${(audio.text || audio.file_name) && html` · ${told}`}</span>`;
}

/** A new prompt, or another name for one; where it is used, and its end. @param {{api: Api, prompt?: any, close: () => void, done: () => void}} props */
function Name({ api, prompt, close, done }) {
  const [form, setForm] = useState({ name: prompt?.name ?? "", label: prompt?.label ?? "" });
  const [sure, setSure] = useState(false);
  const uses = useAnswer(() => (prompt ? api.get(`prompts/${prompt.id}/uses`) : Promise.resolve({ items: [] })), []);
  const save = useAction(async () => {
    if (prompt) await api.patch(`prompts/${prompt.id}`, form);
    else await api.post("prompts", form);
    done();
  });
  const drop = useAction(async () => {
    await api.ask("DELETE", `prompts/${prompt.id}`, {});
    done();
  });
  const used = uses.data?.items ?? [];
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  return html`<${Dialog} title=${prompt ? t("prompts.edit") : t("prompts.new")} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("prompts.label")} hint=${t("prompts.labelHint")}><input name="label" maxlength="100" autofocus value=${form.label} onInput=${(/** @type {any} */ e) => setForm({ ...form, label: e.target.value })} /><//>
    <${Field} label=${t("prompts.key")} hint=${t("prompts.keyHint")}><input name="name" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" autocapitalize="none" spellcheck=${false} disabled=${used.length > 0} value=${form.name} onInput=${(/** @type {any} */ e) => setForm({ ...form, name: e.target.value })} /><//>
    <${Problem} error=${save.error ?? drop.error ?? uses.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${save.busy}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
    ${prompt && html`<div class="danger">${used.length > 0
      ? html`<div><p class="quiet">${t("prompts.usedBy")}</p><ul class="prompt-uses">${used.map((/** @type {any} */ one, /** @type {number} */ n) => html`<li key=${n}><a href=${`#flow/${one.flow}`}>${one.flow_name || one.flow}</a> <span class="quiet">${one.node} · ${t(one.state === "draft" ? "flows.draft" : "flows.published")}</span></li>`)}</ul></div>`
      : html`<button type="button" class="button small danger-button" disabled=${drop.busy || uses.busy} onClick=${() => (sure ? drop.run() : setSure(true))}><${Icon} name="trash" size=${15} />${sure ? t("users.sure") : t("prompts.delete")}</button><p class="quiet">${t("prompts.unused")}</p>`}</div>`}
  </form><//>`;
}
