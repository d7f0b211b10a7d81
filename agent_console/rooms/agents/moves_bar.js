/** What can be done with the ticked agents, and what was done lately and can be taken back with one click. */

import { canUndo, outcomes, shownMoves } from "../../core/moves.js";
import { agentKey } from "../../core/topics.js";
import { t } from "../../core/i18n.js";
import { dateTime, second, siteZone } from "../../core/time.js";
import { computed, html, useMemo, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";
import { MoveDialog } from "./move_dialog.js";
import { MoveItems } from "./move_items.js";

/** @import { App } from "../../ui/app.js" */
/** @import { AgentJson } from "../../core/shapes.js" */
/** @import { MoveJson } from "../../core/moves_shapes.js" */
/** @import { Selection } from "./selection.js" */

/** @param {{app: App, agents: AgentJson[], selection: Selection}} props */
export function MovesBar({ app, agents, selection }) {
  const [open, setOpen] = useState(false);
  const chosen = agents.filter((agent) => agent.user_id !== null && selection.keys.has(agentKey(agent)));
  const state = app.live.moves.value;
  const shown = useMemo(() => computed(() => shownMoves(state, second.value).map((move) => move.id).join()), [state]);
  const moves = shownMoves(state, second.peek()).filter((move) => shown.value.split(",").includes(String(move.id)));
  return html`${chosen.length > 0 && html`<div class="moves-bar" role="group" aria-label=${t("moves.chosen", { n: chosen.length })}><b>${t("moves.chosen", { n: chosen.length })}</b>
      <button type="button" class="button small primary" onClick=${() => setOpen(true)}><${Icon} name="flow" size=${16} />${t("moves.open")}</button>
      <button type="button" class="button small" onClick=${selection.clear}>${t("moves.clear")}</button></div>`}
    ${moves.length > 0 && html`<ul class="moves-list" aria-label=${t("moves.lately")}>${moves.slice(0, 3).map((move) => html`<${Line} key=${move.id} move=${move} app=${app} />`)}</ul>`}
    ${open && html`<${MoveDialog} app=${app} agents=${chosen} close=${() => setOpen(false)} onDone=${selection.clear} />`}`;
}

/** A change in words. @param {MoveJson} move */
export function moveWords({ change }) {
  const what = change.kind === "skill" ? `${change.skill} ${change.level ?? "–"}` : change.queues.join(", ") + (change.penalty === null ? "" : ` · ${change.penalty}`);
  return t(`moves.did.${change.kind}`, { what });
}

/** @param {{move: MoveJson, app: App}} props */
function Line({ move, app }) {
  const [all, setAll] = useState(false);
  const undo = useAction(() => app.api.command(`agent-moves/${move.id}/undo`));
  const counts = outcomes(move);
  const wrong = (counts.failed ?? 0) + (counts.refused ?? 0) + (counts.changed ?? 0);
  const until = move.until === null ? "" : ` · ${t("moves.untilTime", { time: dateTime(move.until, siteZone.value) })}`;
  const back = move.undone_at === null ? "" : ` · ${move.undone_by_name ? t("moves.undoneBy", { name: move.undone_by_name }) : t("moves.timeUp")}`;
  return html`<li class="moves-line"><${Icon} name="flow" size=${15} /><button type="button" class="moves-what" aria-expanded=${all ? "true" : "false"} onClick=${() => setAll(!all)}><b>${moveWords(move)}</b> · ${t("moves.agents", { n: move.items.length })} · ${move.by_name}${until}${back}</button>
    ${counts.planned ? html`<span class="spinner small" role="status" aria-label=${t("moves.waiting")}></span>` : null}${wrong > 0 && html`<span class="move-wrong"><${Icon} name="unplug" size=${14} />${t("moves.wrong", { n: wrong })}</span>`}
    ${canUndo(move, second.peek()) && html`<button type="button" class="button small" disabled=${undo.busy || Boolean(counts.planned)} onClick=${() => undo.run()}><${Icon} name="left" size=${15} />${t("moves.undo")}</button>`}
    <${Problem} error=${undo.error} />${all && html`<${MoveItems} items=${move.items} />`}</li>`;
}
