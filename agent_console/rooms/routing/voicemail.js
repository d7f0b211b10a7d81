/** Messages that callers left: listen, take, call back, done, dismiss. What nobody has heard is marked. */

import { t } from "../../core/i18n.js";
import { dateTime, duration, siteZone } from "../../core/time.js";
import { dialler } from "../../ui/dial.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Problem, useAction } from "../../ui/parts.js";
import { ReasonDialog } from "./work_dialogs.js";

/** @import { App } from "../../ui/app.js" */
/** @import { VoicemailItem } from "../../core/work_shapes.js" */

/** @param {{app: App, items: VoicemailItem[], onlyWork?: boolean, chief?: boolean, changed?: () => void}} props see Callbacks */
export function Voicemail({ app, items, onlyWork = false, chief = false, changed = () => undefined }) {
  const [dismissing, setDismissing] = useState(/** @type {VoicemailItem | null} */ (null));
  const [playing, setPlaying] = useState(/** @type {{id: number, url: string} | null} */ (null));
  const action = useAction(async (/** @type {VoicemailItem} */ item, /** @type {string} */ name, /** @type {object} */ body) => {
    const answer = await app.api.post(`voicemail/${item.id}/${name}`, body);
    if (name === "listen") setPlaying({ id: item.id, url: answer.url });
    if (name === "call-back") await dialler.peek()?.dial(item.number, null);
    changed();
  });
  if (onlyWork && !items.length) return null;
  const fresh = items.filter((item) => item.new).length;
  const act = (/** @type {VoicemailItem} */ item, /** @type {string} */ name) => (name === "dismiss" ? setDismissing(item) : void action.run(item, name, {}));
  return html`<section class="panel lost-calls voicemail" aria-labelledby="voicemail-title">
    <div class="panel-head"><h2 id="voicemail-title">${t("voicemail.title")}</h2><span class="count">${items.length}</span>${fresh > 0 && html`<span class="tag draft">${t("voicemail.fresh", { n: fresh })}</span>`}</div>
    ${dismissing === null && html`<${Problem} error=${action.error} />`}
    ${items.length === 0
      ? html`<${Empty} icon="checkCircle" title=${t("voicemail.none")} text=${t("voicemail.noneText")} />`
      : html`<ul class="lost-list">${items.map((item) => html`<${Row} key=${item.id} item=${item} me=${app.who.user.id} busy=${action.busy} dial=${dialler.value} chief=${chief} act=${act} url=${playing?.id === item.id ? playing.url : ""} />`)}</ul>`}
    ${dismissing && html`<${ReasonDialog} title=${t("lost.dismissTitle", { number: dismissing.number || t("call.withheld") })} hint=${t("lost.reasonHint")} button=${t("lost.dismiss")} close=${() => setDismissing(null)} send=${(/** @type {string} */ reason) => action.run(dismissing, "dismiss", { reason })} error=${action.error} busy=${action.busy} />`}
  </section>`;
}

/** @param {{item: VoicemailItem, me: number, busy: boolean, dial: any, chief: boolean, act: (item: VoicemailItem, name: string) => void, url: string}} props */
function Row({ item, me, busy, dial, chief, act, url }) {
  const mine = item.claimed_by === me;
  const taken = item.claimed_by !== null && !mine;
  const button = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, primary = false) => html`<button type="button" class=${cls("button small", primary && "primary")} disabled=${busy || (name === "call-back" && Boolean(dial?.why))} onClick=${() => act(item, name)}><${Icon} name=${icon} size=${15} />${text}</button>`;
  return html`<li class=${cls("lost-item", mine && "mine", taken && "taken")}>
    <span class="lost-who"><span class="who">${item.number || t("call.withheld")}${item.new && html` <span class="tag draft">${t("voicemail.new")}</span>`}</span><span class="sub">${item.queue}</span></span>
    <span class="lost-facts"><b>${duration(Math.round(item.seconds))}</b><span class="sub">${dateTime(item.began_at, siteZone.value)}</span></span>
    <span class="lost-age">${url ? html`<audio controls autoplay src=${url} aria-label=${t("voicemail.player", { number: item.number || t("call.withheld") })}></audio>` : button("listen", "play", t("voicemail.listen"), item.new)}<span class="sub">${item.claimed_by === null ? t("lost.open") : t("lost.claimed", { name: item.claimed_by_name })}</span></span>
    <span class="lost-actions">
      ${item.claimed_by === null && button("claim", "user", t("lost.claim"))}
      ${dial && item.number && !taken && button("call-back", "phoneOut", t("lost.callBack"), mine)}
      ${(mine || (taken && chief)) && button("release", "left", t("lost.release"))}
      ${(!taken || chief) && button("done", "check", t("lost.done"))}${(!taken || chief) && button("dismiss", "close", t("lost.dismiss"))}
    </span></li>`;
}
