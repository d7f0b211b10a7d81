/** Time, figures, formats, drafts, errors, pages: the small pure parts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Api, ApiError, errorText, queryString } from "../core/api.js";
import { Drafts } from "../core/drafts.js";
import { longestSince, serviceLevel, staffing, summed } from "../core/figures.js";
import { compare, initials, percent, shortDevice } from "../core/format.js";
import { language, t, word } from "../core/i18n.js";
import { journey, ticks } from "../core/journey.js";
import { afterSignIn, home, offered } from "../core/pages.js";
import { ServerClock, beat, dateTime, duration, fromLocal, second } from "../core/time.js";

const day = { offered: 1060, answered: 1000, abandoned: 60, short_abandoned: 10, answered_within: 860, abandoned_within: 20, service_level: null, asa: 10, longest_wait_today: 9 };

test("the service level of each definition is the one worked out by hand", () => {
  const shown = ["F1", "F2", "F3", "F4", "F5", "F6"].map((name) => ((serviceLevel(name, day) ?? 0) * 100).toFixed(2));
  assert.deepEqual(shown, ["83.02", "86.00", "81.13", "82.69", "82.08", "81.90"]);
  assert.equal(serviceLevel("F6", { ...day, answered: 0, abandoned: 0, short_abandoned: 0, answered_within: 0 }), null);
});

test("figures of several queues come from the sums", () => {
  const other = { ...day, answered: 0, abandoned: 10, short_abandoned: 0, answered_within: 0, asa: null, longest_wait_today: 30 };
  const sum = summed([{ figures: day }, { figures: other }], "F6");
  assert.equal(((sum.service_level ?? 0) * 100).toFixed(2), "81.13");
  assert.equal(sum.asa, 10);
  assert.equal(sum.longest_wait_today, 30);
  assert.equal(summed([], "F6").service_level, null);
});

test("the longest wait is that of the first who joined", () => {
  assert.equal(longestSince([{ waiting: [{ joined_at: 50 }, { joined_at: 20 }] }, { waiting: [] }]), 20);
  assert.equal(longestSince([{ waiting: [] }]), null);
});

test("an agent of two queues is counted once, one of none not at all", () => {
  const agent = (state, ...queues) => ({ pbx: "p", state, queues: queues.map((queue) => ({ queue })) });
  const all = [agent("ready", "a", "b"), agent("alerting", "a"), agent("busy", "b"), agent("notReady", "z"), agent("loggedOff", "a"), agent("workingAfterCall", "b")];
  assert.deepEqual(staffing(all, new Set(["p/a", "p/b"])), { ready: 1, talking: 2, wrapping: 1, notReady: 0, unreachable: 0, loggedOn: 4 });
});

test("durations", () => {
  assert.deepEqual([0, 7.9, 754, 3723, -5, null, NaN].map(duration), ["0:00", "0:07", "12:34", "1:02:03", "0:00", "–", "–"]);
});

test("wall-clock times of a zone, also at both changes of summer time", () => {
  assert.equal(fromLocal("2026-11-23T08:00", "Asia/Shanghai"), Date.UTC(2026, 10, 23) / 1000);
  for (const local of ["2026-03-29T01:30", "2026-03-29T03:30", "2026-10-25T00:30", "2026-10-25T04:00"]) {
    assert.equal(dateTime(fromLocal(local, "Europe/Berlin"), "Europe/Berlin"), local.replace("T", " "));
  }
  assert.ok(Number.isNaN(fromLocal("nonsense", "Asia/Shanghai")));
});

test("the server's clock: the quickest message counts, and running times do not drift", () => {
  let local = 1_000_000;
  const clock = new ServerClock(() => local);
  for (const late of [3, 0.05, 1]) clock.heard(local / 1000 + 60 - late);
  assert.ok(Math.abs(clock.now() - (local / 1000 + 59.95)) < 1e-6);
  /** @type {[() => void, number][]} */
  const timers = [];
  beat(clock, (run, ms) => timers.push([run, ms]), () => undefined);
  for (let n = 0; n < 100; n++) {
    const [run, ms] = timers.at(-1) ?? [() => undefined, 0];
    local += ms + (n % 7) * 40;
    run();
    assert.equal(second.value, Math.floor(clock.now()));
    assert.ok(ms <= 1005 && ms > 0);
  }
});

test("formats", () => {
  assert.deepEqual([percent(0.819), percent(null), percent(1)], ["82%", "–", "100%"]);
  assert.equal(shortDevice("PJSIP/1001"), "1001");
  assert.deepEqual(["王小明", "Ada Lovelace", "cher", "  ", "👩‍💻 Ada"].map(initials), ["王", "AL", "C", "", "👩A"]);
  assert.deepEqual([3, null, 1].sort((a, b) => compare(a, b, "en")), [1, 3, null]);
});

test("texts: filled, counted, and shown raw when unknown", () => {
  language.value = "en";
  assert.equal(t("pop.several", { n: 1 }), "1 customer with this number");
  assert.equal(t("pop.several", { n: 3 }), "3 customers share this number");
  assert.equal(word("state", "ready"), "Ready");
  assert.equal(word("state", "unheard"), "unheard");
  assert.equal(t("connection.staleSince", {}), "Stale since {time}");
});

