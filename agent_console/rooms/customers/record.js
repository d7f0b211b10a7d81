/** A customer's record: who it is, how to reach them, what happened last, what is open. */

import { initials } from "../../core/format.js";
import { t, word } from "../../core/i18n.js";
import { dateTime, siteZone } from "../../core/time.js";
import { cls, html, useState } from "../../ui/html.js";
import { DialButton } from "../../ui/dial.js";
import { Icon } from "../../ui/icons.js";
import { Problem, useAction } from "../../ui/parts.js";
import { outcomeName } from "./outcomes.js";
import { RecordForm } from "./record_form.js";

/** @import { ContactJson, CustomerJson, InteractionJson, NoteJson, OutcomeJson } from "../../core/shapes.js" */
/** @import { Api } from "../../core/api.js" */
/** @import { Drafts } from "../../core/drafts.js" */

/** @param {{callId: string, customer: CustomerJson, outcomes: OutcomeJson[], api: Api, drafts: Drafts, onCustomer: (customer: CustomerJson) => void}} props */
export function Record({ callId, customer, outcomes, api, drafts, onCustomer }) {
  const draftKey = `${callId}#record`;
  const [editing, setEditing] = useState(drafts.read(draftKey) !== null);
  return html`<div class="record">
    <div class="record-head"><span class="avatar" aria-hidden="true">${initials(customer.name) || "?"}</span>
      <div class="record-name"><h3>${customer.name || t("record.unnamed")}
        ${customer.status === "new" && html`<span class="mark-new"><${Icon} name="plus" size=${14} />${t("record.new")}</span>`}
        ${customer.tier && html`<span class="tier"><${Icon} name="star" size=${13} />${customer.tier}</span>`}</h3>
        <p class="quiet">${customer.company && html`<span><${Icon} name="building" size=${15} />${customer.company}</span>`}
          ${customer.language && html`<span><${Icon} name="globe" size=${15} />${word("language", customer.language)}</span>`}</p></div>
      ${!editing && html`<button type="button" class="button small" onClick=${() => setEditing(true)}><${Icon} name="pen" size=${16} />${t("action.edit")}</button>`}
    </div>
    ${editing
      ? html`<${RecordForm} customer=${customer} api=${api} drafts=${drafts} draftKey=${draftKey} onSaved=${onCustomer} close=${() => setEditing(false)} />`
      : html`<div class="record-columns"><${Contacts} contacts=${customer.contacts} customerId=${customer.id} /><${Fields} fields=${customer.fields} /></div>`}
    <${Notes} customer=${customer} api=${api} onCustomer=${onCustomer} />
    <${Interactions} interactions=${customer.interactions} outcomes=${outcomes} />
  </div>`;
}

/** @type {Record<string, string>} */
const contactIcons = { phone: "phone", email: "mail", wechat: "chat" };

/** @param {{contacts: ContactJson[], customerId: number}} props */
function Contacts({ contacts, customerId }) {
  return html`<div class="record-part"><h4>${t("record.contacts")}</h4><ul class="contacts">${contacts.map((contact) => html`<li key=${contact.id}>
    <${Icon} name=${contactIcons[contact.kind] ?? "user"} size=${16} label=${word("contact", contact.kind)} /><span class="contact-value">${contact.display || contact.value}</span>
    ${contact.kind === "phone" && html`<${DialButton} number=${contact.value} customerId=${customerId} />`}${contact.primary && html`<span class="tag">${t("record.primary")}</span>`}</li>`)}</ul></div>`;
}

/** @param {{fields: CustomerJson["fields"]}} props */
function Fields({ fields }) {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== "" && value !== null);
  if (!entries.length) return null;
  return html`<div class="record-part"><h4>${t("record.fields")}</h4><dl class="fields">${entries.map(([key, value]) => html`<div key=${key}><dt>${key}</dt><dd>${typeof value === "boolean" ? t(value ? "record.yes" : "record.no") : String(value)}</dd></div>`)}</dl></div>`;
}

/** @param {{customer: CustomerJson, api: Api, onCustomer: (customer: CustomerJson) => void}} props */
function Notes({ customer, api, onCustomer }) {
  const [all, setAll] = useState(false);
  const turn = useAction(async (/** @type {NoteJson} */ note) => {
    await api.patch(`notes/${note.id}`, { open: !note.open });
    onCustomer({ ...customer, notes: customer.notes.map((one) => (one.id === note.id ? { ...one, open: !note.open } : one)) });
  });
  const open = customer.notes.filter((note) => note.open);
  const shown = all ? [...open, ...customer.notes.filter((note) => !note.open)] : open;
  const more = customer.notes.length - open.length;
  return html`<div class="record-part"><h4>${t("record.notes")}${open.length > 0 && html`<span class="count">${open.length}</span>`}</h4>
    <${Problem} error=${turn.error} />
    ${shown.length === 0 && html`<p class="quiet">${t("record.noNotes")}</p>`}
    <ul class="notes">${shown.map((note) => html`<li key=${note.id} class=${cls("note", note.open && "open")}><${Icon} name="note" size=${16} />
      <div><p class="note-text">${note.text}</p><p class="quiet">${note.author} · ${dateTime(note.at, siteZone.value)} · ${note.open ? t("record.open") : t("record.done")}</p></div>
      <button type="button" class="button small" disabled=${turn.busy} onClick=${() => turn.run(note)}>${note.open ? t("record.settle") : t("record.reopen")}</button></li>`)}</ul>
    ${more > 0 && html`<button type="button" class="link" aria-expanded=${all ? "true" : "false"} onClick=${() => setAll(!all)}>${all ? t("record.onlyOpen") : t("record.allNotes", { n: more })}</button>`}
  </div>`;
}

/** @param {{interactions: InteractionJson[], outcomes: OutcomeJson[]}} props */
function Interactions({ interactions, outcomes }) {
  return html`<div class="record-part"><h4>${t("record.interactions")}</h4>
    ${interactions.length === 0 && html`<p class="quiet">${t("record.noInteractions")}</p>`}
    <ol class="interactions">${interactions.map((one) => html`<li key=${one.id}>
      <${Icon} name=${one.kind === "call" ? (one.direction === "outbound" ? "phoneOut" : "phoneIn") : contactIcons[one.kind] ?? "chat"} size=${16} label=${word("interaction", one.kind)} />
      <div><p><time>${dateTime(one.at, siteZone.value)}</time><span class="quiet">${one.agent_name}</span>${one.outcome && html`<span class="tag">${outcomeName(outcomes, one.outcome)}</span>`}</p>
        ${one.summary && html`<p class="interaction-text">${one.summary}</p>`}</div></li>`)}</ol></div>`;
}
