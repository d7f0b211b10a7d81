/** The browser phone on a page that rarely needs it: nothing of it is loaded before somebody asks for it. */

import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";

/** @import { App } from "../../ui/app.js" */
/** @import { PhoneJson } from "../../core/shapes.js" */

/** @param {{app: App, shown: PhoneJson}} props */
export function PhoneSlot({ app, shown }) {
  const [panel, setPanel] = useState(/** @type {{draw: any} | null} */ (null));
  const load = useAction(async () => {
    const { PhonePanel } = await import("./phone_panel.js");
    setPanel({ draw: PhonePanel });
  });
  if (panel) return html`<div class="phone-slot"><${panel.draw} app=${app} shown=${shown} /></div>`;
  return html`<div class="phone-slot closed"><button type="button" class="button small" disabled=${load.busy} onClick=${() => load.run()}><${Icon} name="phone" size=${16} />${t("phone.here")}</button>
    <span class="quiet">${t("phone.hereText")}</span><${Problem} error=${load.error} /></div>`;
}
