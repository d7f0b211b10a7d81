/** The write-up of a call: outcome, summary, and a note that stays open if wanted. Kept as a draft at every key. */

import { t } from "../../core/i18n.js";
import { outcomeName } from "./outcomes.js";
import { html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Problem, useAction } from "../../ui/parts.js";
import { useShortcut } from "../../ui/shortcuts.js";

/** @import { CustomerJson, OutcomeJson, PopJson } from "../../core/shapes.js" */
/** @import { Api } from "../../core/api.js" */
/** @import { Drafts } from "../../core/drafts.js" */

const blank = { outcome: "", summary: "", note: "", open: true };

/**
 * @param {{pop: PopJson | null, outcomes: OutcomeJson[], api: Api, drafts: Drafts, onSaved: (callId: string, customer: CustomerJson | null) => void, onDone: (callId: string) => void}} props
 */
export function WriteUp({ pop, outcomes, api, drafts, onSaved, onDone }) {
  return html`<section class="panel write-up" aria-labelledby="write-title"><div class="panel-head"><h2 id="write-title">${t("writeUp.title")}</h2></div>
    ${pop
      ? html`<${Form} key=${pop.call_id} pop=${pop} outcomes=${outcomes} api=${api} drafts=${drafts} onSaved=${onSaved} onDone=${onDone} />`
      : html`<${Empty} icon="pen" title=${t("writeUp.none")} />`}</section>`;
}

/** @param {{pop: PopJson, outcomes: OutcomeJson[], api: Api, drafts: Drafts, onSaved: (callId: string, customer: CustomerJson | null) => void, onDone: (callId: string) => void}} props */
function Form({ pop, outcomes, api, drafts, onSaved, onDone }) {
  const [form, setForm] = useState(() => ({ ...blank, ...drafts.read(pop.call_id) }));
  const [saved, setSaved] = useState(false);
  const alive = useRef(true);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useShortcut("note", () => /** @type {HTMLElement | null} */ (box.current?.querySelector("[name=summary]"))?.focus());
  useEffect(() => () => void (alive.current = false), []);
  const dirty = form.outcome !== "" || form.summary.trim() !== "" || form.note.trim() !== "";
  // Without a customer the result hangs on the call alone, and there it needs a code.
  const complete = dirty && (pop.customer !== null || form.outcome !== "");
  const change = (/** @type {Partial<typeof blank>} */ part) => {
    const next = { ...form, ...part };
    setForm(next);
    setSaved(false);
    drafts.write(pop.call_id, next);
  };
  const save = useAction(async () => {
    const customer = await send(api, pop, form);
    drafts.remove(pop.call_id);
    if (alive.current) {
      setForm({ ...form, note: "" });
      setSaved(true);
    }
    onSaved(pop.call_id, customer);
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  const finish = async () => {
    if (saved || !dirty || (await save.run())) onDone(pop.call_id);
  };
  return html`<form class="write-form" ref=${box} onSubmit=${submit}>
    <${Field} label=${t("writeUp.outcome")}><select name="outcome" value=${form.outcome} onChange=${(/** @type {any} */ e) => change({ outcome: e.target.value })}>
      <option value="">${t("writeUp.choose")}</option>${outcomes.map((one) => html`<option key=${one.code} value=${one.code}>${outcomeName(outcomes, one.code)}</option>`)}</select><//>
    <${Field} label=${t("writeUp.summary")}><textarea name="summary" rows="4" maxlength="4000" value=${form.summary} placeholder=${t("writeUp.summaryHint")}
      onInput=${(/** @type {any} */ e) => change({ summary: e.target.value })}></textarea><//>
    ${pop.customer && html`<${Field} label=${t("writeUp.note")}><textarea name="note" rows="3" maxlength="4000" value=${form.note} placeholder=${t("writeUp.noteHint")}
      onInput=${(/** @type {any} */ e) => change({ note: e.target.value })}></textarea><//>
    <label class="check"><input type="checkbox" checked=${form.open} onChange=${(/** @type {any} */ e) => change({ open: e.target.checked })} /><span>${t("writeUp.open")}</span></label>`}
    <${Problem} error=${save.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${save.busy || !complete || saved}>${save.busy ? t("action.saving") : t("action.save")}</button>
      ${pop.state === "after" && html`<button type="button" class="button" disabled=${save.busy || (dirty && !complete && !saved)} onClick=${finish}><${Icon} name="check" size=${16} />${t("writeUp.done")}</button>`}
      <span class="form-state" role="status">${saved ? html`<${Icon} name="check" size=${15} />${t("writeUp.saved")}` : dirty ? t("writeUp.kept") : ""}</span></div>
  </form>`;
}

/** Send what was written. The record as it then is, when it is known. @param {Api} api @param {PopJson} pop @param {typeof blank} form */
async function send(api, pop, form) {
  const { customer, call_id: id } = pop;
  if (!customer) {
    return await api.post(`calls/${encodeURIComponent(id)}/outcome`, { outcome_code: form.outcome, note: form.summary });
  }
  let record = null;
  // The note first: with the result saved the call is done with, and the pop may go.
  if (form.note.trim()) record = await api.post(`customers/${customer.id}/notes`, { text: form.note.trim(), open: form.open });
  if (form.outcome || form.summary.trim()) {
    record = await api.post(`customers/${customer.id}/interactions`, { call_id: id, outcome: form.outcome || null, summary: form.summary });
  }
  return record;
}
