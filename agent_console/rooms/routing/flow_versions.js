/** Every version that was published: by whom, when, why, what it changed; each can be taken back to. */

import { tidy } from "../../core/flow_edit.js";
import { t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Differences } from "./flow_conflict.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Editor } from "./flow_editor.js" */

/** @param {{editor: Editor, desk: any, api: Api}} props */
export function Versions({ editor, desk, api }) {
  const list = useAnswer(() => api.get(`${desk.path}/versions`), [desk.published]);
  const [open, setOpen] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(/** @type {number | null} */ (null));
  const show = useAction(async (/** @type {number} */ version) => setOpen(open?.version === version ? null : { version, document: tidy(await api.get(`${desk.path}/versions/${version}`)) }));
  const back = useAction(async (/** @type {number} */ version) => {
    desk.heard(await api.post(`${desk.path}/roll-back`, { version, revision: desk.revision }));
    setSure(null);
    list.again();
  });
  const items = list.data ?? [];
  return html`<div class="flow-form"><div class="flow-form-head"><div><h2>${t("flows.versions")}</h2><p class="quiet">${t("flows.versionsHint")}</p></div><button type="button" class="icon-button push-end" onClick=${desk.close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <${Problem} error=${list.error ?? show.error ?? back.error} />
    ${list.busy && !list.data ? html`<${Loading} />` : items.length === 0 && html`<${Empty} icon="list" title=${t("flows.noVersions")} text=${t("flows.noVersionsText")} />`}
    <ol class="flow-versions">${items.map((/** @type {any} */ one) => html`<li key=${one.version} class=${cls(one.live && "live")}>
      <div class="flow-version-head"><b>${t("flows.version", { version: one.version })}</b>${one.live && html`<span class="outcome outcome-answered"><${Icon} name="checkCircle" size=${14} />${t("flows.live")}</span>`}</div>
      <span class="sub">${dateTime(one.published_at, siteZone.value)} · ${one.published_by_name || "–"}</span>${one.note && html`<p>${one.note}</p>`}
      ${open?.version === one.version && html`<p class="quiet">${t("flows.againstDraft")}</p><${Differences} before=${open.document} after=${editor.doc} />`}
      <div class="form-end"><button type="button" class="link" onClick=${() => show.run(one.version)}>${open?.version === one.version ? t("flows.hide") : t("flows.compare2")}</button>
        <button type="button" class="link" onClick=${async () => { editor.apply(tidy(await api.get(`${desk.path}/versions/${one.version}`))); }}>${t("flows.intoDraft")}</button>
        ${!one.live && html`<button type="button" class=${cls("button small push-end", sure === one.version && "danger-button")} disabled=${back.busy} onClick=${() => (sure === one.version ? back.run(one.version) : setSure(one.version))}>${sure === one.version ? t("flows.sureBack", { version: one.version }) : t("flows.rollBack")}</button>`}</div></li>`)}</ol></div>`;
}
