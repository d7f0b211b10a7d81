/** The phone of this page: started by one click, checked, then it rings here. One page of the agent has it at a time. */

import { ApiError, errorText } from "../../core/api.js";
import { CHECKS, browserPhone } from "../../core/browser_phone.js";
import { t } from "../../core/i18n.js";
import { signal } from "../../ui/html.js";
import { Alert } from "./alert.js";
import { checkIce, checkMicrophone, checkNotification, checkSpeaker } from "./checks.js";
import { Line } from "./line.js";
import { Sound } from "./sound.js";

/** @import { Api } from "../../core/api.js" */
/** @import { PhoneCall } from "../../core/browser_phone.js" */
/** @import { Held, Issued } from "./line.js" */

const LOCK = "cti.phone";
const MEASURE_SECONDS = 2;
/** The server takes a report on a call every ten seconds. */
const REPORT_SECONDS = 10.5;
/** A PBX that crashed within a second of our start has forgotten the password; the phone should not be away for long by that. */
const RENEW_RETRY_SECONDS = 5;

export class Phone {
  /** @param {Api} api @param {Storage | null} storage */
  constructor(api, storage) {
    this.api = api;
    this.sound = new Sound(storage);
    this.alert = new Alert();
    /** off, starting, ready, failed, elsewhere. */
    this.status = signal("off");
    /** What each check said; "running" while it is under way. */
    this.results = signal(/** @type {Record<string, string>} */ ({}));
    this.level = signal(0);
    this.registered = signal(false);
    this.calls = signal(/** @type {PhoneCall[]} */ ([]));
    /** What the server or the PBX said against it, for the user. */
    this.trouble = signal("");
    this.line = new Line(this.sound, {
      registered: (registered) => (this.registered.value = registered),
      refused: () => this.refused(),
      changed: () => this.changed(),
      ended: (call) => this.ended(/** @type {Held} */ (call)),
    });
    /** @type {Issued | null} */
    this.issued = null;
    this.seen = false;
    this.renewAt = 0;
    /** @type {Map<string, number>} */
    this.reported = new Map();
    /** @type {(() => void) | null} */
    this.unlock = null;
    /** @type {Worker | null} */
    this.ticker = null;
    this.seconds = 0;
  }

  /**
   * Inside the click: check everything and register. `takeOver` says that another page may lose the phone by it.
   * @param {boolean} takeOver
   */
  async start(takeOver) {
    if (this.status.value === "starting") return;
    this.status.value = "starting";
    this.trouble.value = "";
    this.results.value = Object.fromEntries(CHECKS.map((name) => [name, "running"]));
    // Both ask for the click's permission, so both begin before anything is waited for.
    const speaker = this.check("speaker", checkSpeaker(this.sound));
    const notification = this.check("notification", checkNotification());
    if (!(await this.lock(takeOver))) {
      this.status.value = "elsewhere";
      return;
    }
    await speaker;
    const microphone = this.check("microphone", checkMicrophone(this.sound, (level) => (this.level.value = level)));
    const network = this.check("network", this.connect());
    await Promise.all([notification, microphone, network]);
    await this.tellResults();
  }

  /** @param {string} name @param {Promise<string>} answer */
  async check(name, answer) {
    const said = await answer.catch((error) => {
      this.trouble.value = errorText(error);
      return "failed";
    });
    this.results.value = { ...this.results.value, [name]: said };
    return said;
  }

  /** One page of this browser at a time. @param {boolean} takeOver @returns {Promise<boolean>} */
  async lock(takeOver) {
    if (this.unlock || !navigator.locks) return true;
    return await new Promise((granted) => {
      const hold = (/** @type {Lock | null} */ lock) => {
        granted(lock !== null);
        return lock ? new Promise((done) => (this.unlock = () => done(undefined))) : undefined;
      };
      // A lock that is stolen from us ends with an error: then the other page is the phone.
      navigator.locks.request(LOCK, takeOver ? { steal: true } : { ifAvailable: true }, hold).catch(() => this.lost());
    });
  }

  /** @returns {Promise<string>} */
  async connect() {
    const issued = await this.api.post("phone");
    this.issued = issued;
    this.seen = false;
    this.renewAt = performance.now() + ((issued.expires_at * 1000 - Date.now()) / 2 || 0);
    this.ticker ??= this.startTicker();
    const answer = await this.line.open(issued);
    return answer === "ok" ? await checkIce(issued.ice_servers) : answer;
  }

