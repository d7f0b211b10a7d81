/** What follows a score, beside it: the rounds of a dispute, revisions, the re-check, coaching, the library. */

import { t } from "../../core/i18n.js";
import { points } from "../../core/quality.js";
import { dateTime, siteZone } from "../../core/time.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

const when = (/** @type {number} */ at) => dateTime(at, siteZone.value);

/** @param {{api: Api, detail: any, set: (detail: any) => void, change: () => void, changing: boolean}} props */
export function After({ api, detail, set, change, changing }) {
  const [asking, setAsking] = useState("");
  const one = detail.evaluation;
  const may = (/** @type {string} */ act) => detail.may.includes(act) && !changing;
  const path = `qa/evaluations/${one.id}`;
  const recheck = useAction(async () => {
    location.hash = `evaluation=${(await api.post(`${path}/recheck`)).evaluation.id}`;
  });
  const simple = useAction(async (/** @type {string} */ act, /** @type {any} */ body) => set(await api.post(`${path}/${act}`, body)));
  const button = (/** @type {string} */ act, /** @type {string} */ icon, /** @type {() => void} */ press, kind = "") => may(act) && html`<button type="button" class=${`button small ${kind}`} onClick=${press}><${Icon} name=${icon} size=${16} />${t(`qaAct.${act}`)}</button>`;
  if (one.state === "draft") return null;
  const acts = ["acknowledge", "dispute", "answer", "revise", "recheck", "coach", "library"].some(may) || one.state === "submitted" || detail.library;
  return html`${acts && html`<section class="panel after"><div class="after-acts">${button("acknowledge", "check", () => simple.run("acknowledge"), "primary")}${button("dispute", "hand", () => setAsking("dispute"))}
      ${button("answer", "chat", () => setAsking("answer"), "primary")}${button("revise", "pen", change)}${button("recheck", "swap", () => recheck.run())}${button("coach", "users", () => setAsking("coach"))}
      ${!detail.library && button("library", "star", () => setAsking("library"))}
      ${one.dispute_until && one.state === "submitted" && html`<span class="sub push-end">${t("qa.disputeUntil", { time: when(one.dispute_until) })}</span>`}</div>
    <${Problem} error=${recheck.error || simple.error} />
    ${detail.library && html`<p class="panel-line"><${Icon} name="star" size=${16} />${t(`qaConsent.${detail.library}`)}</p>`}</section>`}
    ${detail.disputes.length > 0 && html`<${Part} id="disputes-title" title=${t("qa.disputes")}><ol class="rounds">${detail.disputes.map((/** @type {any} */ round) => html`<li key=${round.round}><p class="round-said"><b>${t("qa.round", { n: round.round })}</b> ${round.text}</p><p class="sub">${when(round.at)}${round.question && ` · ${label(detail, round.question)}`}</p>
      ${round.verdict && html`<p class=${`round-answer verdict-${round.verdict}`}><b>${t(`qaVerdict.${round.verdict}`)}</b> ${round.answer}</p><p class="sub">${round.answered_by} · ${when(round.answered_at)}</p>`}</li>`)}</ol><//>`}
    ${detail.others.length > 0 && html`<${Part} id="rechecks-title" title=${t("qa.rechecks")}><ul>${detail.others.map((/** @type {any} */ other) => html`<li class="panel-line" key=${other.id}><b>${points(other.score)}</b><span>${other.grader_name}</span><span class="sub">${when(other.submitted_at)}</span>${other.comment && html`<span>${other.comment}</span>`}</li>`)}</ul><//>`}
    ${detail.revisions.length > 1 && html`<${Part} id="revisions-title" title=${t("qa.revisions")}><ul>${detail.revisions.map((/** @type {any} */ revision) => html`<li class="panel-line" key=${revision.revision}><b>${points(revision.score)}</b><span>${revision.user_name}</span><span class="sub">${when(revision.at)}</span>${revision.reason && html`<span>${revision.reason}</span>`}</li>`)}</ul><//>`}
    ${asking && html`<${Ask} act=${asking} detail=${detail} close=${() => setAsking("")} send=${async (/** @type {any} */ body) => {
      const told = await api.post(asking === "coach" ? `${path}/coaching` : `${path}/${asking}`, body);
      if (asking !== "coach") set(told);
      setAsking("");
    }} />`}`;
}

/** @param {any} detail @param {string} key */
function label(detail, key) {
  return detail.form.sections.flatMap((/** @type {any} */ section) => section.questions).find((/** @type {any} */ one) => one.key === key)?.text ?? key;
}

/** @param {{act: string, detail: any, close: () => void, send: (body: any) => Promise<void>}} props */
function Ask({ act, detail, close, send }) {
  const [text, setText] = useState("");
  const [question, setQuestion] = useState("");
  const [verdict, setVerdict] = useState("upheld");
  const [due, setDue] = useState("");
  const go = useAction(() => send(act === "library" ? { title: text } : act === "answer" ? { text, verdict } : act === "coach" ? { text, question, due: due || null } : { text, question }));
  const questions = detail.form.sections.flatMap((/** @type {any} */ section) => section.questions);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go.run();
  };
  return html`<${Dialog} title=${t(`qaAct.${act}`)} close=${close}><form class="stack" onSubmit=${submit}>
    ${(act === "dispute" || act === "coach") && html`<${Field} label=${t("qa.question")}><select value=${question} onChange=${(/** @type {any} */ event) => setQuestion(event.target.value)}><option value="">${t("qa.whole")}</option>${questions.map((/** @type {any} */ one) => html`<option key=${one.key} value=${one.key}>${one.text}</option>`)}</select><//>`}
    ${act === "answer" && html`<${Field} label=${t("qa.verdict")} hint=${t("qa.verdictHint")}><select value=${verdict} onChange=${(/** @type {any} */ event) => setVerdict(event.target.value)}><option value="upheld">${t("qaVerdict.upheld")}</option>${detail.evaluation.recheck_score !== null && html`<option value="changed">${t("qaVerdict.changed")}</option>`}</select><//>`}
    <${Field} label=${t(`qaText.${act}`)}><textarea rows="4" maxlength=${act === "library" ? 200 : 2000} required value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea><//>
    ${act === "coach" && html`<${Field} label=${t("qa.due")}><input type="date" value=${due} onInput=${(/** @type {any} */ event) => setDue(event.target.value)} /><//>`}
    <${Problem} error=${go.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${go.busy || !text.trim()}>${t("qa.send")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}
