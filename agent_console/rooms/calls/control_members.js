/** Who is in a conference; each can be muted, made to listen only, or put out. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { ControlButton } from "./control_button.js";

/** @import { MemberJson } from "../../core/control_shapes.js" */

/** @param {{members: MemberJson[], why: string, run: (name: string, body?: object) => Promise<boolean>}} props */
export function Members({ members, why, run }) {
  return html`<ul class="members" aria-label=${t("control.members")}>${members.map((one) => html`<li key=${one.leg} data-leg=${one.leg}>
    <span class="member-who"><${Icon} name=${one.muted || one.listen_only ? "micOff" : "user"} size=${16} /><b>${one.mine ? t("control.you") : one.name || one.number || t("call.withheld")}</b>
      ${one.listen_only ? html`<span class="tag">${t("control.listensOnly")}</span>` : one.muted && html`<span class="tag">${t("control.isMuted")}</span>`}</span>
    ${!one.mine && html`<${Buttons} one=${one} why=${why} run=${run} />`}
  </li>`)}</ul>`;
}

/** @param {{one: MemberJson, why: string, run: (name: string, body?: object) => Promise<boolean>}} props */
function Buttons({ one, why, run }) {
  const path = `conference/members/${encodeURIComponent(one.leg)}`;
  return html`<span class="control-row">
    <${ControlButton} icon=${one.muted ? "micOff" : "mic"} label=${one.muted ? t("control.unmute") : t("control.mute")} why=${why} pressed=${one.muted} click=${() => run(`${path}/mute`, { on: !one.muted })} />
    <${ControlButton} icon="headset" label=${t("control.listenOnly")} why=${why} pressed=${one.listen_only} click=${() => run(`${path}/listen-only`, { on: !one.listen_only })} />
    <${ControlButton} icon="close" label=${t("control.remove")} why=${why} click=${() => run(`${path}/remove`)} />
  </span>`;
}
