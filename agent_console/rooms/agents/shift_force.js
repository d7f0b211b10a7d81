/** What a supervisor does with an agent's shift: ready, not ready, sign out, with a reason that the agent is shown. */

import { reasonNames, reasonWord } from "../../core/shift.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { AgentJson } from "../../core/shapes.js" */

/** The button of a row; nothing for devices that nobody owns and for those who do not work. @param {{agent: AgentJson, onForce: (agent: AgentJson) => void}} props */
export function ForceButton({ agent, onForce }) {
  if (agent.user_id === null || (!agent.shift?.signed_in && agent.queues.length === 0)) return null;
  return html`<button type="button" class="icon-button" onClick=${() => onForce(agent)}><${Icon} name="shield" size=${16} label=${t("force.title", { name: agent.name })} /></button>`;
}

/** @param {{agent: AgentJson, api: Api, close: () => void}} props */
export function ForceDialog({ agent, api, close }) {
  const [form, setForm] = useState({ state: agent.state === "notReady" ? "ready" : "notReady", reason: "", text: "" });
  const [later, setLater] = useState(false);
  const action = useAction(async () => {
    const { state, reason, text } = form;
    const done = await api.command(`agents/${agent.user_id}/force`, { state, text: text.trim(), reason: state === "notReady" ? reason : "" });
    if (done?.applied === "afterCall") setLater(true);
    else close();
  });
  const put = (/** @type {object} */ part) => setForm({ ...form, ...part });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (form.text.trim()) action.run();
  };
  const reasons = [...reasonNames.value.values()].filter((reason) => reason.active !== false);
  const choice = (/** @type {string} */ state, /** @type {string} */ label) => html`<label class="check"><input type="radio" name="force" checked=${form.state === state} onChange=${() => put({ state })} /><span>${label}</span></label>`;
  return html`<${Dialog} title=${t("force.title", { name: agent.name })} close=${close}>
    ${later ? html`<div class="stack"><p>${t("force.later", { name: agent.name })}</p><div class="form-end"><button type="button" class="button primary" onClick=${close}>${t("action.close")}</button></div></div>` : html`<form class="stack" onSubmit=${submit}>
      <fieldset class="checks"><legend>${t("force.state")}</legend>${choice("ready", t("state.ready"))}${choice("notReady", t("state.notReady"))}${choice("loggedOff", t("shift.signOut"))}</fieldset>
      ${form.state === "notReady" && html`<${Field} label=${t("force.reason")}><select value=${form.reason} onChange=${(/** @type {any} */ e) => put({ reason: e.target.value })}>
        <option value="">${t("reason.forced")}</option>${reasons.map((reason) => html`<option key=${reason.code} value=${reason.code}>${reasonWord(reason.code)}</option>`)}</select><//>`}
      <${Field} label=${t("force.text")} hint=${t("force.textHint")}><input required maxlength="200" value=${form.text} onInput=${(/** @type {any} */ e) => put({ text: e.target.value })} /><//>
      <${Problem} error=${action.error} />
      <div class="form-end"><button type="submit" class="button primary" disabled=${action.busy}>${action.busy ? t("action.busy") : t("action.apply")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
    </form>`}<//>`;
}
