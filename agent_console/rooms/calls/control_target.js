/** To whom? Colleagues and queues with their state of this moment, and a field for any number. */

import { found, typed } from "../../core/control.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, StateBadge, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { ColleagueJson, DirectoryJson, QueueLineJson, TargetJson } from "../../core/control_shapes.js" */

/** Milliseconds between two looks at the states while the dialog is open. */
const LOOK = 3000;
/** @type {Record<string, string>} */
const titles = { transfer: "control.transferTo", consult: "control.consultWith", conference: "control.addWhom" };

/**
 * @param {{what: "transfer" | "consult" | "conference", api: Api, choose: (to: TargetJson) => Promise<boolean>, busy: boolean, error: unknown, close: () => void}} props
 */
export function TargetDialog({ what, api, choose, busy, error, close }) {
  const [text, setText] = useState("");
  const answer = useAnswer(/** @returns {Promise<DirectoryJson>} */ () => api.get("directory"), []);
  useEffect(() => {
    const timer = setTimeout(answer.again, LOOK);
    return () => clearTimeout(timer);
  }, [answer.data]);
  const number = typed(text);
  const agents = found(answer.data?.agents ?? [], text);
  const queues = what === "transfer" && !text.trim() ? answer.data?.queues ?? [] : [];
  const go = (/** @type {TargetJson} */ to) => !busy && choose(to);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (number) go(number);
  };
  return html`<${Dialog} title=${t(titles[what] ?? "control.transferTo")} close=${close}><div class="stack targets">
    <form class="target-line" onSubmit=${submit}>
      <input type="search" autofocus autocomplete="off" maxlength="40" aria-label=${t("control.nameOrNumber")} placeholder=${t("control.nameOrNumber")} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
      <button type="submit" class="button primary" disabled=${busy || !number}><${Icon} name="phoneOut" size=${16} />${t("control.callNumber")}</button>
    </form>
    <${Problem} error=${error ?? answer.error} />
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && agents.length + queues.length === 0 && !number ? html`<${Empty} icon="users" title=${t("control.nobody")} />` : null}
    <ul class="target-list">
      ${agents.map((one) => html`<li key=${`a${one.user_id}`}><${Colleague} one=${one} busy=${busy} go=${go} /></li>`)}
      ${queues.map((one) => html`<li key=${`q${one.name}`}><${QueueLine} one=${one} busy=${busy} go=${go} /></li>`)}
    </ul>
  </div><//>`;
}

/** @param {{one: ColleagueJson, busy: boolean, go: (to: TargetJson) => void}} props */
function Colleague({ one, busy, go }) {
  return html`<button type="button" class="target" disabled=${busy || !one.reachable} onClick=${() => go({ kind: "agent", value: String(one.user_id) })}>
    <${Icon} name="user" size=${16} /><span class="target-name">${one.name || one.number}<span class="sub">${one.number}${one.team && ` · ${one.team}`}</span></span>
    <${StateBadge} state=${one.state} reason=${one.reason} /></button>`;
}

/** @param {{one: QueueLineJson, busy: boolean, go: (to: TargetJson) => void}} props */
function QueueLine({ one, busy, go }) {
  return html`<button type="button" class="target" disabled=${busy} onClick=${() => go({ kind: "queue", value: one.name })}>
    <${Icon} name="queue" size=${16} /><span class="target-name">${one.label}</span>
    <span class="sub">${t("control.queueLine", { waiting: one.waiting, ready: one.ready, agents: one.agents })}</span></button>`;
}
