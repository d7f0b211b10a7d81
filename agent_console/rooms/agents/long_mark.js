/** The mark on what lasts too long. Only the mark is drawn anew when it comes, not its row. */

import { tooLong } from "../../core/too_long.js";
import { t } from "../../core/i18n.js";
import { second } from "../../core/time.js";
import { computed, html, useMemo } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";

/** @import { AgentJson } from "../../core/shapes.js" */

/** @type {Record<string, string>} */
const texts = { call: "tiles.longCall", wrap: "tiles.longWrap", pause: "tiles.longPause" };

/** @param {{agent: AgentJson, frozenAt: number | null}} props */
export function LongMark({ agent, frozenAt }) {
  const why = useMemo(() => computed(() => tooLong(agent, frozenAt ?? second.value)), [agent, frozenAt]);
  return why.value ? html`<span class="long-mark"><${Icon} name="clock" size=${14} label=${t(texts[why.value] ?? "tiles.longCall")} /></span>` : null;
}
