/** The agent's page: his state, his calls, who is calling, the write-up. */

import { browserPhone } from "../core/browser_phone.js";
import { Drafts } from "../core/drafts.js";
import { t } from "../core/i18n.js";
import { startPage, setTitle } from "../ui/app.js";
import { stale } from "../ui/connection.js";
import { useDialler } from "../ui/dial.js";
import { html, signal, useEffect, useMemo, useRef, useState } from "../ui/html.js";
import { Loading, useAnswer } from "../ui/parts.js";
import { Shell } from "../ui/shell.js";
import { DayFigures } from "../rooms/agents/day_figures.js";
import { useShift } from "../rooms/agents/shift_desk.js";
import { StateBar } from "../rooms/agents/state_bar.js";
import { MyCalls, RingingVoice, phase } from "../rooms/calls/my_calls.js";
import { ParkList } from "../rooms/calls/control_park.js";
import { MyDay } from "../rooms/calls/my_day.js";
import { Pop } from "../rooms/customers/pop.js";
import { CustomerSearch } from "../rooms/customers/search.js";
import { WriteUp } from "../rooms/customers/write_up.js";
import { HandButton } from "../rooms/help/hand.js";
import { OwnMessages } from "../rooms/help/messages.js";
import { NoticeBars } from "../rooms/help/notices.js";
import { SupervisionNotices } from "../rooms/monitoring/told_agent.js";
import { RecordButton } from "../rooms/recording/record_button.js";
import { PhonePanel } from "../rooms/phone/phone_panel.js";
import { QualityNews } from "../rooms/qa/mine.js";
import { LostCalls } from "../rooms/queues/lost_calls.js";
import { OwnWork } from "../rooms/routing/own_work.js";

/** @import { App } from "../ui/app.js" */
/** @import { CustomerJson, MyCallJson, PopJson } from "../core/shapes.js" */

/**
 * Records as they came back from the server when something was saved here, by call. `over` is the record of the pop
 * that it stands for: when a push brings another one, that is newer.
 */
const records = signal(/** @type {Map<string, {customer: CustomerJson, over: CustomerJson | null}>} */ (new Map()));
/** A call of the day that was opened again. */
const reopened = signal(/** @type {PopJson | null} */ (null));
/** The call that the agent chose; null: the one that needs him most. */
const chosen = signal(/** @type {string | null} */ (null));

/** Ringing first, then talking, then those to be written up. @param {PopJson[]} pops @param {MyCallJson[]} calls */
function foremost(pops, calls) {
  const order = ["ringing", "dialling", "talking", "held"];
  const call = [...calls].sort((a, b) => order.indexOf(phase(a)) - order.indexOf(phase(b)))[0];
  if (call) return call.id;
  return [...pops].sort((a, b) => b.at - a.at)[0]?.call_id ?? null;
}

/** @param {PopJson} pop @returns {PopJson} */
function withRecord(pop) {
  const kept = records.value.get(pop.call_id);
  return kept && kept.over === pop.customer ? { ...pop, customer: kept.customer } : pop;
}

