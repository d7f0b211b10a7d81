/** What callers did in the flow over a time: shares as bars, and a count on each node and way out of the drawing. */

import { t, word } from "../../core/i18n.js";
import { day, duration, fromLocal, siteZone } from "../../core/time.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAnswer } from "../../ui/parts.js";
import { exitName, nodeName } from "./flow_node.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Editor } from "./flow_editor.js" */

const DAY = 86400;
const MOST_CHOICES = 4;
/** Parts of a day's column, from the bottom up. @type {{name: "contained" | "handed" | "hung_up" | "to_safe_queue", word: string}[]} */
const PARTS = [{ name: "contained", word: "contained" }, { name: "handed", word: "handed" }, { name: "hung_up", word: "gone" }, { name: "to_safe_queue", word: "safe" }];

/** Whole days of the site's zone: so many up to and with today, or yesterday alone (0). @param {number} days @returns {{since: number, until: number}} */
function span(days) {
  const now = Date.now() / 1000;
  const midnight = (/** @type {number} */ back) => fromLocal(day(fromLocal(`${day(now, siteZone.value)}T12:00`, siteZone.value) - back * DAY, siteZone.value), siteZone.value);
  return days === 0 ? { since: midnight(1), until: midnight(0) } : { since: midnight(days - 1), until: now };
}

/** @param {{editor: Editor, desk: any, api: Api, setFigures: (figures: any) => void}} props */
export function Figures({ editor, desk, api, setFigures }) {
  const [days, setDays] = useState(1);
  const [version, setVersion] = useState("");
  const versions = useAnswer(() => api.get(`${desk.path}/versions`), []);
  const answer = useAnswer(() => api.get(`${desk.path}/figures`, { ...span(days), version }), [days, version]);
  const told = answer.data;
  useEffect(() => setFigures(told ? onNodes(told) : null), [told]);
  useEffect(() => () => setFigures(null), []);
  return html`<div class="flow-form"><div class="flow-form-head"><div><h2>${t("flows.figures")}</h2><p class="quiet">${t("flows.figuresHint")}</p></div><button type="button" class="icon-button push-end" onClick=${desk.close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <div class="figures-choice"><${Field} label=${t("flows.period")}><select value=${String(days)} onChange=${(/** @type {any} */ e) => setDays(Number(e.target.value))}>${[1, 0, 7, 30, 90].map((n) => html`<option key=${n} value=${String(n)}>${n === 1 ? t("flows.today") : n === 0 ? t("flows.yesterday") : t("flows.lastDays", { n })}</option>`)}</select><//>
      <${Field} label=${t("flows.versionChoice")}><select value=${version} onChange=${(/** @type {any} */ e) => setVersion(e.target.value)}><option value="">${t("flows.allVersions")}</option>${(versions.data ?? []).map((/** @type {any} */ one) => html`<option key=${one.version} value=${String(one.version)}>${t("flows.version", { version: one.version })}</option>`)}</select><//></div>
    <${Problem} error=${answer.error} again=${answer.again} />
    ${answer.busy && !told ? html`<${Loading} />` : null}
    ${told && told.calls === 0 && html`<${Empty} icon="board" title=${t("flows.noCalls")} text=${t("flows.noCallsText")} />`}
    ${told && told.calls > 0 && html`<div class="figure-tiles">
        <${Tile} label=${t("flows.calls")} value=${String(told.calls)} /><${Tile} label=${t("flows.completion")} value=${share(told.completion_rate)} /><${Tile} label=${t("flows.containment")} value=${share(told.containment_rate)} /><${Tile} label=${t("flows.repeat")} value=${share(told.repeat_rate)} /></div>
      ${told.days.length > 1 && html`<${Days} days=${told.days} />`}
      <${Bars} title=${t("flows.outcomes")} rows=${Object.entries(told.outcomes).map(([name, count]) => ({ name: word("flows.ended", name), count: Number(count) }))} whole=${told.over} />
      <${Bars} title=${t("flows.topExits")} rows=${told.top_exits.map((/** @type {any} */ one) => ({ name: nodeName(editor.doc.nodes[one.node], one.node), count: one.count, node: one.node }))} whole=${told.calls} choose=${editor.choose} />
      <${Nodes} editor=${editor} nodes=${told.nodes} />`}
  </div>`;
}

