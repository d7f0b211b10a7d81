/** A change for the ticked agents: chosen, seen beforehand, applied, and followed until the PBX has said what became of each. */

import { canUndo } from "../../core/moves.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction, useAnswer } from "../../ui/parts.js";
import { MoveForm, changeOf, empty, untilOf } from "./move_form.js";
import { MoveItems } from "./move_items.js";

/** @import { App } from "../../ui/app.js" */
/** @import { AgentJson } from "../../core/shapes.js" */
/** @import { MoveItemJson } from "../../core/moves_shapes.js" */

/** @param {{app: App, agents: AgentJson[], close: () => void, onDone: () => void}} props */
export function MoveDialog({ app, agents, close, onDone }) {
  const [form, setForm] = useState(empty);
  const [moveId, setMoveId] = useState(/** @type {number | null} */ (null));
  const [seen, setSeen] = useState(/** @type {{items: MoveItemJson[], error: unknown}} */ ({ items: [], error: null }));
  const skills = useAnswer(() => app.api.get("skills"), []);
  const [users] = useState(agents.map((agent) => agent.user_id));
  const change = changeOf(form);
  const asked = JSON.stringify(change);
  useEffect(() => {
    let wanted = true;
    if (!change) setSeen({ items: [], error: null });
    else {
      // A moment later, for the penalty is typed sign by sign.
      setTimeout(() => wanted && app.api.post("agent-moves/preview", { users, change }).then(
        (told) => wanted && setSeen({ items: told.items, error: null }),
        (error) => wanted && setSeen({ items: [], error }),
      ), 150);
    }
    return () => {
      wanted = false;
    };
  }, [asked]);
  const until = untilOf(form);
  const apply = useAction(async () => {
    const made = await app.api.command("agent-moves", { users, change, until, text: form.text.trim() });
    setMoveId(made.id);
    onDone();
  });
  const queues = [...(app.live.queues.value?.queues.values() ?? [])];
  const known = [...new Map(queues.map((queue) => [queue.name, { name: queue.name, label: queue.label || queue.name }])).values()];
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (change && until !== undefined) apply.run();
  };
  const n = seen.items.filter((item) => item.state === "planned").length;
  if (moveId !== null) return html`<${Dialog} title=${t("moves.title", { n: users.length })} close=${close} wide><${Result} app=${app} id=${moveId} close=${close} /><//>`;
  return html`<${Dialog} title=${t("moves.title", { n: users.length })} close=${close} wide><form class="stack move-form" onSubmit=${submit}>
    <${MoveForm} form=${form} put=${(/** @type {object} */ part) => setForm({ ...form, ...part })} queues=${known} skills=${skills.data?.items ?? []} />
    ${seen.items.length > 0 && html`<section aria-label=${t("moves.preview")}><h3 class="move-head">${t("moves.preview")}<span class="count">${n}</span></h3><${MoveItems} items=${seen.items} preview /></section>`}
    <${Problem} error=${apply.error ?? seen.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${apply.busy || n === 0 || until === undefined}>${apply.busy ? t("action.busy") : t("moves.apply", { n })}</button>
      <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
  </form><//>`;
}

/** How it came out, live. @param {{app: App, id: number, close: () => void}} props */
function Result({ app, id, close }) {
  const move = app.live.moves.value?.moves.get(id);
  const undo = useAction(() => app.api.command(`agent-moves/${id}/undo`));
  const waits = !move || move.items.some((item) => item.state === "planned");
  return html`<div class="stack">
    <p role="status" class="move-wait">${waits ? html`<span class="spinner small" aria-hidden="true"></span>${t("moves.waiting")}` : html`<${Icon} name="check" size=${16} />${t(move.undone_at === null ? "moves.finished" : "moves.undone")}`}</p>
    ${move && html`<${MoveItems} items=${move.items} />`}
    <${Problem} error=${undo.error} />
    <div class="form-end"><button type="button" class="button primary" onClick=${close}>${t("action.close")}</button>
      ${move && canUndo(move, app.clock.now()) && html`<button type="button" class="button" disabled=${undo.busy || waits} onClick=${() => undo.run()}><${Icon} name="left" size=${16} />${t("moves.undo")}</button>`}</div></div>`;
}
