/** The dry run: the real engine without a phone. One says who calls and when, types digits, and sees and hears the way. */

import { exitsOf } from "../../core/flow_edit.js";
import { t, word } from "../../core/i18n.js";
import { fromLocal, siteZone } from "../../core/time.js";
import { cls, html, useEffect, useRef, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Field, Problem, useAction } from "../../ui/parts.js";
import { exitName, nodeName } from "./flow_node.js";
import { Mouth } from "./flow_mouth.js";

/** @import { Api } from "../../core/api.js" */
/** @import { Editor } from "./flow_editor.js" */

const PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
/** How an act that hands the caller on may end. @type {Record<string, string[]>} */
const RESULTS = { Queueing: ["after", "timeout", "full", "empty", "key"], RingAgent: ["after", "failed"], DialNumber: ["after", "failed"], TakeMessage: ["done", "failed"] };

/** @param {{editor: Editor, desk: any, api: Api, flow: any, setLit: (lit: any) => void}} props */
export function Try({ editor, desk, api, flow, setLit }) {
  const { doc } = editor;
  const [form, setForm] = useState({ at: "", number: "13800000001", did: flow.numbers?.[0] ?? "4800", known: false, tier: "", name: "", list: "" });
  const [lookups, setLookups] = useState(/** @type {Record<string, {status: number, answer: string}>} */ ({}));
  const [switches, setSwitches] = useState(/** @type {Record<string, boolean>} */ ({}));
  const [inputs, setInputs] = useState(/** @type {string[] | null} */ (null));
  const [told, setTold] = useState(/** @type {any} */ (null));
  const [aloud, setAloud] = useState(true);
  const mouth = useRef(/** @type {Mouth | null} */ (null));
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    mouth.current = new Mouth(api);
    return () => {
      mouth.current?.close();
      setLit({ nodes: new Map(), wires: new Set() });
    };
  }, []);
  const run = useAction(async (/** @type {string[]} */ given) => {
    const answer = await api.post(`${desk.path}/try`, {
      draft: doc, number: form.number, did: form.did, inputs: given, switches, ...(form.at ? { at: fromLocal(form.at, siteZone.value) } : {}),
      caller: { known: form.known, tier: form.tier, name: form.name, lists: form.list ? [form.list] : [] },
      lookups: Object.fromEntries(Object.entries(lookups).map(([node, one]) => [node, { status: one.status, answer: parsed(one.answer) }])),
    });
    const before = inputs && given.length > 0 ? (told?.steps.length ?? 0) : 0;
    setInputs(given);
    setTold(answer);
    setLit(litBy(editor, flow.key, answer));
    const heard = [...answer.steps.slice(before), ...(answer.awaits ? [answer.awaits] : [])].flatMap((step) => step.heard ?? []);
    if (aloud) mouth.current?.say(heard);
  });
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), [told]);
  const set = (/** @type {string} */ name) => (/** @type {any} */ e) => setForm({ ...form, [name]: e.target.type === "checkbox" ? e.target.checked : e.target.value });
  const asks = Object.entries(doc.nodes).filter(([, node]) => node.kind === "lookup");
  const named = [...new Set(Object.values(doc.nodes).filter((node) => node.kind === "switch" && node.switch).map((node) => node.switch))];
  const next = (/** @type {string} */ given) => run.run([...(inputs ?? []), given]);
  return html`<div class="flow-form flow-try"><div class="flow-form-head"><div><h2>${t("flows.tryTitle")}</h2><p class="quiet">${t("flows.tryHint")}</p></div><button type="button" class="icon-button push-end" onClick=${desk.close}><${Icon} name="close" label=${t("action.close")} /></button></div>
    <details open=${inputs === null}><summary>${t("flows.whoCalls")}</summary><div class="try-form">
      <${Field} label=${t("flows.tryAt")}><input type="datetime-local" value=${form.at} onInput=${set("at")} /><//>
      <${Field} label=${t("flows.tryNumber")}><input inputmode="tel" maxlength="40" value=${form.number} onInput=${set("number")} /><//>
      <${Field} label=${t("flows.tryDid")}><input inputmode="tel" maxlength="40" value=${form.did} onInput=${set("did")} /><//>
      <${Field} label=${t("flows.tryTier")}><input maxlength="32" value=${form.tier} onInput=${set("tier")} /><//>
      <label class="check"><input type="checkbox" checked=${form.known} onChange=${set("known")} /><span>${t("flows.tryKnown")}</span></label>
      ${(editor.names.callerList ?? []).length > 0 && html`<${Field} label=${t("flows.tryList")}><select value=${form.list} onChange=${set("list")}><option value="">${t("flows.none")}</option>${editor.names.callerList?.map((one) => html`<option key=${one.value} value=${one.value}>${one.label || one.value}</option>`)}</select><//>`}
      ${named.map((name) => html`<label class="check" key=${name}><input type="checkbox" checked=${switches[name] ?? false} onChange=${(/** @type {any} */ e) => setSwitches({ ...switches, [name]: e.target.checked })} /><span>${t("flows.trySwitch", { name })}</span></label>`)}
      ${asks.map(([id, node]) => html`<fieldset key=${id} class="try-lookup"><legend>${t("flows.tryLookup", { node: nodeName(node, id) })}</legend>
        <select aria-label=${t("flows.tryStatus")} value=${String(lookups[id]?.status ?? 0)} onChange=${(/** @type {any} */ e) => setLookups({ ...lookups, [id]: { answer: "{}", ...lookups[id], status: Number(e.target.value) } })}><option value="0">${t("flows.noAnswer")}</option><option value="200">200</option><option value="404">404</option><option value="500">500</option></select>
        ${lookups[id]?.status === 200 && html`<textarea rows="3" spellcheck=${false} aria-label="JSON" value=${lookups[id]?.answer ?? ""} onInput=${(/** @type {any} */ e) => setLookups({ ...lookups, [id]: { status: 200, answer: e.target.value } })} />`}</fieldset>`)}
    </div></details>
    <div class="form-end"><button type="button" class="button primary" disabled=${run.busy} onClick=${() => run.run([])}><${Icon} name="phoneIn" size=${16} />${inputs === null ? t("flows.tryStart") : t("flows.tryAgain")}</button>
      <label class="check push-end"><input type="checkbox" checked=${aloud} onChange=${(/** @type {any} */ e) => { setAloud(e.target.checked); if (!e.target.checked) mouth.current?.stop(); }} /><span>${t("flows.aloud")}</span></label></div>
    <${Problem} error=${run.error} />
    ${told && html`<ol class="try-log" aria-live="polite">${[...told.steps, ...(told.awaits ? [told.awaits] : [])].map((step, n) => html`<${Step} key=${n} editor=${editor} step=${step} own=${step.flow === flow.key} hear=${(/** @type {any[]} */ heard) => mouth.current?.say(heard)} />`)}</ol>
      ${told.awaits ? html`<${Answer} key=${inputs?.length ?? 0} awaits=${told.awaits} busy=${run.busy} give=${next} />` : html`<p class=${cls("problem", told.safe ? "mild" : "good")} role="status"><${Icon} name=${told.safe ? "shield" : "checkCircle"} /><span>${word("flows.ended", told.ended)}</span></p>`}
      ${(inputs?.length ?? 0) > 0 && html`<button type="button" class="link" onClick=${() => run.run(inputs?.slice(0, -1) ?? [])}><${Icon} name="undo" size=${14} />${t("flows.tryBack")}</button>`}
      ${Object.keys(told.data ?? {}).length > 0 && html`<dl class="try-data">${Object.entries(told.data).map(([name, value]) => html`<dt key=${name}><code>${name}</code></dt><dd>${value}</dd>`)}</dl>`}`}
    <span ref=${end}></span></div>`;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The path so far, for the drawing. @param {Editor} editor @param {string} key @param {any} told */
function litBy(editor, key, told) {
  const nodes = new Map();
  const wires = new Set();
  for (const visit of told.visits.filter((/** @type {any} */ one) => one.flow === key)) {
    nodes.set(visit.node, "passed");
    const node = editor.doc.nodes[visit.node];
    if (!node) continue;
    const ways = exitsOf(editor.kinds[node.kind], node);
    let way = ways.find((one) => one.name === visit.exit);
    while (way && !way.to && way.otherwise) way = ways.find((one) => one.name === way?.otherwise);
    if (way) wires.add(`${visit.node} ${way.name}`);
  }
  const last = told.awaits ?? told.steps.at(-1);
  if (last?.flow === key) nodes.set(last.node, "here");
  return { nodes, wires };
}

/** @param {{editor: Editor, step: any, own: boolean, hear: (heard: any[]) => void}} props */
function Step({ editor, step, own, hear }) {
  const node = own ? editor.doc.nodes[step.node] : undefined;
  const heard = step.heard ?? [];
  if (heard.length === 0 && !step.exit && step.given === undefined) return html`<li class="try-step"><button type="button" class="link" onClick=${() => node && editor.choose(step.node)}>${nodeName(node, step.node)}</button></li>`;
  return html`<li class="try-step"><button type="button" class="link" onClick=${() => node && editor.choose(step.node)}>${nodeName(node, step.node)}</button>
    ${heard.length > 0 && html`<div class="try-heard"><button type="button" class="icon-button" onClick=${() => hear(heard)}><${Icon} name="play" size=${15} label=${t("prompts.listen")} /></button><span lang=${heard[0].language}>${heard.map((/** @type {any} */ one) => (one.say === "prompt" ? `♪ ${one.value}` : one.say === "silence" ? "…" : one.value)).join(" ")}</span></div>`}
    ${(step.given || step.exit) && html`<span class="try-given">${step.given && html`<kbd>${word("flows.result", step.given)}</kbd>`}${step.exit && node && html`→ ${exitName(node, step.exit)}`}</span>`}</li>`;
}

/** What is waited for: keys, or how a queue or a phone ends. @param {{awaits: any, busy: boolean, give: (given: string) => void}} props */
function Answer({ awaits, busy, give }) {
  const [typed, setTyped] = useState("");
  const most = awaits.about?.most ?? 1;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    // The key that was pressed before is gone from the page, and the focus with it: it goes on where it was.
    if (document.activeElement === document.body) /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector("input, button"))?.focus();
  }, []);
  const results = RESULTS[awaits.act];
  if (results) return html`<div class="try-answer" role="group" ref=${box} aria-label=${t("flows.tryResult")}><p class="quiet">${t("flows.tryResult")}</p><div class="chips">${results.map((one) => html`<button type="button" class="button small" key=${one} disabled=${busy} onClick=${() => give(one)}>${word("flows.result", one)}</button>`)}</div></div>`;
  const press = (/** @type {string} */ key) => {
    if (most === 1) give(key);
    else if (key === "#" && typed) give(typed);
    else setTyped(typed + key);
  };
  // The keys of a keyboard are keys of the phone.
  const keys = (/** @type {KeyboardEvent} */ event) => !busy && !(event.target instanceof HTMLInputElement) && PAD.includes(event.key) && press(event.key);
  return html`<form class="try-answer" ref=${box} onKeyDown=${keys} onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); give(typed); }}>
    ${most > 1 && html`<input aria-label=${t("flows.tryDigits")} inputmode="numeric" maxlength="40" value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value.replace(/[^0-9*#]/g, ""))} />`}
    <div class="try-pad" role="group" aria-label=${t("flows.tryKeys")}>${PAD.map((key) => html`<button type="button" key=${key} class="key" disabled=${busy} onClick=${() => press(key)}>${key}</button>`)}</div>
    <div class="form-end">${most > 1 && html`<button type="submit" class="button small primary" disabled=${busy || !typed}>${t("flows.tryGive")}</button>`}<button type="button" class="button small" disabled=${busy} onClick=${() => give("")}>${t("flows.trySilence")}</button></div></form>`;
}
