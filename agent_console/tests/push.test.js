/** The push client against a websocket that hands messages over late, twice and out of order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../core/backoff.js";
import { PushClient } from "../core/push.js";

/** Time that passes when it is told to. */
class Clock {
  now = 1_000_000;
  /** @type {{at: number, run: () => void, id: number}[]} */
  timers = [];
  next = 1;

  later = (run, ms) => {
    this.timers.push({ at: this.now + ms, run, id: this.next });
    return this.next++;
  };

  cancel = (id) => {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  };

  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.now = due.at;
      this.cancel(due.id);
      due.run();
      await settled();
    }
    this.now = end;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

class FakeSocket {
  readyState = 0;
  sent = [];

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  say(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  greet() {
    this.open();
    this.say({ type: "ready", heartbeat: 20, ts: 5 });
  }

  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

function setUp({ ticket = async () => "t1", topics = ["me"] } = {}) {
  const clock = new Clock();
  const sockets = [];
  const delivered = [];
  const client = new PushClient({
    open: () => {
      sockets.push(new FakeSocket());
      return sockets.at(-1);
    },
    ticket, now: () => clock.now, random: () => 0.5, later: clock.later, cancel: clock.cancel,
    deliver: (message) => delivered.push(message.type === "snapshot" ? `snapshot ${message.seq}` : message.seq),
  });
  client.subscribe(topics);
  return { clock, sockets, delivered, client, socket: () => sockets.at(-1) };
}

const snapshot = (seq, epoch = "e", topic = "me") => ({ seq, epoch, ts: 1, type: "snapshot", topic, data: {} });
const change = (seq, topic = "me") => ({ seq, ts: 1, type: "call.updated", topic, data: {} });

async function connected(options) {
  const world = setUp(options);
  await world.client.connect();
  world.socket().greet();
  return world;
}

test("authenticates in the first message, then subscribes", async () => {
  const { socket, client } = await connected({ topics: ["me", "system"] });
  assert.deepEqual(socket().sent[0], { type: "auth", ticket: "t1" });
  assert.deepEqual(socket().sent[1], { type: "subscribe", topics: ["me", "system"], since: {} });
  assert.equal(client.status.value.phase, "open");
});

test("delivers doubled and disordered messages once and in order, whatever the order", async () => {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  for (let round = 0; round < 300; round++) {
    const { socket, delivered } = await connected();
    const frames = [snapshot(10), ...Array.from({ length: 12 }, (_, n) => change(11 + n))];
    const doubled = frames.flatMap((frame) => (random() < 0.3 ? [frame, frame] : [frame]));
    for (let n = doubled.length - 1; n > 0; n--) {
      const k = Math.max(0, n - Math.floor(random() * 5));
      [doubled[n], doubled[k]] = [doubled[k], doubled[n]];
    }
    for (const frame of doubled) socket().say(frame);
    const changes = delivered.filter((one) => typeof one === "number");
    assert.deepEqual(changes, [...changes].sort((a, b) => a - b));
    assert.equal(new Set(changes).size, changes.length);
    assert.equal(delivered.at(-1), 22, `round ${round}: ${delivered}`);
  }
});

test("asks once for what is missing and holds what came early", async () => {
  const { socket, delivered } = await connected();
  socket().say(snapshot(1));
  socket().say(change(2));
  for (const seq of [5, 4, 6]) socket().say(change(seq));
  assert.deepEqual(delivered, ["snapshot 1", 2]);
  const asked = socket().sent.slice(2);
  assert.deepEqual(asked, [{ type: "subscribe", topics: ["me"], since: { me: "e:2" } }]);
  socket().say(change(3));
  assert.deepEqual(delivered, ["snapshot 1", 2, 3, 4, 5, 6]);
});

test("resumes where it was, and takes a snapshot when that is all there is", async () => {
  const { clock, socket, sockets, delivered } = await connected();
  socket().say(snapshot(1));
  socket().say(change(2));
  socket().lose();
  await clock.pass(600);
  assert.equal(sockets.length, 2);
  socket().greet();
  assert.deepEqual(socket().sent[1], { type: "subscribe", topics: ["me"], since: { me: "e:2" } });
  socket().say(change(3));
  socket().say(snapshot(90, "f"));
  socket().say(change(91));
  assert.deepEqual(delivered, ["snapshot 1", 2, 3, "snapshot 90", 91]);
});

test("a frame of an old socket is not heard any more", async () => {
  const { clock, sockets, delivered, socket } = await connected();
  const old = socket();
  const say = old.onmessage;
  old.lose();
  await clock.pass(600);
  socket().greet();
  say?.({ data: JSON.stringify(snapshot(99)) });
  assert.deepEqual(delivered, []);
  assert.equal(sockets.length, 2);
});

test("waits longer after each failure, half to all of 0.5, 1, 2 … 30 seconds", async () => {
  const waits = Array.from({ length: 10 }, (_, n) => [pause(n, () => 0), pause(n, () => 1)]);
  assert.deepEqual(waits.map(([least]) => least), [0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 15]);
  assert.ok(waits.every(([least, most]) => most === least * 2));
});

test("the tries do not pile up: one socket at a time, told when the next one is", async () => {
  const { clock, client, sockets } = setUp();
  await client.connect();
  for (let n = 0; n < 5; n++) {
    sockets.at(-1).lose();
    const { phase, retryAt, downSince } = client.status.value;
    assert.equal(phase, "waiting");
    assert.ok(retryAt > clock.now);
    assert.ok(downSince !== null);
    await clock.pass(retryAt - clock.now);
  }
  assert.equal(sockets.length, 6);
  assert.equal(sockets.filter((one) => one.readyState !== 3).length, 1);
});

test("a poke while waiting tries at once and not twice", async () => {
  const { clock, client, sockets, socket } = await connected();
  socket().lose();
  client.poke();
  await settled();
  client.poke();
  await settled();
  assert.equal(sockets.length, 2);
  await clock.pass(5000);
  assert.equal(sockets.length, 2);
});

test("answers pings; a server that is silent for nearly two heartbeats is given up", async () => {
  const { clock, client, socket, sockets } = await connected();
  await clock.pass(20_000);
  socket().say({ type: "ping", ts: 25 });
  assert.deepEqual(socket().sent.at(-1), { type: "pong" });
  await clock.pass(34_000);
  assert.equal(client.status.value.phase, "open");
  await clock.pass(1500);
  assert.notEqual(client.status.value.phase, "open");
  assert.ok(sockets.length >= 1);
});

test("a handshake that does not come to an end is given up", async () => {
  const { clock, client, sockets } = setUp();
  await client.connect();
  await clock.pass(10_000);
  assert.equal(client.status.value.phase, "waiting");
  await clock.pass(1000);
  assert.equal(sockets.length, 2);
});

test("signed out: no more tries, and no more sockets", async () => {
  let signedIn = true;
  const ticket = async () => {
    if (!signedIn) throw Object.assign(new Error("no"), { status: 401 });
    return "t";
  };
  const { clock, client, socket, sockets } = await connected({ ticket });
  signedIn = false;
  socket().lose(4401);
  await clock.pass(60_000);
  assert.equal(client.status.value.phase, "ended");
  assert.equal(sockets.length, 1);
});

test("an error of the ticket that is not about the session is tried again", async () => {
  let failures = 2;
  const ticket = async () => {
    if (failures-- > 0) throw Object.assign(new Error("away"), { status: 503 });
    return "t";
  };
  const { clock, client, sockets } = setUp({ ticket });
  await client.connect();
  await clock.pass(5000);
  assert.equal(sockets.length, 1);
});

test("nonsense from the wire ends the connection and nothing else", async () => {
  const { clock, client, socket, delivered } = await connected();
  socket().say("{ not json");
  assert.equal(client.status.value.phase, "waiting");
  await clock.pass(600);
  socket().greet();
  socket().say(snapshot(1));
  assert.deepEqual(delivered, ["snapshot 1"]);
});

test("a refused topic is not asked for again", async () => {
  const { clock, socket } = await connected({ topics: ["me", "calls"] });
  socket().say({ type: "refused", topic: "calls", code: "forbidden" });
  socket().lose();
  await clock.pass(600);
  socket().greet();
  assert.deepEqual(socket().sent[1].topics, ["me"]);
});

test("stale since: the moment of the last frame, kept over failing tries", async () => {
  const { clock, client, socket } = await connected();
  socket().say(snapshot(1));
  const heard = clock.now;
  await clock.pass(4000);
  socket().lose();
  assert.equal(client.status.value.downSince, heard);
  await clock.pass(20_000);
  assert.equal(client.status.value.downSince, heard);
  socket().greet();
  assert.equal(client.status.value.downSince, null);
});
