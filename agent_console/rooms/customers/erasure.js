/** Erasing one person everywhere: who, what would go, confirmation, progress, proof. For admins. */

import { t, word } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{customer_id?: number, number?: string}} Whom */
/** @typedef {{room: string, state: string, removed: Record<string, number>}} Step */
/** @typedef {{id: number, subject: string, why: string, by_login: string, state: string, stopped: string, started_at: number, ended_at: number | null, steps: Step[], proofs: {thing: string, sha256: string, bytes: number | null}[]}} Erasure */

const LOOK = 1000;

/** @param {{api: Api}} props */
export function Erasures({ api }) {
  const list = useAnswer(() => api.get("erasures", { limit: 50 }), []);
  const [open, setOpen] = useState(/** @type {number | null} */ (null));
  const begun = (/** @type {Erasure} */ one) => {
    list.again();
    setOpen(one.id);
  };
  const rows = /** @type {Erasure[]} */ (list.data?.items ?? []);
  return html`<div class="stack"><${Ask} api=${api} begun=${begun} />
    ${open !== null && html`<${Progress} key=${open} api=${api} id=${open} changed=${list.again} close=${() => setOpen(null)} />`}
    <section class="panel" aria-labelledby="erasures-title"><div class="panel-head"><h2 id="erasures-title">${t("erasure.list")}</h2><span class="panel-note">${t("erasure.listNote")}</span></div>
      ${list.error ? html`<${Problem} error=${list.error} again=${list.again} />` : null}
      ${!list.data && list.busy ? html`<${Loading} />` : null}
      ${list.data && rows.length === 0 && html`<${Empty} icon="shield" title=${t("erasure.none")} text=${t("erasure.noneText")} />`}
      ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("erasure.number")}</th><th scope="col">${t("erasure.begun")}</th><th scope="col">${t("erasure.by")}</th><th scope="col">${t("erasure.subject")}</th><th scope="col">${t("erasure.why")}</th><th scope="col">${t("erasure.state")}</th><th></th></tr></thead>
        <tbody>${rows.map((one) => html`<tr key=${one.id} class=${cls(one.id === open && "here")}><td>${one.id}</td><td class="erase-line">${dateTime(one.started_at, siteZone.value)}</td><td>${one.by_login}</td><td class="erase-line">${subject(one.subject)}</td><td>${one.why}</td><td><${State} one=${one} /></td>
          <td class="row-actions"><button type="button" class="button small" onClick=${() => setOpen(one.id)}>${t("erasure.show")}</button></td></tr>`)}</tbody></table></div>`}</section></div>`;
}

/** A customer by his number here, or a phone number. @param {string} text */
function subject(text) {
  const [, id] = text.split(" ");
  return id ? t("erasure.subjectCustomer", { id }) : t("erasure.subjectNumber");
}

/** @param {{one: Erasure}} props */
function State({ one }) {
  /** @type {Record<string, [string, string]>} */
  const looks = { done: ["check", "answered"], running: ["clock", "waiting"], stopped: ["unplug", "failed"] };
  const [icon, look] = looks[one.state] ?? ["clock", "waiting"];
  return html`<span class=${cls("outcome", `outcome-${look}`)}><${Icon} name=${icon} size=${14} />${word("erasureState", one.state)}</span>`;
}

/** Who, and what would go. @param {{api: Api, begun: (one: Erasure) => void}} props */
function Ask({ api, begun }) {
  const [text, setText] = useState("");
  const [whom, setWhom] = useState(/** @type {Whom | null} */ (null));
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const preview = useAction(async (/** @type {Whom} */ one) => {
    setFound(null);
    setShown(null);
    setShown(await api.slow("erasures/preview", one));
    setWhom(one);
  });
  const look = useAction(async () => {
    setShown(null);
    setFound((await api.get("customers", { query: text.trim(), limit: 20 })).items);
  });
  const clear = () => {
    setShown(null);
    setText("");
  };
  const digits = text.replace(/[^0-9]/g, "").length >= 5 && !/\p{L}/u.test(text);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) look.run();
  };
  return html`<section class="panel" aria-labelledby="erase-title"><div class="panel-head"><h2 id="erase-title">${t("erasure.title")}</h2><span class="panel-note">${t("erasure.note")}</span></div>
    <div class="erase-body"><form class="target-line" role="search" onSubmit=${submit}><input type="search" maxlength="100" aria-label=${t("find.label")} placeholder=${t("find.label")} value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} />
      <button type="submit" class="button" disabled=${look.busy || !text.trim()}><${Icon} name="search" size=${16} />${t("find.look")}</button></form>
    <${Problem} error=${look.error || preview.error} />
    ${found && found.length > 0 && html`<ul class="search-found">${found.map((one) => html`<li class="search-line" key=${one.id}><span class="search-who"><span class="who">${one.name}</span><span class="sub">${one.company}</span></span>
      <span class="search-phones">${one.contacts.filter((/** @type {any} */ each) => each.kind === "phone").map((/** @type {any} */ each) => html`<span class="one-line" key=${each.id}>${each.display}</span>`)}</span>
      <button type="button" class="button small" disabled=${preview.busy} onClick=${() => preview.run({ customer_id: one.id })}>${t("erasure.preview")}</button></li>`)}</ul>`}
    ${found && found.length === 0 && html`<${Empty} icon="user" title=${t("find.nobody")} text=${digits ? t("erasure.byNumberText") : undefined}>
      ${digits && html`<button type="button" class="button" disabled=${preview.busy} onClick=${() => preview.run({ number: text.trim() })}>${t("erasure.byNumber")}</button>`}<//>`}
    ${preview.busy && html`<${Loading} label=${t("erasure.looking")} />`}
    ${shown && whom && html`<${Confirm} api=${api} whom=${whom} shown=${shown} begun=${(/** @type {Erasure} */ one) => { clear(); begun(one); }} cancel=${clear} />`}</div></section>`;
}

/** @param {{api: Api, whom: Whom, shown: any, begun: (one: Erasure) => void, cancel: () => void}} props */
function Confirm({ api, whom, shown, begun, cancel }) {
  const [why, setWhy] = useState("");
  const [confirm, setConfirm] = useState("");
  const erase = useAction(async () => begun(await api.slow("erasures", { ...whom, why, confirm })));
  const parts = Object.values(shown.found).flatMap((/** @type {any} */ room) => Object.entries(room));
  const same = confirm.replace(/\s/g, "").toLowerCase() === shown.confirm.replace(/\s/g, "").toLowerCase();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (same && why.trim()) erase.run();
  };
  return html`<div class="erase-preview"><h3>${t("erasure.wouldGo", { name: shown.confirm })}</h3>
    ${shown.numbers.length > 0 && html`<p class="sub">${t("erasure.numbers", { numbers: shown.numbers.join(", ") })}</p>`}
    ${parts.length > 0 ? html`<${Counts} parts=${parts} />` : html`<p class="quiet">${t("erasure.nothing")}</p>`}
    <p class="quiet">${t("erasure.callsStay")}</p>
    ${shown.blocks.map((/** @type {any} */ one) => html`<p class="problem" role="alert" key=${one.code}><${Icon} name="shield" size=${16} /><span>${t(`erasureBlock.${one.code}`, { n: one.count, until: one.until ? dateTime(one.until, siteZone.value) : "" })}</span></p>`)}
    ${shown.blocks.length === 0 && html`<form class="stack" onSubmit=${submit}>
      <${Field} label=${t("erasure.whyLabel")} hint=${t("erasure.whyHint")}><input value=${why} maxlength="500" required onInput=${(/** @type {any} */ e) => setWhy(e.target.value)} /><//>
      <${Field} label=${t("erasure.type", { name: shown.confirm })}><input value=${confirm} maxlength="200" required autocomplete="off" onInput=${(/** @type {any} */ e) => setConfirm(e.target.value)} /><//>
      <${Problem} error=${erase.error} />
      <div class="form-end"><button type="submit" class="button danger-button" disabled=${!same || !why.trim() || erase.busy}><${Icon} name="close" size=${16} />${t("erasure.erase")}</button>
        <button type="button" class="button" onClick=${cancel}>${t("action.cancel")}</button></div></form>`}</div>`;
}

/** @param {{parts: [string, number][]}} props */
function Counts({ parts }) {
  return html`<ul class="erase-counts">${parts.map(([kind, count]) => html`<li key=${kind}><b>${count}</b> <span>${t(`erasurePart.${kind}`, { n: count })}</span></li>`)}</ul>`;
}

/** How far it is, and what it removed. @param {{api: Api, id: number, changed: () => void, close: () => void}} props */
function Progress({ api, id, changed, close }) {
  const answer = useAnswer(() => api.get(`erasures/${id}`), [id]);
  const one = /** @type {Erasure | null} */ (answer.data);
  const running = one?.state === "running";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => answer.again(), LOOK);
    return () => clearInterval(timer);
  }, [running, answer.again]);
  useEffect(() => {
    if (one && !running) changed();
  }, [one?.state]);
  const goOn = useAction(async () => {
    answer.set(await api.post(`erasures/${id}/go-on`));
    changed();
  });
  if (!one) return html`<section class="panel"><${Problem} error=${answer.error} again=${answer.again} />${answer.busy && html`<${Loading} />`}</section>`;
  const removed = one.steps.flatMap((step) => Object.entries(step.removed));
  const done = one.steps.filter((step) => step.state === "done").length;
  return html`<section class="panel" aria-labelledby="erasure-title"><div class="panel-head"><h2 id="erasure-title">${t("erasure.one", { n: one.id })}</h2><${State} one=${one} />
      <button type="button" class="icon-button panel-action" onClick=${close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <div class="erase-body"><progress max=${one.steps.length} value=${done} aria-label=${t("erasure.progress")}></progress>
      <ol class="erase-steps">${one.steps.map((step) => html`<li key=${step.room} class=${`step-${step.state}`}><${Icon} name=${step.state === "done" ? "check" : step.state === "running" ? "clock" : "pause"} size=${14} label=${word("erasureStep", step.state)} />${t(`erasureRoom.${step.room}`)}</li>`)}</ol>
      ${one.state === "stopped" && html`<div class="problem" role="alert"><${Icon} name="unplug" /><span>${t("erasure.stopped", { why: t(`erasureBlock.${one.stopped}`, { n: 1, until: "" }) })}</span><button type="button" class="button small" disabled=${goOn.busy} onClick=${() => goOn.run()}>${t("erasure.goOn")}</button></div>`}
      <${Problem} error=${goOn.error} />
      ${removed.length > 0 && html`<h3>${t("erasure.removed")}</h3><${Counts} parts=${removed} />`}
      ${one.proofs.length > 0 && html`<h3>${t("erasure.proof")}</h3><p class="quiet">${t("erasure.proofNote")}</p>
        <div class="table-frame erase-proofs"><table class="table"><thead><tr><th scope="col">${t("erasure.sound")}</th><th scope="col">SHA-256</th></tr></thead><tbody>${one.proofs.map((each) => html`<tr key=${each.thing}><td class="erase-line">${t("erasure.recording", { id: each.thing.split(" ")[1] ?? "" })}</td><td><code>${each.sha256}</code></td></tr>`)}</tbody></table></div>`}
      ${one.state === "done" && html`<p class="quiet">${t("erasure.audit")}</p>`}</div></section>`;
}
