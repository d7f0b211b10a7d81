/** The work of a grader: what he has begun, what he took, what is open; beside it how a call is taken by its number. */

import { t } from "../../core/i18n.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Part, agentOf } from "./marks.js";
import { ScoreTable } from "./score_list.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, userId: number}} props */
export function Work({ api, userId }) {
  const drafts = useAnswer(() => api.get("qa/evaluations", { state: "draft", grader_id: userId }), []);
  const tasks = useAnswer(() => api.get("qa/tasks"), []);
  const act = useAction(async (/** @type {any} */ task, /** @type {string} */ what) => {
    const told = await api.post(`qa/tasks/${task.id}/${what}`);
    if (what === "score") location.hash = `evaluation=${told.evaluation.id}`;
    else tasks.again();
  });
  const rows = tasks.data?.items ?? [];
  const begun = drafts.data?.items ?? [];
  return html`${begun.length > 0 && html`<${Part} id="begun-title" title=${t("qa.begun")}><${ScoreTable} rows=${begun} /><//>`}
    <${Part} id="tasks-title" title=${t("qa.tasks")}><${Problem} error=${tasks.error || drafts.error || act.error} again=${tasks.again} />${tasks.busy && !tasks.data && html`<${Loading} />`}
      ${tasks.data && rows.length === 0 && html`<${Empty} icon="checkCircle" title=${t("qa.noTasks")} text=${t("qa.noTasksText")}><a class="button small" href="recordings.html"><${Icon} name="search" size=${16} />${t("qa.findCall")}</a><//>`}
      ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("qa.plan")}</th><th scope="col">${t("qa.agent")}</th><th scope="col">${t("qa.callAt")}</th><th scope="col" class="number">${t("qa.length")}</th><th scope="col">${t("qa.why")}</th><th scope="col">${t("qa.takenBy")}</th><th></th></tr></thead><tbody>
        ${rows.map((/** @type {any} */ task) => html`<tr key=${task.id}><th scope="row"><span class="who">${task.plan_name}</span><span class="sub">${t("qa.week", { day: task.week })}</span></th><td>${task.agent_id !== null ? agentOf(task) : html`<span class="one-line"><${Icon} name="mask" size=${15} />${t("qa.blind")}</span>`}</td><td>${task.subject_at ? dateTime(task.subject_at, siteZone.value) : "–"}</td>
          <td class="number">${duration(task.seconds)}</td><td>${why(task)}</td><td>${task.claimed_by_name || "–"}</td>
          <td class="row-actions">${task.state === "open" && html`<button type="button" class="button small" disabled=${act.busy} onClick=${() => act.run(task, "claim")}>${t("qa.claim")}</button>`}
            ${task.claimed_by === userId && html`<button type="button" class="button small quiet-button" disabled=${act.busy} onClick=${() => act.run(task, "release")}>${t("qa.release")}</button> <button type="button" class="button small primary" disabled=${act.busy} onClick=${() => act.run(task, "score")}>${t("qa.scoreIt")}</button>`}</td></tr>`)}</tbody></table></div>`}<//>`;
}

/** How a call came to be drawn. @param {any} task */
function why(task) {
  if (!task.why.seed) return t("qa.whyLater");
  const because = (task.why.because ?? []).map((/** @type {string} */ one) => html`<span class="tag" key=${one}>${t(`qaBecause.${one}`)}</span>`);
  return html`${because}${t("qa.whyDrawn", { nth: task.why.nth, of: task.why.of, stratum: task.why.stratum.filter(Boolean).join(" / ") || t("qa.allCalls"), seed: task.why.seed })}`;
}

/** Begin to score a recording that was found, or without one the call that is listened to. @param {{api: Api, subject?: string, forms: any[]}} props */
export function Begin({ api, subject, forms }) {
  const usable = forms.filter((one) => one.version_id && !one.retired);
  const [form, setForm] = useState("");
  const chosen = form || String(usable[0]?.id ?? "");
  const go = useAction(async () => {
    const told = subject ? await api.post("qa/evaluations", { subject_id: subject, form_id: Number(chosen) }) : await api.post("qa/live", { form_id: Number(chosen) });
    location.replace(`#evaluation=${told.evaluation.id}`);
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go.run();
  };
  if (usable.length === 0) return html`<${Part} id="begin-title" title=${t("qa.begin")}><${Empty} icon="note" title=${t("qa.noForms")} text=${t("qa.noFormsText")}><a class="button small" href="#forms">${t("qaTab.forms")}</a><//><//>`;
  return html`<${Part} id="begin-title" title=${subject ? t("qa.begin") : t("qa.beginLive")}><form class="stack begin" onSubmit=${submit}>${!subject && html`<p>${t("qa.liveHint")}</p>`}<${Field} label=${t("qa.form")}><select value=${chosen} onChange=${(/** @type {any} */ event) => setForm(event.target.value)}>${usable.map((one) => html`<option key=${one.id} value=${String(one.id)}>${one.name} · v${one.version}</option>`)}</select><//>
    <${Problem} error=${go.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${go.busy}><${Icon} name="pen" size=${16} />${t("qa.scoreIt")}</button></div></form><//>`;
}
