/** The bar of a consultation: who is asked, and what can be done with both. */

import { t } from "../../core/i18n.js";
import { html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { useShortcut } from "../../ui/shortcuts.js";
import { ControlButton } from "./control_button.js";

/** @import { Command, ControlJson } from "../../core/control_shapes.js" */

/** @param {{control: ControlJson, why: (command: Command) => string, run: (name: string) => Promise<boolean>}} props */
export function ConsultBar({ control, why, run }) {
  const who = control.consult;
  useShortcut("complete", () => run("consult/complete"), why("complete"));
  const name = who?.name || who?.number || t("control.colleague");
  const state = who?.state ?? "dialling";
  return html`<div class="consult-bar" role="group" aria-label=${t("control.consultation")}>
    <p class="consult-who" role="status"><${Icon} name=${state === "held" ? "hold" : "users"} /><b>${name}</b><span>${t(`control.consultState.${state}`)}</span></p>
    <div class="control-row">
      <${ControlButton} icon="swap" label=${t("control.swap")} why=${why("swap")} click=${() => run("consult/swap")} />
      <${ControlButton} icon="check" label=${t("control.complete")} why=${why("complete")} click=${() => run("consult/complete")} />
      <${ControlButton} icon="plus" label=${t("control.conference")} why=${why("conference")} click=${() => run("conference")} />
      <${ControlButton} icon="close" label=${t("control.cancel")} why=${why("cancel")} click=${() => run("consult/cancel")} />
    </div>
  </div>`;
}
