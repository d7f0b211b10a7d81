/** The ways into the threads: an agent's own, and for supervisors that of each agent; with a badge for what is unread. */

import { t } from "../../core/i18n.js";
import { cls, html, signal, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Thread } from "./thread.js";

/** @import { App } from "../../ui/app.js" */
/** @import { OwnHelp } from "../../core/help.js" */

/** The agent whose thread is open on a supervisor's page. */
const chosen = signal(/** @type {{id: number, name: string} | null} */ (null));

/** @param {{n: number}} props */
const Badge = ({ n }) => (n > 0 ? html`<b class="badge" aria-hidden="true">${n > 99 ? "99+" : n}</b>` : null);

/** The agent's button and, when it is open, his thread. @param {{app: App, help: OwnHelp}} props */
export function OwnMessages({ app, help }) {
  const [open, setOpen] = useState(false);
  const label = help.unread ? t("message.openUnread", { n: help.unread }) : t("message.open");
  return html`<button type="button" class=${cls("icon-button badged", help.unread > 0 && "unread")} aria-expanded=${open ? "true" : "false"} title=${label} onClick=${() => setOpen(!open)}><${Icon} name="chat" label=${label} /><${Badge} n=${help.unread} /></button>
    <span class="sr" role="status">${help.unread ? t("message.openUnread", { n: help.unread }) : ""}</span>
    ${open && html`<${Thread} api=${app.api} path="me/messages" title=${t("message.withChiefs")} asAgent=${true} turn=${help.turn} close=${() => setOpen(false)} />`}`;
}

/** The button at an agent's row; with `unreadOnly` it shows only when there is something. @param {{app: App, userId: number | null, name: string, unreadOnly?: boolean}} props */
export function MessageButton({ app, userId, name, unreadOnly = false }) {
  const n = userId === null ? 0 : app.live.help.value?.unread.get(userId) ?? 0;
  if (userId === null || userId === app.who.user.id || (unreadOnly && !n)) return null;
  const label = n ? t("message.toUnread", { name, n }) : t("message.to", { name });
  return html`<button type="button" class=${cls("icon-button badged", n > 0 && "unread")} title=${label} onClick=${() => (chosen.value = { id: userId, name })}><${Icon} name="chat" size=${16} label=${label} /><${Badge} n=${n} /></button>`;
}

/** The thread that a supervisor has opened. @param {{app: App}} props */
export function ChosenThread({ app }) {
  const one = chosen.value;
  if (!one) return null;
  return html`<${Thread} key=${one.id} api=${app.api} path=${`agents/${one.id}/messages`} title=${t("message.to", { name: one.name })} asAgent=${false}
    turn=${app.live.help.value?.turns.get(one.id) ?? 0} close=${() => (chosen.value = null)} />`;
}
