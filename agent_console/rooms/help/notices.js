/** Notices on top of the page until they are read or their time is over. */

import { holding } from "../../core/help.js";
import { t } from "../../core/i18n.js";
import { second, shortTime, siteZone } from "../../core/time.js";
import { computed, html, useMemo } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { NoticeJson } from "../../core/help_shapes.js" */

/** @param {{notices: NoticeJson[], api: Api}} props */
export function NoticeBars({ notices, api }) {
  const held = useMemo(() => computed(() => holding(notices, second.value).map((one) => one.id).join()), [notices]);
  const ids = new Set(held.value.split(",").map(Number));
  return html`${notices.filter((one) => ids.has(one.id)).map((one) => html`<${Bar} key=${one.id} notice=${one} api=${api} />`)}`;
}

/** @param {{notice: NoticeJson, api: Api}} props */
function Bar({ notice, api }) {
  const read = useAction(() => api.post(`me/notices/${notice.id}/read`));
  return html`<div class="notice" role="alert"><${Icon} name="megaphone" /><div class="notice-body"><p class="notice-text">${notice.text}</p>
      <p class="sub">${t("notice.from", { name: notice.by, time: shortTime(notice.sent_at, siteZone.value) })}</p><${Problem} error=${read.error} /></div>
    <button type="button" class="button small" disabled=${read.busy} onClick=${() => read.run()}><${Icon} name="check" size=${15} />${t("notice.read")}</button></div>`;
}
