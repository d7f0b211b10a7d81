/** The forms of the house: begin with one, change a draft, publish. */

import { language, t } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Problem, useAction } from "../../ui/parts.js";
import { FormEditor } from "./form_editor.js";
import { Part } from "./marks.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, forms: {data: any, error: unknown, again: () => void}, mayEdit: boolean}} props */
export function Forms({ api, forms, mayEdit }) {
  const [editing, setEditing] = useState(/** @type {any} */ (null));
  const add = useAction(async (/** @type {string} */ template) => {
    setEditing(await api.post("qa/forms", { name: t(template ? `qaForm.${template}` : "qaForm.empty"), template }));
    forms.again();
  });
  const publish = useAction(async (/** @type {any} */ form) => {
    await api.post(`qa/forms/${form.id}/publish`);
    forms.again();
  });
  const retire = useAction(async (/** @type {any} */ form) => {
    await api.post(`qa/forms/${form.id}/retire`, { retired: !form.retired });
    forms.again();
  });
  const rows = forms.data?.items ?? [];
  const ways = mayEdit && html`<span class="one-line">${[language.value === "en" ? "en" : "zh-CN", language.value === "en" ? "zh-CN" : "en", ""].map((one) => html`<button key=${one} type="button" class="button small" disabled=${add.busy} onClick=${() => add.run(one)}><${Icon} name="plus" size=${15} />${t(one ? `qaForm.${one}` : "qaForm.empty")}</button>`)}</span>`;
  if (editing) return html`<${FormEditor} api=${api} form=${editing} back=${() => { setEditing(null); forms.again(); }} />`;
  return html`<${Part} id="forms-title" title=${t("qaTab.forms")} action=${rows.length > 0 && ways}><${Problem} error=${forms.error || add.error || publish.error || retire.error} again=${forms.again} />
    ${forms.data && rows.length === 0 && html`<${Empty} icon="note" title=${t("qa.noForms")} text=${t("qa.noFormsText")}>${ways}<//>`}
    ${rows.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("qa.name")}</th><th scope="col">${t("qa.version")}</th><th scope="col">${t("qa.published")}</th><th scope="col" class="number">${t("qa.questions")}</th><th></th></tr></thead><tbody>
      ${rows.map((/** @type {any} */ form) => html`<tr key=${form.id} class=${form.retired ? "off" : ""}><th scope="row" class="who">${form.name}${form.draft && html` <span class="tag draft">${t("qa.draft")}</span>`}</th><td>${form.version ? `v${form.version}` : "–"}</td><td>${form.published_at ? dateTime(form.published_at, siteZone.value) : "–"}</td>
        <td class="number">${(form.draft ?? form.document).sections.reduce((/** @type {number} */ n, /** @type {any} */ one) => n + one.questions.length, 0)}</td>
        <td class="row-actions">${mayEdit && html`${form.version && html`<button type="button" class="button small quiet-button" disabled=${retire.busy} onClick=${() => retire.run(form)}>${form.retired ? t("qa.unretire") : t("qa.retire")}</button> `}<button type="button" class="button small" onClick=${() => setEditing(form)}><${Icon} name="pen" size=${15} />${t("action.edit")}</button>
          ${form.draft && html` <button type="button" class="button small primary" disabled=${publish.busy} onClick=${() => publish.run(form)}>${t("qa.publish")}</button>`}`}</td></tr>`)}</tbody></table></div>`}<//>`;
}