/** @param {App} app */
function AgentPage(app) {
  const { api, live, who } = app;
  const drafts = useMemo(() => new Drafts(app.storage, who.user.id, () => Date.now()), []);
  const [turn, setTurn] = useState(0);
  const forgotten = live.system.value?.forgotten;
  useEffect(() => {
    // Somebody was erased: what was typed about his calls goes from this browser too.
    for (const id of forgotten ?? []) {
      drafts.remove(`${id}#record`);
      if (drafts.read(id)) drafts.write(id, { done: true });
    }
    if (forgotten?.length) setTurn((before) => before + 1);
  }, [forgotten]);
  const [read, setRead] = useState(0);
  const outcomes = useAnswer(() => api.get("outcomes"), []);
  const me = live.me.value;
  const calls = [...(me?.calls.values() ?? [])];
  const front = useRef(/** @type {string | null} */ (null));
  const hasDraft = (/** @type {string} */ id) => Boolean(drafts.read(id) && !drafts.read(id)?.done);
  const keepRecord = (/** @type {string} */ id, /** @type {CustomerJson} */ customer) => {
    records.value = new Map(records.value).set(id, { customer, over: live.me.peek()?.pops.get(id)?.customer ?? null });
  };
  // A pop that the server has closed stays while it is being looked at or holds something unsaved.
  const wantedStill = (/** @type {PopJson} */ one) => one.state !== "after" || (!drafts.read(one.call_id)?.done && (!one.gone || hasDraft(one.call_id) || front.current === one.call_id));
  const pops = [...(me?.pops.values() ?? [])].filter(wantedStill).map(withRecord);
  const known = [...pops, ...(reopened.value ? [withRecord(reopened.value)] : [])];
  const wanted = [chosen.value, foremost(pops, calls), reopened.value?.call_id].find((id) => id && (known.some((pop) => pop.call_id === id) || calls.some((call) => call.id === id)));
  const pop = known.find((one) => one.call_id === wanted) ?? null;
  front.current = wanted ?? null;
  const names = new Map(pops.filter((one) => one.customer?.name).map((one) => [one.call_id, /** @type {CustomerJson} */ (one.customer).name]));
  const ringing = calls.filter((call) => phase(call) === "ringing");
  const old = stale(app, me?.agent ? new Set([me.agent.pbx]) : undefined);
  const shift = useShift({ me, api, stopped: Boolean(old) });
  const ids = calls.map((call) => call.id).join(" ");
  useEffect(() => setTurn((n) => n + 1), [ids]);
  useEffect(() => {
    // A new ring comes to the front, whatever was being read.
    if (ringing.length) chosen.value = null;
  }, [ringing.map((call) => call.id).join(" ")]);
  // The phone in this page rings even while nothing is heard of the server.
  const rings = Math.max(ringing.length, browserPhone.value?.calls().filter((call) => call.state === "ringing").length ?? 0);
  setTitle("page.agent", rings ? `☎ (${rings})` : undefined);
  const reopen = async (/** @type {any} */ row) => {
    chosen.value = row.call_id;
    if (pops.some((one) => one.call_id === row.call_id)) return;
    reopened.value = asPop(row);
    if (row.customer) api.get(`customers/${row.customer.id}`).then((customer) => keepRecord(row.call_id, customer), () => undefined);
  };
  const done = (/** @type {string} */ id) => {
    drafts.write(id, { done: true });
    const kept = live.me.peek()?.pops.get(id);
    if (kept && !kept.gone) api.ask("DELETE", `pops/${encodeURIComponent(id)}`).catch(() => undefined);
    if (reopened.value?.call_id === id) reopened.value = null;
    chosen.value = null;
    setTurn((n) => n + 1);
  };
  const noDial = useDialler(app);
  if (!me) return html`<${Shell} app=${app}><${Loading} label=${t("loading.live")} /><//>`;
  const news = me.quality.turn > read ? me.quality.news : null;
  const frozenAt = old ? old.since : null;
  const tools = html`<${HandButton} hand=${me.help.hand} api=${api} frozenAt=${frozenAt} /><${OwnMessages} app=${app} help=${me.help} /><${CustomerSearch} api=${api} />`;
  return html`<${Shell} app=${app} tools=${tools}>
    <h1 class="sr">${t("page.agent")}</h1>
    <${QualityNews} news=${news} close=${() => setRead(me.quality.turn)} />
    <${NoticeBars} notices=${me.help.notices} api=${api} />
    <${RingingVoice} calls=${calls} names=${names} />
    ${shift.notices}
    <${SupervisionNotices} monitored=${me.monitored} forced=${me.forced} />
    <${StateBar} agent=${me.agent} today=${me.today} frozenAt=${frozenAt} controls=${shift.controls} />
    <div class="agent-columns">
      <div class="agent-side">
        ${me.phone && html`<${PhonePanel} app=${app} shown=${me.phone} />`}
        <${MyCalls} calls=${calls} names=${names} chosen=${wanted ?? null} onChoose=${(/** @type {string} */ id) => (chosen.value = id)} frozenAt=${frozenAt} control=${me.control} api=${api}
          below=${(/** @type {any} */ call) => html`<${RecordButton} key=${`${call.id} recording`} callId=${call.id} recording=${me.recordings.get(call.id)} api=${api} stopped=${frozenAt !== null} />`} />
        ${me.agent && html`<${ParkList} api=${api} why=${noDial} turn=${ids} frozenAt=${frozenAt} />`}
        ${me.agent && html`<${DayFigures} api=${api} turn=${`${ids}/${me.agent.state}/${me.agent.reason}/${mineToCall(app)}`} />`}
        <${MyDay} api=${api} userId=${who.user.id} live=${new Set(calls.map((call) => call.id))} turn=${turn} hasDraft=${hasDraft} chosen=${wanted ?? null} onOpen=${reopen} />
        <${LostCalls} app=${app} frozenAt=${frozenAt} onlyWork />
        ${me.agent && html`<${OwnWork} app=${app} turn=${ids} frozenAt=${frozenAt} />`}
      </div>
      <${Pop} pop=${pop} outcomes=${outcomes.data ?? []} api=${api} drafts=${drafts} onCustomer=${keepRecord} />
      <${WriteUp} pop=${pop} outcomes=${outcomes.data ?? []} api=${api} drafts=${drafts} onDone=${done}
        onSaved=${(/** @type {string} */ id, /** @type {CustomerJson | null} */ customer) => customer && keepRecord(id, customer)} />
    </div>
  <//>`;
}

/** Which lost callers he has taken on himself: his callbacks follow it. @param {App} app */
function mineToCall(app) {
  return [...(app.live.lost.value?.items.values() ?? [])].filter((one) => one.claimed_by === app.who.user.id).map((one) => one.revision).join("-");
}

/** A call of the day in the form of a pop. @param {any} row @returns {PopJson} */
function asPop(row) {
  const number = { raw: row.number, e164: null, national: null, display: row.number, province: "", carrier: "", withheld: row.withheld };
  return { call_id: row.call_id, at: row.started_at, status: row.withheld ? "withheld" : "numberOnly", number, customer: null, candidates: [],
    queue: row.queue, dialled: row.dialled, data: {}, state: "after", gone: true };
}

startPage({ page: "agent", topics: ["system", "me", "lost"], draw: AgentPage });
