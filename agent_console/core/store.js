/** The live state of each topic as signals. Bursts are gathered: at most one drawing per `gap`, the first at once. */

import { batch, signal } from "../vendor/signals-core.js";
import { learnReasons } from "./shift.js";
import { reducers } from "./topics.js";

/** @import { PushMessage, SystemJson } from "./shapes.js" */
/** @import { AgentsState, CallsState, MeState, QueuesState } from "./topics.js" */
/** @import { MovesState } from "./moves.js" */
/** @import { LostState, MonitoringState } from "./supervision.js" */
/** @import { CallbacksState, VoicemailState } from "./work_lists.js" */
/** @import { HelpState } from "./help.js" */
/** @template T @typedef {import("../vendor/signals-core.js").Signal<T>} Signal */

export class LiveStore {
  /**
   * @param {() => number} now milliseconds
   * @param {(run: () => void, milliseconds: number) => any} later
   * @param {number} [gap] milliseconds between two drawings
   */
  constructor(now, later, gap = 16) {
    this.now = now;
    this.later = later;
    this.gap = gap;
    this.me = /** @type {Signal<MeState | null>} */ (signal(null));
    this.agents = /** @type {Signal<AgentsState | null>} */ (signal(null));
    this.queues = /** @type {Signal<QueuesState | null>} */ (signal(null));
    this.calls = /** @type {Signal<CallsState | null>} */ (signal(null));
    this.system = /** @type {Signal<SystemJson | null>} */ (signal(null));
    this.monitoring = /** @type {Signal<MonitoringState | null>} */ (signal(null));
    this.moves = /** @type {Signal<MovesState | null>} */ (signal(null));
    this.lost = /** @type {Signal<LostState | null>} */ (signal(null));
    this.callbacks = /** @type {Signal<CallbacksState | null>} */ (signal(null));
    this.voicemail = /** @type {Signal<VoicemailState | null>} */ (signal(null));
    this.help = /** @type {Signal<HelpState | null>} */ (signal(null));
    /** @type {PushMessage[]} */
    this.held = [];
    this.shownAt = -Infinity;
    this.planned = false;
  }

  /** A message of the stream. @param {PushMessage} message */
  take(message) {
    this.held.push(message);
    if (this.planned) return;
    const wait = this.shownAt + this.gap - this.now();
    if (wait <= 0) this.show();
    else {
      this.planned = true;
      this.later(() => this.show(), wait);
    }
  }

  show() {
    this.planned = false;
    this.shownAt = this.now();
    const messages = this.held;
    this.held = [];
    /** @type {Map<string, any>} */
    const states = new Map();
    for (const message of messages) {
      const reducer = reducers[message.topic];
      if (!reducer) continue;
      const before = states.has(message.topic) ? states.get(message.topic) : /** @type {any} */ (this)[message.topic].peek();
      states.set(message.topic, reducer(before, message));
    }
    batch(() => {
      for (const [topic, state] of states) {
        learnReasons(state);
        /** @type {any} */ (this)[topic].value = state;
      }
    });
  }
}
