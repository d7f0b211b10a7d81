/** Callers who kept their place, in the order of the line: take it, call, another moment, cancel. */

import { t, word } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { dialler } from "../../ui/dial.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Empty, Problem, useAction } from "../../ui/parts.js";
import { LaterDialog, ReasonDialog } from "./work_dialogs.js";

/** @import { App } from "../../ui/app.js" */
/** @import { CallbackItem } from "../../core/work_shapes.js" */

/**
 * @param {{app: App, items: CallbackItem[], frozenAt: number | null, onlyWork?: boolean, chief?: boolean, changed?: () => void}} props
 * `onlyWork`: nothing is shown while there is nothing to do; `chief`: may end what others have taken; `changed` after each act, where no stream tells of it
 */
export function Callbacks({ app, items, frozenAt, onlyWork = false, chief = false, changed = () => undefined }) {
  const [chosen, setChosen] = useState(/** @type {{item: CallbackItem, what: "cancel" | "reschedule"} | null} */ (null));
  const action = useAction(async (/** @type {CallbackItem} */ item, /** @type {string} */ name, /** @type {object} */ body) => {
    await app.api.post(`callbacks/${item.id}/${name}`, body);
    if (name === "call-back") await dialler.peek()?.dial(item.number, item.customer_id);
    changed();
  });
  if (onlyWork && !items.length) return null;
  const act = (/** @type {CallbackItem} */ item, /** @type {string} */ name) => (name === "cancel" || name === "reschedule" ? setChosen({ item, what: name }) : void action.run(item, name, {}));
  const close = () => setChosen(null);
  return html`<section class="panel lost-calls callbacks" aria-labelledby="callbacks-title">
    <div class="panel-head"><h2 id="callbacks-title">${t("callbacks.title")}</h2><span class="count">${items.length}</span></div>
    ${chosen === null && html`<${Problem} error=${action.error} />`}
    ${items.length === 0
      ? html`<${Empty} icon="checkCircle" title=${t("callbacks.none")} text=${t("callbacks.noneText")} />`
      : html`<ul class="lost-list">${items.map((item) => html`<${Row} key=${item.id} item=${item} frozenAt=${frozenAt} me=${app.who.user.id} busy=${action.busy} dial=${dialler.value} chief=${chief} act=${act} />`)}</ul>`}
    ${chosen?.what === "cancel" && html`<${ReasonDialog} title=${t("callbacks.cancelTitle", { number: chosen.item.name || chosen.item.number })} hint=${t("callbacks.cancelHint")} button=${t("callbacks.cancel")} close=${close} send=${(/** @type {string} */ reason) => action.run(chosen.item, "cancel", { reason })} error=${action.error} busy=${action.busy} />`}
    ${chosen?.what === "reschedule" && html`<${LaterDialog} title=${t("callbacks.laterTitle", { number: chosen.item.name || chosen.item.number })} now=${app.clock.now()} dueAt=${chosen.item.due_at} close=${close} send=${(/** @type {number | null} */ due) => action.run(chosen.item, "reschedule", { due_at: due })} error=${action.error} busy=${action.busy} />`}
  </section>`;
}

/** @param {{item: CallbackItem, frozenAt: number | null, me: number, busy: boolean, dial: any, chief: boolean, act: (item: CallbackItem, name: string) => void}} props */
function Row({ item, frozenAt, me, busy, dial, chief, act }) {
  const mine = item.claimed_by === me;
  const taken = item.claimed_by !== null && !mine;
  const offered = item.state === "offered";
  const zone = siteZone.value;
  const button = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, primary = false) => html`<button type="button" class=${cls("button small", primary && "primary")} disabled=${busy || offered || (name === "call-back" && Boolean(dial?.why))}
    title=${name === "call-back" && dial?.why ? t(`error.${dial.why}`) : undefined} onClick=${() => act(item, name)}><${Icon} name=${icon} size=${15} />${text}</button>`;
  const when = item.due_at !== null ? t("callbacks.due", { time: dateTime(item.due_at, zone) }) : item.not_before !== null && item.attempts > 0 ? t("callbacks.again", { time: dateTime(item.not_before, zone) }) : t("callbacks.atTurn");
  const stands = offered ? t("callbacks.offered") : item.claimed_by === null ? when : t("lost.claimed", { name: item.claimed_by_name });
  return html`<li class=${cls("lost-item", mine && "mine", taken && "taken")}>
    <span class="lost-who"><span class="who">${item.name || item.number}</span><span class="sub">${[item.name && item.number, item.queue].filter(Boolean).join(" · ")}</span></span>
    <span class="lost-facts"><b>${item.attempts ? t("callbacks.tries", { n: item.attempts }) : t("callbacks.untried")}</b><span class="sub">${item.reason ? word("callbackResult", item.reason) : ""}</span></span>
    <span class="lost-age"><${Elapsed} since=${item.joined_at} frozenAt=${frozenAt} /><span class="sub">${stands}</span></span>
    <span class="lost-actions">
      ${item.claimed_by === null && button("claim", "user", t("lost.claim"))}
      ${dial && !taken && button("call-back", "phoneOut", t("lost.callBack"), mine)}
      ${(mine || (taken && chief)) && button("release", "left", t("lost.release"))}
      ${(!taken || chief) && button("reschedule", "clock", t("callbacks.later"))}${(!taken || chief) && button("cancel", "close", t("callbacks.cancel"))}
    </span></li>`;
}
