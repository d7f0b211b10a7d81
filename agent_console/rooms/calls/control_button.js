/** One button of a call's control. */

import { t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/**
 * A button that stays in the order of the Tab key when it cannot be used, so that its reason can be read and heard.
 * @param {{icon: string, label: string, why: string, click: () => void, pressed?: boolean | null, kind?: string}} props
 */
export function ControlButton({ icon, label, why, click, pressed = null, kind }) {
  const reason = why && why !== "busy" && why !== "guarded" ? t(`error.${why}`) : "";
  return html`<button type="button" class=${cls("control-button", kind)} aria-disabled=${why ? "true" : "false"} aria-pressed=${pressed === null ? undefined : String(pressed)}
    title=${reason || label} aria-label=${reason ? `${label} – ${reason}` : undefined} onClick=${() => !why && click()}>
    <${Icon} name=${icon} size=${18} /><span>${label}</span></button>`;
}
