/**
 * The push stream: one websocket that comes back by itself, resumes where it was, and never shows a message twice or
 * out of order. Knows no page: the socket, the clock and the way to get a ticket are handed in.
 */

import { signal } from "../vendor/signals-core.js";
import { pause } from "./backoff.js";

/** @import { PushMessage } from "./shapes.js" */

/**
 * `connecting` · `open` · `waiting` for the next try at `retryAt` · `ended`: signed out, no more tries.
 * `downSince` and `retryAt` are local milliseconds.
 * @typedef {{phase: "connecting" | "open" | "waiting" | "ended", downSince: number | null, retryAt: number | null}} Status
 */

/**
 * @typedef {object} Surroundings
 * @property {() => any} open makes a new WebSocket to the server
 * @property {() => Promise<string>} ticket a single-use ticket; throws an error with status 401 when signed out
 * @property {() => number} now local milliseconds
 * @property {() => number} random
 * @property {(run: () => void, milliseconds: number) => any} later
 * @property {(id: any) => void} cancel
 * @property {(message: PushMessage) => void} deliver called with each message once and in order
 * @property {(ts: number) => void} [heard] called with the server's stamp of frames that are sent at once
 * @property {(topic: string, code: string) => void} [refused]
 */

const HANDSHAKE_SECONDS = 10;
/** Later messages that are kept while a missing one is asked for. */
const EARLY_MOST = 256;
const SIGNED_OUT = 4401;

/** Where we stand in a topic. `early` holds messages that came before their turn. */
class Position {
  constructor() {
    this.epoch = "";
    this.seq = -1;
    this.asked = false;
    /** @type {Map<number, PushMessage>} */
    this.early = new Map();
  }
}

export class PushClient {
  /** @param {Surroundings} around */
  constructor(around) {
    this.around = around;
    this.status = signal(/** @type {Status} */ ({ phase: "connecting", downSince: null, retryAt: null }));
    /** Local milliseconds at which the last frame came; null before the first. */
    this.lastHeard = signal(/** @type {number | null} */ (null));
    /** @type {Map<string, Position>} */
    this.topics = new Map();
    /** @type {any} */
    this.socket = null;
    this.ready = false;
    this.tries = 0;
    this.heartbeat = 20;
    this.attempt = 0;
    /** @type {any} */
    this.timer = null;
  }

  /** Ask for topics; may be called at any time. @param {string[]} names */
  subscribe(names) {
    const fresh = names.filter((name) => !this.topics.has(name));
    for (const name of fresh) this.topics.set(name, new Position());
    if (this.ready && fresh.length) this.send({ type: "subscribe", topics: fresh });
  }

  /** Leave topics. @param {string[]} names */
  unsubscribe(names) {
    for (const name of names) this.topics.delete(name);
    if (this.ready) this.send({ type: "unsubscribe", topics: names });
  }

  /** Try at once: the network is back, the page is seen again, or somebody pressed the button. */
  poke() {
    if (this.status.value.phase === "waiting") this.connect();
    else if (this.status.value.phase === "open") this.checkSilence();
  }

  /** Close for good. */
  end() {
    this.attempt += 1;
    this.drop();
    this.set("ended", null);
  }

  async connect() {
    const attempt = ++this.attempt;
    this.drop();
    this.set("connecting", null);
    let ticket;
    try {
      ticket = await this.around.ticket();
    } catch (error) {
      if (attempt !== this.attempt) return;
      if (/** @type {any} */ (error)?.status === 401) this.end();
      else this.retry();
      return;
    }
    if (attempt !== this.attempt) return;
    try {
      this.socket = this.around.open();
    } catch {
      this.retry();
      return;
    }
    const socket = this.socket;
    const mine = () => attempt === this.attempt && socket === this.socket;
    socket.onopen = () => mine() && this.send({ type: "auth", ticket });
    socket.onmessage = (/** @type {{data: any}} */ event) => mine() && this.receive(event.data);
    socket.onclose = (/** @type {{code?: number}} */ event) => mine() && this.closed(event.code);
    this.timer = this.around.later(() => mine() && this.retry(), HANDSHAKE_SECONDS * 1000);
  }

  /** @param {number | undefined} code */
  closed(code) {
    // A refused ticket may only have been too old: ask for a new one, which tells whether the session has ended.
    if (code === SIGNED_OUT && !this.ready) this.tries = Math.max(this.tries, 2);
    this.retry();
  }

