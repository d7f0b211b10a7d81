/** What becomes of a call that was begun on a page without call control: a bar with a way out, and for a moment how it ended. */

import { browserPhone } from "../../core/browser_phone.js";
import { caller } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { cls, html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Problem, useAction } from "../../ui/parts.js";
import { stale } from "../../ui/connection.js";
import { useShortcut } from "../../ui/shortcuts.js";
import { phase } from "./my_calls.js";

/** @import { App } from "../../ui/app.js" */
/** @import { MyCallJson } from "../../core/shapes.js" */

/** Milliseconds for which the end of a call is shown. */
const SHOWN = 8000;

/** @param {{app: App}} props */
export function CallBar({ app }) {
  const me = app.live.me.value;
  const [seen, setSeen] = useState(/** @type {MyCallJson | null} */ (null));
  const ended = me?.ended ?? null;
  useEffect(() => {
    const timer = ended ? setTimeout(() => setSeen(ended), SHOWN) : undefined;
    return () => clearTimeout(timer);
  }, [ended]);
  // The phone in this page shows its calls itself.
  if (!me || browserPhone.value) return null;
  const frozenAt = stale(app, me.agent ? new Set([me.agent.pbx]) : undefined)?.since ?? null;
  const calls = [...me.calls.values()];
  const over = calls.length === 0 && ended && ended !== seen ? ended : null;
  return html`<div class=${cls("call-bar", (calls.length > 0 || over) && "on")} role="status">
    ${calls.map((call) => html`<${Line} key=${call.id} call=${call} app=${app} frozenAt=${frozenAt} />`)}
    ${over && html`<div class="call-bar-line"><${Icon} name="phoneOff" /><b>${caller(over) || t("call.withheld")}</b><span>${t("callBar.over")}${over.outcome ? ` · ${word("outcome", over.outcome)}` : ""}</span>
      <button type="button" class="icon-button" onClick=${() => setSeen(over)}><${Icon} name="close" size=${16} label=${t("action.close")} /></button></div>`}
  </div>`;
}

/** @type {Record<string, string>} */
const icons = { ringing: "bell", held: "hold", talking: "phone", dialling: "phoneOut" };

/** @param {{call: MyCallJson, app: App, frozenAt: number | null}} props */
function Line({ call, app, frozenAt }) {
  const act = useAction(() => app.api.command(`calls/${encodeURIComponent(call.id)}/hangup`));
  const now = phase(call);
  useShortcut("hangUp", act.run, act.busy ? "busy" : frozenAt !== null ? "pbx_not_connected" : "", now === "ringing" ? 1 : 0);
  const since = call.answered_at ?? call.delivered_at;
  return html`<div class=${`call-bar-line call-bar-${now}`}><${Icon} name=${icons[now] ?? "phone"} /><b>${caller(call) || t("call.withheld")}</b><span>${t(`phase.${now}`)}</span>
    ${since !== null && html`<${Elapsed} since=${since} frozenAt=${frozenAt} />`}<${Problem} error=${act.error} />
    <button type="button" class="button small danger-button" disabled=${act.busy || frozenAt !== null} onClick=${() => act.run()}><${Icon} name="phoneOff" size=${16} />${t(now === "ringing" ? "control.refuse" : "control.hangup")}</button></div>`;
}
