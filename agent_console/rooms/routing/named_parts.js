/** What calendars, switches and lists share: a name, a label, an end. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */

/** @param {{api: Api, place: string, title: string, value: object, close: () => void, done: (told: any, name: string) => void}} props */
export function NewNamed({ api, place, title, value, close, done }) {
  const [form, setForm] = useState({ name: "", label: "" });
  const make = useAction(async () => done(await api.put(`${place}/${form.name}`, { label: form.label, value, revision: null }), form.name));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    make.run();
  };
  return html`<${Dialog} title=${title} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("flows.label")}><input name="label" maxlength="100" autofocus value=${form.label} onInput=${(/** @type {any} */ e) => setForm({ ...form, label: e.target.value })} /><//>
    <${Field} label=${t("flows.key")} hint=${t("flows.keyHint")}><input name="name" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" spellcheck=${false} value=${form.name} onInput=${(/** @type {any} */ e) => setForm({ ...form, name: e.target.value })} /><//>
    <${Problem} error=${make.error} /><div class="form-end"><button type="submit" class="button primary" disabled=${make.busy}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** @param {{api: Api, path: string, done: () => void}} props */
export function RemoveNamed({ api, path, done }) {
  const [sure, setSure] = useState(false);
  const remove = useAction(async () => {
    await api.ask("DELETE", path, {});
    done();
  });
  return html`<button type="button" class="button small quiet-button push-end" disabled=${remove.busy} onClick=${() => (sure ? remove.run() : setSure(true))}><${Icon} name="trash" size=${15} />${sure ? t("users.sure") : t("flows.remove")}</button><${Problem} error=${remove.error} />`;
}
