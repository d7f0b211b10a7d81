/** One thread of short messages, beside the work and not over it: a call goes on while one reads. */

import { t } from "../../core/i18n.js";
import { dateTime, day, shortTime, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { MessageJson } from "../../core/help_shapes.js" */

const LONGEST = 500;

/**
 * @param {{api: Api, path: string, title: string, asAgent: boolean, turn: number, close: () => void}} props
 * `path` of the thread; `turn` changes with every message and every mark: then it is asked for again
 */
export function Thread({ api, path, title, asAgent, turn, close }) {
  const [more, setMore] = useState(1);
  const answer = useAnswer(/** @returns {Promise<{items: MessageJson[], next_cursor: string | null}>} */ () => api.get(path, { limit: Math.min(200, 30 * more) }), [path, turn, more]);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const items = [...(answer.data?.items ?? [])].reverse();
  const newest = items.filter((one) => one.from_agent !== asAgent && one.read_at === null).at(-1)?.id;
  useEffect(() => {
    // Read is what was on the screen: not what arrived behind another window.
    const mark = () => newest && document.visibilityState === "visible" && api.post(`${path}/read`, { up_to: newest }).catch(() => undefined);
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [newest, path]);
  const last = items.at(-1)?.id;
  useEffect(() => {
    const list = box.current?.querySelector(".thread-list");
    if (list) list.scrollTop = list.scrollHeight;
  }, [last]);
  useEffect(() => box.current?.querySelector("textarea")?.focus(), [path]);
  const keys = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && !event.isComposing && close();
  return html`<aside class="thread panel" ref=${box} aria-label=${title} onKeyDown=${keys}>
    <div class="panel-head"><h2>${title}</h2><button type="button" class="icon-button push-end" onClick=${close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <div class="thread-list" role="log" aria-label=${t("message.title")}>
      ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
      ${!answer.data && answer.busy ? html`<${Loading} />` : null}
      ${answer.data && items.length === 0 ? html`<${Empty} icon="chat" title=${t("message.none")} text=${t(asAgent ? "message.noneAgent" : "message.noneChief")} />` : null}
      ${answer.data?.next_cursor && more < 7 && html`<button type="button" class="link" onClick=${() => setMore(more + 1)}>${t("message.older")}</button>`}
      ${items.map((one) => html`<${Bubble} key=${one.id} one=${one} mine=${one.from_agent === asAgent} />`)}
    </div>
    <${Write} api=${api} path=${path} sent=${answer.again} />
  </aside>`;
}

/** @param {{one: MessageJson, mine: boolean}} props */
function Bubble({ one, mine }) {
  const zone = siteZone.value;
  const today = day(one.sent_at, zone) === day(Date.now() / 1000, zone);
  const read = one.read_at !== null ? t("message.read", { name: one.read_by_name, time: shortTime(one.read_at, zone) }) : t("message.unread");
  return html`<div class=${cls("bubble", mine && "mine")}><p class="bubble-text">${one.text}</p>
    <p class="bubble-foot"><span>${one.sender_name}</span><time>${today ? shortTime(one.sent_at, zone) : dateTime(one.sent_at, zone)}</time>
      ${mine && html`<span class=${cls("bubble-read", one.read_at !== null && "done")} title=${read}><${Icon} name="check" size=${13} label=${read} /></span>`}</p></div>`;
}

/** @param {{api: Api, path: string, sent: () => void}} props */
function Write({ api, path, sent }) {
  const [text, setText] = useState("");
  const send = useAction(() => api.post(path, { text }));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim() && (await send.run())) {
      setText("");
      sent();
    }
  };
  // Enter that ends the choosing of an input method is not a sending.
  const keys = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && submit(event);
  return html`<form class="thread-write" onSubmit=${submit}><${Problem} error=${send.error} />
    <textarea rows="2" maxlength=${LONGEST} aria-label=${t("message.write")} placeholder=${t("message.hint")} value=${text} onKeyDown=${keys} onInput=${(/** @type {any} */ e) => setText(e.target.value)}></textarea>
    <div class="form-end">${text.length > LONGEST - 100 && html`<span class="quiet">${t("message.left", { n: LONGEST - text.length })}</span>`}
      <button type="submit" class="button small primary push-end" disabled=${send.busy || !text.trim()}>${t("message.send")}</button></div></form>`;
}
