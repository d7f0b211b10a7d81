/** Why nothing is to be done about a lost call. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Field, Problem } from "../../ui/parts.js";

/** @import { LostJson } from "../../core/supervision_shapes.js" */

/** @param {{item: LostJson, close: () => void, dismiss: (reason: string) => Promise<boolean>, error: unknown, busy: boolean}} props */
export function DismissDialog({ item, close, dismiss, error, busy }) {
  const [reason, setReason] = useState("");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (reason.trim() && (await dismiss(reason.trim()))) close();
  };
  return html`<${Dialog} title=${t("lost.dismissTitle", { number: item.name || item.number || t("call.withheld") })} close=${close}>
    <form class="stack" onSubmit=${submit}>
      <${Field} label=${t("lost.reason")} hint=${t("lost.reasonHint")}><input required maxlength="200" value=${reason} onInput=${(/** @type {any} */ e) => setReason(e.target.value)} /><//>
      <${Problem} error=${error} />
      <div class="form-end"><button type="submit" class="button primary" disabled=${busy}>${busy ? t("action.busy") : t("lost.dismiss")}</button>
        <button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div>
    </form><//>`;
}
