/** The parked calls; anybody may take one. Nothing is shown while there is none. */

import { t } from "../../core/i18n.js";
import { html, useEffect } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { ControlButton } from "./control_button.js";

/** @import { Api } from "../../core/api.js" */
/** @import { ParkedJson } from "../../core/control_shapes.js" */

/** Milliseconds between two looks at the parking spaces. */
const LOOK = 5000;

/** @param {{api: Api, why: string, turn: string, frozenAt: number | null}} props `turn` changes when the own calls do: then it is looked at at once */
export function ParkList({ api, why, turn, frozenAt }) {
  const answer = useAnswer(/** @returns {Promise<{items: ParkedJson[]}>} */ () => api.get("parked"), [turn]);
  const take = useAction((/** @type {string} */ slot) => api.command(`parked/${encodeURIComponent(slot)}/pickup`));
  useEffect(() => {
    const timer = setTimeout(() => document.visibilityState === "visible" && answer.again(), LOOK);
    const seen = () => document.visibilityState === "visible" && answer.again();
    document.addEventListener("visibilitychange", seen);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [answer.data, answer.error]);
  const parked = answer.data?.items ?? [];
  if (!parked.length) return null;
  return html`<section class="panel parked" aria-labelledby="parked-title">
    <div class="panel-head"><h2 id="parked-title">${t("control.parked")}</h2><span class="count">${parked.length}</span></div>
    <ul>${parked.map((one) => html`<li key=${one.slot} data-slot=${one.slot}><span class="parked-who"><${Icon} name="park" size=${16} /><b>${one.name || one.number || t("call.withheld")}</b>
      <span class="sub">${one.slot} · <${Elapsed} since=${one.since} frozenAt=${frozenAt} /></span></span>
      <${ControlButton} icon="phoneIn" label=${t("control.pickup")} why=${take.busy ? "busy" : why} click=${() => take.run(one.slot)} /></li>`)}</ul>
    <${Problem} error=${take.error} />
  </section>`;
}