test("errors: our text by code, else the server's own sentence", async () => {
  language.value = "en";
  assert.equal(errorText(new ApiError(409, "login_taken", "Taken.")), "There is already a user with this login.");
  assert.equal(errorText(new ApiError(400, "odd_thing", "That is odd.", { allowed: "even things" })), "That is odd. Allowed: even things.");
  assert.match(errorText(new TypeError("x")), /unexpected/);
});

test("the API: problems, silence, the session's end", async () => {
  let out = 0;
  const answer = (status, body) => async () => ({ ok: status < 400, status, json: async () => body });
  const api = (fetch) => new Api(fetch, () => out++);
  assert.deepEqual(await api(answer(200, { a: 1 })).get("me"), { a: 1 });
  assert.equal(await api(answer(204, undefined)).post("sign-out"), null);
  await assert.rejects(api(answer(401, { code: "not_signed_in" })).get("me"), { status: 401 });
  assert.equal(out, 1);
  await assert.rejects(api(answer(401, { code: "sign_in_failed", detail: "no" })).post("sign-in"), { code: "sign_in_failed", sentence: "no" });
  assert.equal(out, 1);
  await assert.rejects(api(async () => { throw new TypeError("refused"); }).get("me"), { code: "network" });
  await assert.rejects(api(async () => { throw Object.assign(new Error(), { name: "TimeoutError" }); }).get("me"), { code: "no_answer" });
  await assert.rejects(api(async () => ({ ok: false, status: 502, json: async () => { throw new SyntaxError(); } })).get("x"), { code: "status_502" });
  assert.equal(queryString({ a: "1 &", b: "", c: null, d: 0 }), "?a=1+%26&d=0");
});

class FakeStorage extends Map {
  get length() { return this.size; }
  key(n) { return [...this.keys()][n] ?? null; }
  getItem(key) { return this.get(key) ?? null; }
  setItem(key, value) { this.set(key, value); }
  removeItem(key) { this.delete(key); }
}

test("drafts: survive, stay apart by user, grow old, and live without a storage", () => {
  let now = 1000;
  const storage = new FakeStorage();
  const drafts = new Drafts(storage, 1, () => now);
  drafts.write("c1", { summary: "half a sent" });
  assert.deepEqual(new Drafts(storage, 1, () => now).read("c1"), { summary: "half a sent" });
  assert.equal(new Drafts(storage, 2, () => now).read("c1"), null);
  drafts.remove("c1");
  assert.equal(new Drafts(storage, 1, () => now).read("c1"), null);
  drafts.write("c2", { summary: "old" });
  now += 4 * 24 * 3600 * 1000;
  storage.set("cti.draft.9.broken", "{");
  storage.set("other", "kept");
  new Drafts(storage, 5, () => now);
  assert.deepEqual([...storage.keys()], ["other"]);
  const full = new Drafts({ getItem: () => null, setItem: () => { throw new Error("full"); }, removeItem: () => { throw new Error("no"); } }, 1, () => now);
  full.write("c", { note: "x" });
  assert.deepEqual(full.read("c"), { note: "x" });
  full.remove("c");
  assert.equal(full.read("c"), null);
});

test("after signing in only a page of ours, and one that is allowed, may follow", () => {
  assert.equal(afterSignIn("history.html#call=3", ["qa"]), "history.html#call=3");
  for (const bad of ["https://evil.example/agent.html", "//evil.example", "javascript:alert(1)", "admin.html", null, ""]) assert.equal(afterSignIn(bad, ["agent"]), "agent.html");
  assert.deepEqual([home(["qa"]), home(["admin"]), home(["supervisor", "agent"]), home([])], ["quality.html", "admin.html", "agent.html", null]);
  assert.deepEqual(offered(["supervisor"]).map((page) => page.name), ["supervisor", "history", "monitoring", "recordings", "quality", "wallboard"]);
});

test("a journey: one lane for each queue and agent, bars where they were, open ones to now", () => {
  const part = (n, kind, from, to, more = {}) => ({ n, kind, started_at: from, ended_at: to, result: null, queue: null, device: null, leg_id: null, held_seconds: 0, exact: true, ...more });
  const call = { started_at: 100, ended_at: null, segments: [part(3, "talk", 150, null, { device: "PJSIP/1", agent_name: "Ada", queue: "q" }), part(1, "ivr", 100, 110), part(2, "queue", 110, 150, { queue: "q" }), part(4, "ring", 140, 150, { device: "PJSIP/1", queue: "q" })] };
  const drawn = journey(call, 200);
  assert.deepEqual(drawn.lanes.map((lane) => [lane.kind, lane.name, lane.bars.length]), [["ivr", "", 1], ["queue", "q", 1], ["agent", "Ada", 2]]);
  const talk = drawn.lanes[2]?.bars.find((bar) => bar.kind === "talk");
  assert.deepEqual([talk?.from, talk?.to, talk?.open, talk?.seconds], [0.5, 1, true, 50]);
  for (const seconds of [1, 7, 59, 300, 4000, 90000]) assert.ok(ticks(seconds).length >= 2 && ticks(seconds).length <= 10, String(seconds));
});