  retry() {
    this.attempt += 1;
    this.drop();
    const wait = pause(this.tries++, this.around.random) * 1000;
    this.set("waiting", this.around.now() + wait);
    this.timer = this.around.later(() => this.connect(), wait);
  }

  /** Let go of the socket and the timer, whatever they are doing. */
  drop() {
    this.around.cancel(this.timer);
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close();
    } catch {
      // Closing a socket that is half open may throw; it is gone either way.
    }
  }

  /** @param {Status["phase"]} phase @param {number | null} retryAt */
  set(phase, retryAt) {
    const before = this.status.peek();
    const downSince = phase === "open" ? null : before.downSince ?? this.lastHeard.peek() ?? this.around.now();
    this.status.value = { phase, downSince, retryAt };
  }

  /** @param {object} frame */
  send(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  /** @param {unknown} text */
  receive(text) {
    let message;
    try {
      message = JSON.parse(String(text));
    } catch {
      return this.retry();
    }
    this.lastHeard.value = this.around.now();
    if (message.type === "ready") return this.greeted(message);
    if (!this.ready) return undefined;
    this.watch();
    if (message.type === "ping") {
      this.around.heard?.(message.ts);
      return this.send({ type: "pong" });
    }
    if (message.type === "refused") return this.refuse(message);
    return this.take(message);
  }

  /** @param {{heartbeat?: number, ts: number}} message */
  greeted(message) {
    this.ready = true;
    this.tries = 0;
    this.heartbeat = message.heartbeat ?? 20;
    this.around.heard?.(message.ts);
    this.set("open", null);
    this.watch();
    if (this.topics.size) this.ask([...this.topics.keys()]);
  }

  /** Subscribe with the places up to which we know the topics. @param {string[]} names */
  ask(names) {
    /** @type {Record<string, string>} */
    const since = {};
    for (const name of names) {
      const position = this.topics.get(name);
      if (!position) continue;
      position.early.clear();
      if (position.epoch) since[name] = `${position.epoch}:${position.seq}`;
    }
    this.send({ type: "subscribe", topics: names, since });
  }

  /** @param {{topic: string, code: string}} message */
  refuse(message) {
    this.topics.delete(message.topic);
    this.around.refused?.(message.topic, message.code);
  }

  /** A server that says nothing for nearly two heartbeats is gone, even if the socket does not know. */
  watch() {
    this.around.cancel(this.timer);
    this.timer = this.around.later(() => this.retry(), this.heartbeat * 1750);
  }

  checkSilence() {
    const silent = this.around.now() - (this.lastHeard.peek() ?? 0);
    if (silent > this.heartbeat * 1750) this.connect();
  }

  /** @param {PushMessage} message */
  take(message) {
    const position = this.topics.get(message.topic);
    if (!position) return;
    if (message.type === "snapshot") {
      // One that is older than what is shown is a double of one that was taken in before.
      if (position.epoch && message.epoch === position.epoch && message.seq < position.seq) return;
      position.epoch = message.epoch ?? "";
      position.seq = message.seq;
      position.asked = false;
      this.around.deliver(message);
    } else if (position.seq < 0 || message.seq > position.seq + 1) this.early(position, message);
    else if (message.seq === position.seq + 1) this.next(position, message);
    // Anything older was delivered before.
    this.drain(position);
  }

  /** @param {Position} position @param {PushMessage} message */
  next(position, message) {
    position.seq = message.seq;
    position.asked = false;
    this.around.deliver(message);
  }

  /** Something is missing before this message: keep it, and ask once for what is missing. @param {Position} position @param {PushMessage} message */
  early(position, message) {
    position.early.set(message.seq, message);
    if (position.seq < 0) {
      if (position.early.size > EARLY_MOST) this.retry();
      return;
    }
    if (position.early.size > EARLY_MOST) {
      // Asking did not help: begin anew with a snapshot.
      position.epoch = "";
      this.ask([message.topic]);
    } else if (!position.asked) {
      position.asked = true;
      this.send({ type: "subscribe", topics: [message.topic], since: { [message.topic]: `${position.epoch}:${position.seq}` } });
    }
  }

  /** @param {Position} position */
  drain(position) {
    for (const seq of position.early.keys()) if (seq <= position.seq) position.early.delete(seq);
    for (let found; (found = position.early.get(position.seq + 1)); ) {
      position.early.delete(found.seq);
      this.next(position, found);
    }
  }
}
