/** Callers who reached nobody, as work: take it, call back, done, dismiss; what was ended can be taken back for ten seconds. */

import { duration } from "../../core/time.js";
import { t } from "../../core/i18n.js";
import { dialler } from "../../ui/dial.js";
import { cls, html, memo, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty, Problem, useAction } from "../../ui/parts.js";
import { DismissDialog } from "./lost_dismiss.js";

/** @import { App } from "../../ui/app.js" */
/** @import { LostJson } from "../../core/supervision_shapes.js" */

const UNDO_MILLISECONDS = 10_000;

/** @typedef {(item: LostJson, name: string, body?: object) => void} Act */

/** @param {{app: App, frozenAt: number | null, onlyWork?: boolean}} props `onlyWork`: nothing is shown while there is nothing to do */
export function LostCalls({ app, frozenAt, onlyWork = false }) {
  const [dismissing, setDismissing] = useState(/** @type {LostJson | null} */ (null));
  const [ended, setEnded] = useState(/** @type {LostJson | null} */ (null));
  const action = useAction(async (/** @type {LostJson} */ item, /** @type {string} */ name, /** @type {object} */ body) => {
    const after = await app.api.post(`lost-calls/${item.id}/${name}`, body);
    if (name === "call-back") await dialler.peek()?.dial(item.number, null);
    setEnded(after.state === "done" || after.state === "dismissed" ? after : null);
  });
  useEffect(() => {
    if (!ended) return undefined;
    const timer = setTimeout(() => setEnded(null), UNDO_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [ended]);
  const state = app.live.lost.value;
  if (!state || (onlyWork && !state.items.size && !ended)) return null;
  const items = [...state.items.values()].sort((a, b) => a.first_at - b.first_at || a.id - b.id);
  const act = (/** @type {LostJson} */ item, /** @type {string} */ name, /** @type {object} */ body = {}) => (name === "dismiss" ? setDismissing(item) : void action.run(item, name, body));
  return html`<section class="panel lost-calls" aria-labelledby="lost-title">
    <div class="panel-head"><h2 id="lost-title">${t("lost.title")}</h2><span class="count">${items.length}</span></div>
    ${ended && html`<div class="lost-undo" role="status"><span>${t(ended.state === "done" ? "lost.wasDone" : "lost.wasDismissed", { number: ended.number || t("call.withheld") })}</span>
      <button type="button" class="button small" disabled=${action.busy} onClick=${() => act(ended, "undo")}>${t("lost.undo")}</button></div>`}
    <${Problem} error=${action.error} />
    ${items.length === 0
      ? html`<${Empty} icon="checkCircle" title=${t("lost.none")} text=${t("lost.noneText")} />`
      : html`<ul class="lost-list">${items.map((item) => html`<${Row} key=${item.id} item=${item} frozenAt=${frozenAt} me=${app.who.user.id} busy=${action.busy} dial=${dialler.value} act=${act} language=${t("language.code")} />`)}</ul>`}
    ${dismissing && html`<${DismissDialog} item=${dismissing} close=${() => setDismissing(null)} dismiss=${(/** @type {string} */ reason) => action.run(dismissing, "dismiss", { reason })} error=${action.error} busy=${action.busy} />`}
  </section>`;
}

const Row = memo(({ item, frozenAt, me, busy, dial, act }) => {
  const mine = item.claimed_by === me;
  const button = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, primary = false) => html`<button type="button" class=${cls("button small", primary && "primary")} disabled=${busy || (name === "call-back" && Boolean(dial.why))} title=${name === "call-back" && dial.why ? t(`error.${dial.why}`) : undefined}
    onClick=${() => act(item, name)}><${Icon} name=${icon} size=${15} />${text}</button>`;
  return html`<li class=${cls("lost-item", mine && "mine", item.claimed_by !== null && !mine && "taken")}>
    <span class="lost-who"><span class="who">${item.name || item.number || t("call.withheld")}</span>
      <span class="sub">${[item.name && item.number, item.queues.join(", ")].filter(Boolean).join(" · ")}</span></span>
    <span class="lost-facts"><b>${t("lost.times", { n: item.calls })}</b><span class="sub">${t("lost.waited", { time: duration(item.longest_wait) })}</span></span>
    <span class="lost-age"><${Elapsed} since=${item.last_at} frozenAt=${frozenAt} /><span class="sub">${item.claimed_by === null ? t("lost.open") : t("lost.claimed", { name: item.claimed_by_name })}${item.attempts > 0 ? ` · ${t("lost.attempts", { n: item.attempts })}` : ""}</span></span>
    <span class="lost-actions">
      ${item.claimed_by === null && button("claim", "user", t("lost.claim"))}
      ${dial && item.callable && (mine || item.claimed_by === null) && button("call-back", "phoneOut", t("lost.callBack"), mine)}
      ${mine && button("release", "left", t("lost.release"))}
      ${button("done", "check", t("lost.done"))}${button("dismiss", "close", t("lost.dismiss"))}
    </span></li>`;
});
