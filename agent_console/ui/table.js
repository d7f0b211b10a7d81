/** Heads of tables that can be sorted, and the paging below them. */

import { compare } from "../core/format.js";
import { language, t } from "../core/i18n.js";
import { cls, html } from "./html.js";
import { Icon } from "./icons.js";

/** @typedef {{key: string, down: boolean}} Sort */

/** @param {{name: string, label: string, sort: Sort, onSort: (sort: Sort) => void, number?: boolean}} props */
export function SortHead({ name, label, sort, onSort, number }) {
  const here = sort.key === name;
  const order = here ? (sort.down ? "descending" : "ascending") : undefined;
  return html`<th scope="col" class=${number && "number"} aria-sort=${order}>
    <button type="button" class=${cls("sort", here && "here")} onClick=${() => onSort({ key: name, down: here && !sort.down })}>
      ${label}${here && html`<${Icon} name=${sort.down ? "down" : "up"} size=${14} />`}</button></th>`;
}

/**
 * A sorted copy; equal rows keep a steady order by `tie`.
 * @template T
 * @param {T[]} rows @param {Sort} sort @param {Record<string, (row: T) => unknown>} values @param {(row: T) => string} tie
 */
export function sorted(rows, sort, values, tie) {
  const value = values[sort.key] ?? tie;
  return [...rows].sort((a, b) => (compare(value(a), value(b), language.value) || compare(tie(a), tie(b), language.value)) * (sort.down ? -1 : 1));
}

/** @param {{first: boolean, next: boolean, busy: boolean, back: () => void, on: () => void, page: number}} props */
export function Paging({ first, next, busy, back, on, page }) {
  return html`<nav class="paging" aria-label=${t("paging.label")}>
    <button type="button" class="button small" disabled=${first || busy} onClick=${back}><${Icon} name="left" size=${16} />${t("paging.back")}</button>
    <span>${t("paging.page", { n: page })}</span>
    <button type="button" class="button small" disabled=${!next || busy} onClick=${on}>${t("paging.next")}<${Icon} name="right" size=${16} /></button>
  </nav>`;
}