/** node → what is drawn on it. @param {any} told */
function onNodes(told) {
  return Object.fromEntries(told.nodes.map((/** @type {any} */ node) => [node.node, { passed: node.passed, hungUp: node.hung_up, exits: Object.fromEntries(node.exits.map((/** @type {any} */ one) => [one.exit, one.count])) }]));
}

/** @param {number | null} rate */
function share(rate) {
  return rate === null ? "–" : `${Math.round(rate * 1000) / 10}%`;
}

/** @param {{label: string, value: string}} props */
function Tile({ label, value }) {
  return html`<div class="figure-tile"><b>${value}</b><span>${label}</span></div>`;
}

/** @param {{title: string, rows: {name: string, count: number, node?: string}[], whole: number, choose?: (id: string) => void}} props */
function Bars({ title, rows, whole, choose }) {
  if (rows.length === 0) return null;
  const most = Math.max(1, ...rows.map((row) => row.count));
  return html`<figure class="bars"><figcaption>${title}</figcaption>${rows.toSorted((a, b) => b.count - a.count).map((row) => html`<div class="bar-line" key=${row.name}>
    ${row.node && choose ? html`<button type="button" class="link" onClick=${() => choose(/** @type {string} */ (row.node))}>${row.name}</button>` : html`<span>${row.name}</span>`}
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="10" class="bar-ground" /><rect width=${(row.count / most) * 100} height="10" class="bar-fill" /></svg>
    <span class="number">${row.count}<small>${whole ? ` ${share(row.count / whole)}` : ""}</small></span></div>`)}</figure>`;
}

/** Calls by day, each column by how they ended. @param {{days: any[]}} props */
function Days({ days }) {
  const most = Math.max(1, ...days.map((one) => one.calls));
  const width = 100 / days.length;
  const ended = (/** @type {any} */ one) => PARTS.map((part) => `${t(`flows.dayPart.${part.word}`)} ${one[part.name]}`).join(", ");
  return html`<figure class="days"><figcaption>${t("flows.byDay")}</figcaption>
    <svg viewBox="0 0 100 60" preserveAspectRatio="none" role="img" aria-label=${t("flows.byDay")}>${days.map((one, n) => {
      let top = 60;
      return html`<g key=${one.day}><title>${`${one.day}: ${one.calls} (${ended(one)})`}</title><rect class="bar-ground" x=${n * width + width * 0.1} y="0" width=${width * 0.8} height="60" />${PARTS.map((part) => {
        const height = (one[part.name] / most) * 60;
        top -= height;
        return html`<rect key=${part.name} class=${`day-${part.word}`} x=${n * width + width * 0.1} y=${top} width=${width * 0.8} height=${height} />`;
      })}</g>`;
    })}</svg>
    <div class="days-ends"><span>${days[0].day}</span><span>${days.at(-1).day}</span></div>
    <ul class="days-legend">${PARTS.map((part) => html`<li key=${part.name}><i class=${`day-${part.word}`}></i>${t(`flows.dayPart.${part.word}`)}</li>`)}</ul></figure>`;
}

/** What callers chose in a node, the most frequent first. @param {Editor} editor @param {any} node */
function choices(editor, node) {
  const drawn = editor.doc.nodes[node.node];
  const name = (/** @type {string} */ exit) => (exit === "gone" ? t("flows.hungUp") : drawn ? exitName(drawn, exit) : exit);
  return node.exits.slice(0, MOST_CHOICES).map((/** @type {any} */ one) => `${name(one.exit)} ${share(one.share)}`).join(" · ");
}

/** @param {{editor: Editor, nodes: any[]}} props */
function Nodes({ editor, nodes }) {
  return html`<div class="table-frame"><table class="table figure-table"><thead><tr><th scope="col">${t("flows.node")}</th><th scope="col" class="number">${t("flows.passedHead")}</th><th scope="col" class="number">${t("flows.hungUp")}</th><th scope="col" class="number">${t("flows.timedOut")}</th><th scope="col" class="number">${t("flows.stay")}</th></tr></thead>
    <tbody>${nodes.map((node) => html`<tr key=${node.node}><th scope="row"><button type="button" class="link" onClick=${() => editor.choose(node.node in editor.doc.nodes ? node.node : null)}>${nodeName(editor.doc.nodes[node.node], node.node)}</button><span class="sub">${choices(editor, node)}</span></th>
      <td class="number">${node.passed}</td><td class="number">${node.hung_up}</td><td class="number">${node.timed_out}</td><td class="number">${duration(node.mean_seconds)}</td></tr>`)}</tbody></table></div>`;
}