  startTicker() {
    const ticker = new Worker(new URL("./ticker.js", import.meta.url));
    ticker.onmessage = () => this.tick();
    return ticker;
  }

  async tellResults() {
    if (this.status.value !== "starting" || !this.issued) {
      if (this.status.value === "starting") this.status.value = "failed";
      return;
    }
    try {
      const { passed } = await this.api.post(`phone/${this.issued.key}/check`, { results: this.results.value });
      this.status.value = passed ? "ready" : "failed";
    } catch (error) {
      this.trouble.value = errorText(error);
      this.status.value = "failed";
    }
    browserPhone.value = this.controls();
  }

  /** What the server says of the phone: who has it now. @param {{key: string | null} | null} shown */
  heard(shown) {
    if (!this.issued || !shown) return;
    if (shown.key === this.issued.key) this.seen = true;
    else if (this.seen) this.lost();
  }

  /** Another page is the phone now, or the session is over. */
  lost() {
    if (!this.issued && this.status.value !== "starting") return;
    this.shut("elsewhere");
  }

  async stop() {
    const key = this.issued?.key;
    this.shut("off");
    if (key) await this.api.ask("DELETE", `phone/${key}`).catch(() => undefined);
  }

  /** @param {string} status */
  shut(status) {
    this.line.close();
    this.ticker?.terminate();
    this.ticker = null;
    this.issued = null;
    this.unlock?.();
    this.unlock = null;
    this.registered.value = false;
    this.status.value = status;
    browserPhone.value = null;
  }

  /** The PBX takes our password no more: ask for a new one, unless another page has the phone. */
  refused() {
    if (this.status.value === "ready" && performance.now() > this.renewAt - RENEW_RETRY_SECONDS * 1000) return;
    if (this.status.value === "ready") this.renew();
  }

  async renew() {
    const issued = this.issued;
    if (!issued) return;
    this.renewAt = performance.now() + RENEW_RETRY_SECONDS * 1000;
    try {
      const fresh = await this.api.ask("PUT", `phone/${issued.key}`);
      this.issued = fresh;
      this.renewAt = performance.now() + (fresh.expires_at * 1000 - Date.now()) / 2;
      this.line.renew(fresh);
    } catch (error) {
      // Away for now: what we have is good until it runs out, and is asked for again.
      if (error instanceof ApiError && error.code === "phone_taken") this.lost();
    }
  }

  tick() {
    this.seconds += 1;
    this.line.tick();
    if (performance.now() > this.renewAt) this.renew();
    if (this.seconds % MEASURE_SECONDS) return;
    for (const call of this.line.calls.values()) {
      if (call.state === "talking" || call.state === "held") this.line.measure(call).then(() => this.report(call, false), () => undefined);
    }
  }

  /** @param {Held} call @param {boolean} final */
  report(call, final) {
    const last = this.reported.get(call.id);
    const due = last === undefined || performance.now() - last > REPORT_SECONDS * 1000;
    if (!call.figures || !this.issued || !(due || final)) return;
    this.reported.set(call.id, performance.now());
    this.api.post(`phone/${this.issued.key}/quality`, { sip_call_id: call.id, ...call.figures, final }).catch(() => undefined);
    if (final) this.reported.delete(call.id);
  }

  /** @param {Held} call */
  ended(call) {
    this.report(call, true);
    this.alert.hide(call.id, [...this.line.calls.values()].some((one) => one.state === "ringing"));
  }

  changed() {
    const calls = [...this.line.calls.values()];
    const ringing = calls.filter((call) => call.state === "ringing");
    for (const call of calls) {
      if (call.state === "ringing") this.alert.show(call.id, call.name || call.number || t("call.withheld"));
      else this.alert.hide(call.id, ringing.length > 0);
    }
    // While one speaks, the second call is seen and not heard.
    if (ringing.length && !calls.some((call) => call.state === "talking")) this.sound.ring();
    else this.sound.quiet();
    this.calls.value = calls.map(({ id, state, inbound, muted, number, name, quality }) => ({ id, state, inbound, muted, number, name, quality }));
  }

  /** @returns {import("../../core/browser_phone.js").PhoneControls} */
  controls() {
    const line = this.line;
    return {
      calls: () => this.calls.value,
      answer: (id) => line.answer(id), hangUp: (id) => line.hangUp(id), hold: (id) => line.hold(id), retrieve: (id) => line.retrieve(id),
      mute: (id, muted) => line.mute(id, muted), press: (id, digits) => line.press(id, digits),
    };
  }
}
