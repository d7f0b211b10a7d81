/** The record as a form, inline. What is typed survives a reload; somebody else's change in between is told, not lost. */

import { ApiError } from "../../core/api.js";
import { t } from "../../core/i18n.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { CustomerJson } from "../../core/shapes.js" */
/** @import { Api } from "../../core/api.js" */
/** @import { Drafts } from "../../core/drafts.js" */

/** @param {CustomerJson} customer */
function formOf(customer) {
  return {
    version: customer.version, name: customer.name, company: customer.company, tier: customer.tier, language: customer.language,
    contacts: customer.contacts.map(({ kind, value, primary }) => ({ kind, value, primary })), fields: { ...customer.fields },
  };
}

/**
 * @param {{customer: CustomerJson, api: Api, drafts: Drafts, draftKey: string, onSaved: (customer: CustomerJson) => void, close: () => void}} props
 */
export function RecordForm({ customer, api, drafts, draftKey, onSaved, close }) {
  const [form, setForm] = useState(() => /** @type {ReturnType<typeof formOf>} */ (drafts.read(draftKey)) ?? formOf(customer));
  const change = (/** @type {Partial<ReturnType<typeof formOf>>} */ part) => {
    const next = { ...form, ...part };
    setForm(next);
    drafts.write(draftKey, next);
  };
  const leave = () => {
    drafts.remove(draftKey);
    close();
  };
  const save = useAction(async () => {
    const contacts = form.contacts.filter((contact) => contact.value.trim());
    const saved = await api.patch(`customers/${customer.id}`, { ...form, contacts });
    onSaved(saved?.contacts ? saved : await api.get(`customers/${customer.id}`));
    leave();
  });
  const conflict = save.error instanceof ApiError && save.error.status === 409;
  // Keep what was typed, take the newer version number: the next save is meant to win.
  const takeNewer = async () => {
    const newer = await api.get(`customers/${customer.id}`);
    onSaved(newer);
    change({ version: newer.version });
    save.clear();
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  const text = (/** @type {"name" | "company" | "tier"} */ name, /** @type {string} */ label, /** @type {number} */ most) => html`<${Field} label=${label}>
    <input value=${form[name]} maxlength=${most} onInput=${(/** @type {any} */ e) => change({ [name]: e.target.value })} /><//>`;
  return html`<form class="record-form" onSubmit=${submit}>
    ${text("name", t("record.name"), 200)}${text("company", t("record.company"), 200)}${text("tier", t("record.tier"), 40)}
    <${Field} label=${t("record.language")}><select value=${form.language} onChange=${(/** @type {any} */ e) => change({ language: e.target.value })}>
      ${["", "zh-CN", "en"].map((code) => html`<option key=${code} value=${code}>${code ? t(`language.${code}`) : "–"}</option>`)}</select><//>
    <${ContactFields} contacts=${form.contacts} onChange=${(/** @type {any} */ contacts) => change({ contacts })} />
    ${Object.entries(form.fields).map(([key, value]) => html`<${OwnField} key=${key} name=${key} value=${value} onChange=${(/** @type {any} */ next) => change({ fields: { ...form.fields, [key]: next } })} />`)}
    <div class="form-end wide">
      ${conflict
        ? html`<div class="problem" role="alert"><${Icon} name="unplug" /><span>${t("record.conflict")}</span><button type="button" class="button small" onClick=${takeNewer}>${t("record.takeNewer")}</button></div>`
        : html`<${Problem} error=${save.error} />`}
      <button type="submit" class="button primary" disabled=${save.busy}>${save.busy ? t("action.saving") : t("action.save")}</button>
      <button type="button" class="button" onClick=${leave}>${t("action.cancel")}</button></div>
  </form>`;
}

/** One of the site's own fields; it keeps its kind. @param {{name: string, value: any, onChange: (value: any) => void}} props */
function OwnField({ name, value, onChange }) {
  if (typeof value === "boolean") {
    return html`<label class="check own-check"><input type="checkbox" checked=${value} onChange=${(/** @type {any} */ e) => onChange(e.target.checked)} /><span>${name}</span></label>`;
  }
  const number = typeof value === "number";
  const read = (/** @type {any} */ e) => onChange(number && e.target.value !== "" ? Number(e.target.value) : e.target.value);
  return html`<${Field} label=${name}><input type=${number ? "number" : "text"} step="any" value=${value ?? ""} maxlength="4000" onInput=${read} /><//>`;
}

/** @param {{contacts: {kind: string, value: string, primary: boolean}[], onChange: (contacts: any[]) => void}} props */
function ContactFields({ contacts, onChange }) {
  const put = (/** @type {number} */ n, /** @type {object} */ part) => onChange(contacts.map((contact, k) => (k === n ? { ...contact, ...part } : contact)));
  return html`<fieldset class="contact-fields wide"><legend>${t("record.contacts")}</legend>
    ${contacts.map((contact, n) => html`<div class="contact-field" key=${n}>
      <select aria-label=${t("record.kind")} value=${contact.kind} onChange=${(/** @type {any} */ e) => put(n, { kind: e.target.value })}>
        ${["phone", "email", "wechat"].map((kind) => html`<option key=${kind} value=${kind}>${t(`contact.${kind}`)}</option>`)}</select>
      <input aria-label=${t("record.value")} value=${contact.value} maxlength="128" onInput=${(/** @type {any} */ e) => put(n, { value: e.target.value })} />
      <button type="button" class="icon-button" onClick=${() => onChange(contacts.filter((_, k) => k !== n))}><${Icon} name="close" label=${t("record.removeContact")} size=${16} /></button></div>`)}
    <button type="button" class="link" onClick=${() => onChange([...contacts, { kind: "phone", value: "", primary: contacts.length === 0 }])}><${Icon} name="plus" size=${15} />${t("record.addContact")}</button>
  </fieldset>`;
}
