/** One score beside its call: filled in, kept by itself, submitted; then read, changed with a reason, re-checked. */

import { Drafts } from "../../core/drafts.js";
import { t } from "../../core/i18n.js";
import { bound, scoreOf } from "../../core/quality.js";
import { dateTime, duration, second, siteZone } from "../../core/time.js";
import { html, useEffect, useMemo, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { After } from "./after.js";
import { ScoreMark, StateTag, agentOf } from "./marks.js";
import { Sheet, Total } from "./sheet.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Answer } from "../../core/quality.js" */

const SAVE_AFTER = 500;

/** @param {{api: Api, id: string, storage: Storage | null, userId: number, Player: any, back: string, own?: boolean, turn?: number}} props `Player` is the room of recordings'; `turn` rises with news of scores */
export function Evaluation({ api, id, storage, userId, Player, back, own, turn = 0 }) {
  const answer = useAnswer(() => api.get(`qa/evaluations/${id}`), [id, turn]);
  const detail = answer.data;
  const live = detail?.evaluation.kind === "call";
  const recording = useAnswer(() => (live ? Promise.resolve(null) : api.get(`qa/evaluations/${id}/recording`).catch((error) => (own || error.code === "qa_not_filed" ? null : Promise.reject(error)))), [id, live]);
  return html`<article class="evaluation"><a class="button small" href=${back}><${Icon} name="left" size=${16} />${t("qa.back")}</a>
    <${Problem} error=${answer.error} again=${answer.again} />${!detail && answer.busy && html`<${Loading} />`}
    ${detail && html`<${Desk} key=${`${id} ${detail.evaluation.revision} ${detail.evaluation.state}`} api=${api} detail=${detail} recording=${recording} set=${answer.set} storage=${storage} userId=${userId} Player=${Player} back=${back} />`}</article>`;
}

/** @param {{api: Api, detail: any, recording: any, set: (detail: any) => void, storage: Storage | null, userId: number, Player: any, back: string}} props */
function Desk({ api, detail, recording, set, storage, userId, Player, back }) {
  const one = detail.evaluation;
  const drafts = useMemo(() => new Drafts(storage, userId, () => Date.now()), []);
  const draftId = `qa-${one.id}`;
  const kept = useMemo(() => (one.state === "draft" && drafts.read(draftId)?.version === one.version ? drafts.read(draftId) : null), []);
  const [answers, setAnswers] = useState(/** @type {Record<string, Answer>} */ (kept?.answers ?? detail.answers));
  const [comment, setComment] = useState(/** @type {string} */ (kept?.comment ?? one.comment));
  const [changing, setChanging] = useState(false);
  const [reason, setReason] = useState("");
  const [saved, setSaved] = useState(kept ? "dirty" : "saved");
  const version = useRef(one.version);
  /** While it is being submitted nothing is kept beside it. */
  const sending = useRef(false);
  const sound = useRef(/** @type {{at: number, seek: (at: number) => void} | null} */ (null));
  const writes = detail.may.includes("write") || changing;
  const path = `qa/evaluations/${one.id}`;
  const save = useAction(async () => {
    setSaved("saving");
    try {
      version.current = (await api.put(`${path}/answers`, { answers, comment, version: version.current })).version;
      drafts.remove(draftId);
      setSaved((now) => (now === "saving" ? "saved" : now));
    } catch (error) {
      setSaved("failed");
      throw error;
    }
  });
  useEffect(() => {
    if (saved !== "dirty" || changing) return undefined;
    drafts.write(draftId, { answers, comment, version: version.current });
    const timer = setTimeout(() => !sending.current && save.run(), SAVE_AFTER);
    return () => clearTimeout(timer);
  }, [answers, comment, saved]);
  const submit = useAction(async () => {
    const body = { answers, comment, version: version.current };
    sending.current = true;
    try {
      const told = changing ? await api.post(`${path}/revise`, { ...body, reason }) : await api.post(`${path}/submit`, body);
      drafts.remove(draftId);
      set(told);
    } finally {
      sending.current = false;
    }
  });
  const discard = useAction(async () => {
    await api.ask("DELETE", path);
    drafts.remove(draftId);
    location.hash = back.slice(1);
  });
  const write = (/** @type {string} */ key, /** @type {Answer} */ answer) => {
    setAnswers((now) => ({ ...now, [key]: answer }));
    setSaved("dirty");
  };
  // The recording of a call that was scored live has come: what stands here stays, and is kept on top of it.
  const known = useRef(one);
  useEffect(() => {
    const before = known.current;
    known.current = one;
    if (before.kind !== "call" || one.kind === "call" || one.state !== "draft") return;
    version.current = one.version;
    setAnswers((now) => bound(now, detail.answers, one.subject_at - before.subject_at));
    setSaved("dirty");
  }, [one.kind]);
  const sum = scoreOf(detail.form, answers);
  const live = one.kind === "call";
  const seek = Player && recording.data ? (/** @type {number} */ at) => sound.current?.seek(at) : undefined;
  const ready = recording.data?.recording.state === "ready";
  return html`<${Head} one=${one} />
    <div class="evaluation-columns"><div class="evaluation-call">
      ${recording.busy && !recording.data ? html`<${Loading} />` : null}<${Problem} error=${recording.error} again=${recording.again} />
      ${live && html`<section class="panel live-call" role="status"><p class="one-line"><${Icon} name="headset" /><b>${t("qa.liveCall")}</b></p><p>${t("qa.liveText")}</p></section>`}
      ${ready && html`<${Player} api=${api} detail=${recording.data} start=${0} listen=${`${path}/listen`} onSound=${(/** @type {any} */ own) => (sound.current = own)} />`}
      <${After} api=${api} detail=${detail} set=${set} change=${() => setChanging(true)} changing=${changing} /></div>
    <div class="evaluation-sheet"><${Total} form=${detail.form} answers=${answers}>${detail.may.includes("write") && html`<span class=${`form-state save-${saved}`}><${Icon} name=${saved === "saved" ? "check" : saved === "failed" ? "unplug" : "clock"} size=${15} />${t(`qaSaved.${saved}`)}</span>`}<//>
      <${Sheet} form=${detail.form} answers=${answers} write=${writes ? write : undefined} at=${live ? () => Math.max(0, second.value - one.subject_at) : ready ? () => sound.current?.at ?? 0 : undefined} seek=${seek} />
      <section class="panel sheet-end">${writes
        ? html`<${Field} label=${t("qa.overall")}><textarea rows="3" maxlength="2000" value=${comment} onInput=${(/** @type {any} */ event) => { setComment(event.target.value); setSaved("dirty"); }}></textarea><//>
          ${changing && html`<${Field} label=${t("qa.reason")} hint=${t("qa.reasonHint")}><input maxlength="2000" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /><//>`}
          <${Problem} error=${submit.error || save.error || discard.error} />
          <p class="field-hint">${t("qa.keys")}</p>
          <div class="form-end"><button type="button" class="button primary" disabled=${submit.busy || save.busy || sum.missing > 0 || sum.unexplained > 0 || sum.score === null || (changing && !reason.trim())} onClick=${() => submit.run()}><${Icon} name="check" size=${16} />${changing ? t("qa.submitChange") : t("qa.submit")}</button>
            ${changing ? html`<button type="button" class="button" onClick=${() => { setChanging(false); setAnswers(detail.answers); setComment(one.comment); setSaved("saved"); }}>${t("action.cancel")}</button>` : html`<button type="button" class="button danger-button push-end" disabled=${discard.busy} onClick=${() => discard.run()}>${t("qa.discard")}</button>`}</div>`
        : html`<h3>${t("qa.overall")}</h3><p class="said-why">${one.comment || "–"}</p>`}</section></div></div>`;
}

/** @param {{one: any}} props */
function Head({ one }) {
  const fact = (/** @type {string} */ key, /** @type {any} */ value) => (value ? html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>` : null);
  return html`<section class="panel call-head"><div class="call-title"><h1>${agentOf(one)}</h1><${StateTag} state=${one.state} />
      ${one.purpose !== "score" && html`<span class="tag">${t(`qaPurpose.${one.purpose}`)}</span>`}${one.blind && one.state === "draft" && html`<span class="tag"><${Icon} name="mask" size=${14} />${t("qa.blindTag")}</span>`}
      ${one.state !== "draft" && html`<span class="head-score"><${ScoreMark} row=${one} /></span>`}</div>
    <dl class="facts">${fact("qa.form", `${one.form_name} · v${one.form_version}`)}${fact("qa.grader", one.grader_name)}${fact("qa.team", one.team)}${fact("qa.queue", one.queue)}${fact("qa.callAt", one.subject_at && dateTime(one.subject_at, siteZone.value))}
      ${fact("qa.length", duration(one.seconds))}${fact("qa.submittedAt", one.submitted_at && dateTime(one.submitted_at, siteZone.value))}${fact("qa.seenAt", one.seen_at && dateTime(one.seen_at, siteZone.value))}</dl></section>`;
}
