/** Searches that are kept under a name: one's own, and those that others share with one's role. */

import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { cls, html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";

/** @import { Api } from "../../core/api.js" */
/** @typedef {{id: number, name: string, filters: Record<string, string>, roles: string[], owner_id: number, owner_name: string, own: boolean}} Saved */

const shares = ["supervisor", "qa", "admin"];

/** @param {string} hash @returns {number | null} */
export function savedOf(hash) {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("saved") ?? "";
  return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : null;
}

/**
 * The kept searches as links, and what may be done with the one that is open.
 * @param {{api: Api, list: Saved[], open: number | null, filters: Record<string, string>, roles: string[], again: () => void, left: () => void}} props
 */
export function SavedSearches({ api, list, open, filters, roles, again, left }) {
  const [asking, setAsking] = useState(/** @type {"add" | "change" | "remove" | null} */ (null));
  const here = list.find((one) => one.id === open) ?? null;
  const some = Object.values(filters).some(Boolean);
  const mayShare = roles.some((role) => shares.includes(role));
  const close = () => setAsking(null);
  const added = (/** @type {Saved} */ one) => {
    close();
    again();
    location.hash = `#saved=${one.id}`;
  };
  const update = useAction(async () => {
    await api.patch(`recordings/searches/${open}`, { filters: given(filters) });
    again();
  });
  const changed = here !== null && JSON.stringify(given(filters)) !== JSON.stringify(given(here.filters));
  return html`<div class="saved-bar" role="group" aria-label=${t("saved.title")}>
    ${list.map((one) => html`<a key=${one.id} class=${cls("saved-link", one.id === open && "here")} href=${`#saved=${one.id}`} aria-current=${one.id === open ? "true" : undefined} title=${one.own ? undefined : t("saved.of", { name: one.owner_name })}>
      <${Icon} name=${one.roles.length > 0 ? "users" : "star"} size=${14} label=${one.roles.length > 0 ? t("saved.shared") : t("saved.mine")} />${one.name}${!one.own && html`<span class="sub">${one.owner_name}</span>`}</a>`)}
    ${some && !here && html`<button type="button" class="button small" onClick=${() => setAsking("add")}><${Icon} name="star" size=${14} />${t("saved.keep")}</button>`}
    ${here?.own && changed && html`<button type="button" class="button small" disabled=${update.busy} onClick=${() => update.run()}>${t("saved.update")}</button>`}
    ${here?.own && html`<button type="button" class="icon-button" onClick=${() => setAsking("change")}><${Icon} name="pen" size=${16} label=${t("saved.change")} /></button>`}
    ${here && (here.own || roles.includes("admin")) && html`<button type="button" class="icon-button" onClick=${() => setAsking("remove")}><${Icon} name="close" size=${16} label=${t("saved.remove")} /></button>`}
    <${Problem} error=${update.error} />
    ${asking === "add" && html`<${Edit} one=${null} mayShare=${mayShare} close=${close} save=${(/** @type {object} */ body) => api.post("recordings/searches", { ...body, filters: given(filters) })} done=${added} />`}
    ${asking === "change" && here && html`<${Edit} one=${here} mayShare=${mayShare} close=${close} save=${(/** @type {object} */ body) => api.patch(`recordings/searches/${here.id}`, body)} done=${() => { close(); again(); }} />`}
    ${asking === "remove" && here && html`<${Remove} one=${here} close=${close} act=${() => api.ask("DELETE", `recordings/searches/${here.id}`)} done=${() => { close(); left(); again(); }} />`}</div>`;
}

/** What was typed, in one order and without what is empty. @param {Record<string, string>} filters */
function given(filters) {
  return Object.fromEntries(Object.keys(filters).sort().filter((name) => filters[name]).map((name) => [name, filters[name] ?? ""]));
}

/** @param {{one: Saved | null, mayShare: boolean, close: () => void, save: (body: object) => Promise<any>, done: (one: Saved) => void}} props */
function Edit({ one, mayShare, close, save, done }) {
  const [name, setName] = useState(one?.name ?? "");
  const [roles, setRoles] = useState(one?.roles ?? []);
  const run = useAction(async () => done(await save({ name, roles })));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.trim()) run.run();
  };
  return html`<${Dialog} title=${one ? t("saved.change") : t("saved.keep")} close=${close}><form class="stack" onSubmit=${submit}>
    <${Field} label=${t("saved.name")}><input value=${name} maxlength="60" required autofocus onInput=${(/** @type {any} */ e) => setName(e.target.value)} /><//>
    ${mayShare && html`<fieldset class="checks"><legend>${t("saved.shareWith")}</legend><p class="quiet">${t("saved.shareHint")}</p>${["agent", ...shares].map((role) => html`<label class="check" key=${role}><input type="checkbox" checked=${roles.includes(role)}
      onChange=${(/** @type {any} */ e) => setRoles(e.target.checked ? [...roles, role] : roles.filter((each) => each !== role))} /><span>${t(`role.${role}`)}</span></label>`)}</fieldset>`}
    <${Problem} error=${run.error} />
    <div class="form-end"><button type="submit" class="button primary" disabled=${!name.trim() || run.busy}>${t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></form><//>`;
}

/** @param {{one: Saved, close: () => void, act: () => Promise<any>, done: () => void}} props */
function Remove({ one, close, act, done }) {
  const run = useAction(async () => {
    await act();
    done();
  });
  return html`<${Dialog} title=${t("saved.remove")} close=${close}><div class="stack"><p>${t("saved.removeText", { name: one.name })}</p><${Problem} error=${run.error} />
    <div class="form-end"><button type="button" class="button danger-button" disabled=${run.busy} onClick=${() => run.run()}>${t("saved.remove")}</button><button type="button" class="button" onClick=${close}>${t("action.cancel")}</button></div></div><//>`;
}
