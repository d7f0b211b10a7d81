/** The agent's side of help: his hand. One button raises it, the same lowers it; who comes stands on it. */

import { t } from "../../core/i18n.js";
import { cls, html } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Elapsed, Problem, useAction } from "../../ui/parts.js";
import { keyFor, useShortcut } from "../../ui/shortcuts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { HandJson } from "../../core/help_shapes.js" */

/** @param {{hand: HandJson | null, api: Api, frozenAt: number | null}} props */
export function HandButton({ hand, api, frozenAt }) {
  const act = useAction(() => api.post(hand ? "me/hand/lower" : "me/hand/raise"));
  useShortcut("help", () => act.run(), act.busy ? "busy" : "");
  const key = keyFor("help");
  const label = t(hand ? "help.lowerOwn" : "help.raise");
  return html`<div class="hand-box"><button type="button" class=${cls("button hand-button", hand && "up", Boolean(hand?.coming_at) && "coming")} aria-pressed=${hand ? "true" : "false"} disabled=${act.busy}
      title=${key ? `${label} (${key})` : label} onClick=${() => act.run()}><${Icon} name="hand" size=${17} /><span class="hand-word">${hand?.coming_at ? t("help.comes", { name: hand.coming_by_name }) : t(hand ? "help.up" : "help.raise")}</span>${hand && html`<${Elapsed} since=${hand.raised_at} frozenAt=${frozenAt} />`}</button>
    <span class="sr" role="status">${hand?.coming_at ? t("help.comes", { name: hand.coming_by_name }) : ""}</span>
    <${Problem} error=${act.error} /></div>`;
}
