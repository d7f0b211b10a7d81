/** Calibrations: invite, score unseen, close, compare. */

import { t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { percent } from "../../core/format.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, userId: number, forms: any[], mayEdit: boolean, subject: string}} props `subject`: a recording that is to be calibrated */
export function Calibrations({ api, userId, forms, mayEdit, subject }) {
  const answer = useAnswer(() => api.get("qa/calibrations"), []);
  const [asking, setAsking] = useState(Boolean(subject));
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const act = useAction(async (/** @type {any} */ one, /** @type {string} */ what) => {
    const told = await api.post(`qa/calibrations/${one.id}/${what}`);
    if (what === "score") location.hash = `evaluation=${told.evaluation.id}`;
    else {
      answer.again();
      setShown(told);
    }
  });
  const rows = answer.data?.items ?? [];
  const add = mayEdit && html`<button type="button" class="button small" onClick=${() => setAsking(true)}><${Icon} name="plus" size=${16} />${t("qa.newCalibration")}</button>`;
  return html`<${Part} id="calibrations-title" title=${t("qaTab.calibration")} action=${add}><${Problem} error=${answer.error || act.error} again=${answer.again} />${answer.busy && !answer.data && html`<${Loading} />`}
      ${answer.data && rows.length === 0 && html`<${Empty} icon="users" title=${t("qa.noCalibrations")} text=${t("qa.noCalibrationsText")} />`}
      ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("qa.title")}</th><th scope="col">${t("qa.form")}</th><th scope="col">${t("qa.graders")}</th><th scope="col" class="number">${t("qa.done")}</th><th></th></tr></thead><tbody>
        ${rows.map((/** @type {any} */ one) => html`<tr key=${one.id}><th scope="row" class="who">${one.title}</th><td>${one.form_name} · v${one.form_version}</td><td>${one.graders.map((/** @type {number} */ id, /** @type {number} */ n) => html`<span class="tag" key=${id}>${id === one.master_id && html`<${Icon} name="star" size=${13} label=${t("qa.master")} />`}${one.names[n]}${one.done.includes(id) && html`<${Icon} name="check" size=${13} label=${t("qa.done")} />`}</span>`)}</td>
          <td class="number">${one.done.length} / ${one.graders.length}</td><td class="row-actions">${one.state === "open" && one.graders.includes(userId) && !one.done.includes(userId) && html`<button type="button" class="button small primary" disabled=${act.busy} onClick=${() => act.run(one, "score")}>${t("qa.scoreIt")}</button> `}
            ${one.state === "open" && mayEdit && html`<button type="button" class="button small" disabled=${act.busy || one.done.length < 2} onClick=${() => act.run(one, "close")}>${t("qa.closeCompare")}</button>`}${one.state === "closed" && html`<button type="button" class="button small" onClick=${() => setShown(one)}>${t("qa.compare")}</button>`}</td></tr>`)}</tbody></table></div>`}<//>
    ${shown && html`<${Comparison} key=${shown.id} api=${api} one=${shown} />`}
    ${asking && html`<${Invite} api=${api} userId=${userId} forms=${forms} subject=${subject} close=${() => setAsking(false)} done=${() => { setAsking(false); history.replaceState(null, "", "#calibration"); answer.again(); }} />`}`;
}

/** @param {{api: Api, userId: number, forms: any[], subject: string, close: () => void, done: () => void}} props */
function Invite({ api, userId, forms, subject, close, done }) {
  const people = useAnswer(() => api.get("qa/graders"), []);
  const usable = forms.filter((one) => one.version_id && !one.retired);
  const [form, setForm] = useState({ title: "", subject, form: String(usable[0]?.id ?? ""), master: String(userId) });
  const [graders, setGraders] = useState(/** @type {number[]} */ ([userId]));
  const put = (/** @type {string} */ name) => (/** @type {any} */ event) => setForm({ ...form, [name]: event.target.value });
  const go = useAction(async () => {
    await api.post("qa/calibrations", { title: form.title, subject_id: form.subject.trim(), form_id: Number(form.form), graders, master_id: Number(form.master) });
    done();
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go.run();
  };
  const rows = people.data?.items ?? [];
  return html`<${Dialog} wide title=${t("qa.newCalibration")} close=${close}><form class="stack" onSubmit=${submit}><div class="qa-grid"><${Field} label=${t("qa.title")}><input required maxlength="200" value=${form.title} onInput=${put("title")} /><//><${Field} label=${t("qa.recordingId")} hint=${t("qa.recordingIdHint")}><input required inputmode="numeric" value=${form.subject} onInput=${put("subject")} /><//>
      <${Field} label=${t("qa.form")}><select value=${form.form} onChange=${put("form")}>${usable.map((one) => html`<option key=${one.id} value=${String(one.id)}>${one.name}</option>`)}</select><//><${Field} label=${t("qa.master")} hint=${t("qa.masterHint")}><select value=${form.master} onChange=${put("master")}>${rows.map((/** @type {any} */ one) => html`<option key=${one.id} value=${String(one.id)}>${one.name}</option>`)}</select><//></div>
    <${Field} label=${t("qa.graders")}><div class="checks scope">${rows.map((/** @type {any} */ one) => html`<label class="check" key=${one.id}><input type="checkbox" checked=${graders.includes(one.id)} onChange=${() => setGraders(graders.includes(one.id) ? graders.filter((id) => id !== one.id) : [...graders, one.id])} /><span>${one.name}</span></label>`)}</div><//>
    <${Problem} error=${people.error || go.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${go.busy || !form.title.trim() || !form.subject.trim() || new Set([...graders, Number(form.master)]).size < 2}>${t("qa.invite")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** @param {{api: Api, one: any}} props */
function Comparison({ api, one }) {
  const answer = useAnswer(() => api.get(`qa/calibrations/${one.id}/comparison`), [one.id]);
  const told = answer.data;
  if (!told) return html`<${Problem} error=${answer.error} again=${answer.again} />`;
  const kappa = (/** @type {number | null} */ value, /** @type {string} */ word) => (value === null ? "–" : html`${value.toFixed(2)} <span class="sub">${word && t(`qaKappa.${word}`)}</span>`);
  return html`<${Part} id="comparison-title" title=${t("qa.comparison", { title: one.title })}><dl class="facts comparison-facts"><div><dt>${t("qa.fleiss")}</dt><dd>${kappa(told.kappa, told.word)}</dd></div><div><dt>${t("qa.spread")}</dt><dd>${points(told.spread)}</dd></div><div><dt>${t("qa.offMaster")}</dt><dd>${points(told.off)}</dd></div></dl>
    <div class="table-frame"><table class="table comparison"><thead><tr><th scope="col">${t("qa.question")}</th>${told.graders.map((/** @type {any} */ grader) => html`<th scope="col" class="number" key=${grader.user_id}>${grader.master && html`<${Icon} name="star" size=${13} label=${t("qa.master")} />`}${grader.name}</th>`)}<th scope="col" class="number">${t("qa.spread")}</th></tr></thead><tbody>
      <tr class="comparison-total"><th scope="row">${t("qa.score")}</th>${told.graders.map((/** @type {any} */ grader) => html`<td class="number" key=${grader.user_id}><b>${points(grader.score)}</b>${grader.off !== null && html`<span class="sub">± ${points(grader.off)}</span>`}</td>`)}<td class="number">${points(told.spread)}</td></tr>
      <tr><th scope="row">${t("qa.cohen")}</th>${told.graders.map((/** @type {any} */ grader) => html`<td class="number" key=${grader.user_id}>${grader.master ? t("qa.master") : kappa(grader.kappa, grader.word)}</td>`)}<td></td></tr>
      ${told.questions.map((/** @type {any} */ question) => html`<tr key=${question.key} class=${cls(!question.agree && "apart")}><th scope="row">${question.text}</th>${question.cells.map((/** @type {any} */ cell, /** @type {number} */ n) => html`<td class="number" key=${n}>${cell.na ? t("qa.na") : percent(cell.share)}${cell.comment && html`<span class="sub">${cell.comment}</span>`}</td>`)}<td class="number">${percent(question.spread)}</td></tr>`)}</tbody></table></div>
    <p class="definition">${t("qa.kappaMeaning")}</p><//>`;
}
