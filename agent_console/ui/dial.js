/** Click-to-call: a button beside a number, on any page, for everybody who has a phone. His own phone rings first. */

import { t } from "../core/i18n.js";
import { cls, html, signal, useEffect } from "./html.js";
import { Icon } from "./icons.js";
import { useAction } from "./parts.js";
import { stale } from "./connection.js";
import { errorText } from "../core/api.js";

/** @import { App } from "./app.js" */
/** @typedef {{dial: (number: string, customerId: number | null) => Promise<any>, why: string}} Dialler `why`: the code of why not, or empty */

/** How this page dials; null where nobody has a phone. */
export const dialler = signal(/** @type {Dialler | null} */ (null));

/** Why the user of this page cannot dial now, as a code; null when he has nothing to dial with. @param {App} app @returns {string | null} */
function whyNot(app) {
  const me = app.live.me.value;
  const roles = app.who.user.roles;
  if (!roles.includes("agent") && !roles.includes("supervisor")) return null;
  // An agent is told that he has no phone; on the other pages nobody expects one.
  if (!app.who.agent && !me?.agent) return app.page === "agent" ? "no_phone" : null;
  if (!me || stale(app, me.agent ? new Set([me.agent.pbx]) : undefined)) return "pbx_not_connected";
  if ([...me.calls.values()].some((call) => call.my_leg_state === "alerting")) return "ringing";
  return me.calls.size ? "on_a_call" : "";
}

/** Let the numbers of this page be dialled. @param {App} app @returns {string} the code of why not, or empty */
export function useDialler(app) {
  const why = whyNot(app);
  useEffect(() => {
    const dial = (/** @type {string} */ number, /** @type {number | null} */ customerId) => app.api.command("dial", customerId === null ? { number } : { number, customer_id: customerId });
    dialler.value = why === null ? null : { dial, why };
  }, [why]);
  return why ?? "no_phone";
}

/**
 * @param {{number: string | null | undefined, customerId?: number | null, back?: boolean, text?: boolean}} props
 * `back`: it is a call back; `text`: with a word beside the sign
 */
export function DialButton({ number, customerId = null, back = false, text = false }) {
  const act = useAction(() => dialler.peek()?.dial(number ?? "", customerId) ?? Promise.resolve());
  const how = dialler.value;
  if (!how || !number) return null;
  const off = how.why || (act.busy ? "busy" : "");
  const name = back ? t("dial.back", { number }) : t("dial.number", { number });
  const label = how.why ? `${name} – ${t(`error.${how.why}`)}` : name;
  return html`<span class="dial"><button type="button" class=${cls(text ? "button small" : "icon-button", "dial-button")} aria-disabled=${off ? "true" : "false"} title=${label} aria-label=${text ? label : undefined} onClick=${() => !off && act.run()}>
    <${Icon} name="phoneOut" size=${15} label=${text ? undefined : label} />${text && t(back ? "dial.backShort" : "dial.short")}</button>${act.error ? html`<span class="dial-error" role="alert">${errorText(act.error)}</span>` : null}</span>`;
}
