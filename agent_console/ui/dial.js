/** Click-to-call: a button beside a number, wherever one stands. The page of an agent says how it is dialled. */

import { t } from "../core/i18n.js";
import { html, signal } from "./html.js";
import { Icon } from "./icons.js";
import { useAction } from "./parts.js";
import { errorText } from "../core/api.js";

/** @typedef {{dial: (number: string, customerId: number | null) => Promise<any>, why: string}} Dialler `why`: the code of why not, or empty */

/** How this page dials; null where nobody has a phone. */
export const dialler = signal(/** @type {Dialler | null} */ (null));

/** @param {{number: string | null | undefined, customerId?: number | null}} props */
export function DialButton({ number, customerId = null }) {
  const act = useAction(() => dialler.peek()?.dial(number ?? "", customerId) ?? Promise.resolve());
  const how = dialler.value;
  if (!how || !number) return null;
  const off = how.why || (act.busy ? "busy" : "");
  const label = how.why ? `${t("dial.number", { number })} – ${t(`error.${how.why}`)}` : t("dial.number", { number });
  return html`<span class="dial"><button type="button" class="icon-button dial-button" aria-disabled=${off ? "true" : "false"} title=${label} onClick=${() => !off && act.run()}>
    <${Icon} name="phoneOut" size=${15} label=${label} /></button>${act.error ? html`<span class="dial-error" role="alert">${errorText(act.error)}</span>` : null}</span>`;
}
