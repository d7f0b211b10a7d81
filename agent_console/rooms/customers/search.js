/** Find a customer from any page, and call him. */

import { t } from "../../core/i18n.js";
import { DialButton } from "../../ui/dial.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Problem, useAction } from "../../ui/parts.js";
import { keyFor, useShortcut } from "../../ui/shortcuts.js";

/** @import { Api } from "../../core/api.js" */
/** @import { CustomerJson } from "../../core/shapes.js" */

/** The button and, when it is open, the search. @param {{api: Api}} props */
export function CustomerSearch({ api }) {
  const [open, setOpen] = useState(false);
  useShortcut("search", () => setOpen(true));
  const key = keyFor("search");
  const label = t("search.title");
  return html`<button type="button" class="icon-button" title=${key ? `${label} (${key})` : label} onClick=${() => setOpen(true)}><${Icon} name="search" label=${label} /></button>
    ${open && html`<${Dialog} title=${label} close=${() => setOpen(false)} wide><${Search} api=${api} /><//>`}`;
}

/** @param {{api: Api}} props */
function Search({ api }) {
  const [text, setText] = useState("");
  const [found, setFound] = useState(/** @type {CustomerJson[] | null} */ (null));
  const look = useAction(async () => setFound((await api.get("customers", { query: text.trim(), limit: 20 })).items));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) look.run();
  };
  return html`<div class="stack"><form class="target-line" onSubmit=${submit} role="search">
      <input type="search" autofocus maxlength="100" aria-label=${t("find.label")} placeholder=${t("find.label")} value=${text} onInput=${(/** @type {any} */ e) => setText(e.target.value)} />
      <button type="submit" class="button primary" disabled=${look.busy || !text.trim()}><${Icon} name="search" size=${16} />${t("find.look")}</button></form>
    <${Problem} error=${look.error} />
    ${found && found.length === 0 && html`<${Empty} icon="user" title=${t("find.nobody")} />`}
    ${found && html`<ul class="search-found" aria-live="polite">${found.map((one) => html`<${Line} key=${one.id} one=${one} />`)}</ul>`}</div>`;
}

/** @param {{one: CustomerJson}} props */
function Line({ one }) {
  const phones = one.contacts.filter((contact) => contact.kind === "phone");
  return html`<li class="search-line"><span class="search-who"><span class="who">${one.name || t("record.unnamed")}</span><span class="sub">${one.company}</span></span>
    ${one.tier && html`<span class="tier">${one.tier}</span>`}
    <span class="search-phones">${phones.map((contact) => html`<span key=${contact.id} class="one-line">${contact.display || contact.value}<${DialButton} number=${contact.value} customerId=${one.id} /></span>`)}</span></li>`;
}
