/** What a change makes, or has made, of each agent. */

import { t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { MoveItemJson, PlaceJson } from "../../core/moves_shapes.js" */

/** @type {Record<string, string>} */
const signs = { planned: "clock", done: "check", kept: "clock", failed: "unplug", refused: "close", unchanged: "check", undone: "check", changed: "shield" };

/** @param {{items: MoveItemJson[], preview?: boolean}} props `preview`: nothing has been done yet */
export function MoveItems({ items, preview }) {
  return html`<ul class="move-items">${items.map((item) => html`<li key=${item.user_id} class=${cls("move-item", `move-${item.state}`)}>
    <span class="who">${item.name}</span><span class="move-diff">${item.state === "refused" ? null : html`<${Difference} item=${item} />`}</span>
    ${!(preview && item.state === "planned") && html`<span class="move-state" title=${item.reason}><${Icon} name=${signs[item.state] ?? "clock"} size=${14} />${item.state === "refused" ? t(`moves.refused.${item.reason}`) : t(`moves.state.${item.state}`)}${item.state === "failed" && html`<small>${item.reason}</small>`}</span>`}</li>`)}</ul>`;
}

/** @param {{item: MoveItemJson}} props */
function Difference({ item }) {
  if (item.before.length === 0 && item.after.length === 0) {
    const level = (/** @type {number | null} */ one) => (one === null ? "–" : String(one));
    return html`${level(item.level_before)} → <b>${level(item.level_after)}</b>`;
  }
  const had = new Map(item.before.map((place) => [place.queue, place.penalty]));
  const has = new Map(item.after.map((place) => [place.queue, place.penalty]));
  const gone = item.before.filter((place) => !has.has(place.queue));
  const kind = (/** @type {PlaceJson} */ place) => (!had.has(place.queue) ? "added" : had.get(place.queue) !== place.penalty ? "altered" : "");
  return html`${item.after.map((place) => html`<span key=${place.queue} class=${cls("tag", kind(place))}>${kind(place) === "added" ? "+ " : ""}${place.queue}${place.penalty || kind(place) === "altered" ? ` · ${place.penalty}` : ""}</span>`)}
    ${gone.map((place) => html`<span key=${place.queue} class="tag removed"><span class="sr">${t("moves.out")}</span>− ${place.queue}</span>`)}`;
}
