/** The line to the PBX: SIP over websocket with what the server issued for this session, and the calls on it. */

import { answersItself } from "../../core/browser_phone.js";
import { figuresOf, grade, lossBetween } from "../../core/call_quality.js";
import { loadSip } from "../../ui/sip.js";

/** @import { Figures } from "../../core/call_quality.js" */
/** @import { PhoneCall } from "../../core/browser_phone.js" */
/** @import { Sound } from "./sound.js" */

/**
 * What the server issued.
 * @typedef {{key: string, password: string, uri: string, websocket: string, ice_servers: RTCIceServer[], register_seconds: number, expires_at: number}} Issued
 */

/**
 * Whom the line tells.
 * @typedef {object} Listener
 * @property {(registered: boolean) => void} registered
 * @property {(why: string) => void} refused the PBX takes our password no more
 * @property {() => void} changed the calls, or something about one
 * @property {(call: PhoneCall) => void} ended
 */

const CONNECT_SECONDS = 8;
/** The PBX forgets a page that is silent for a minute; see config/asterisk/pjsip_webrtc_cti.conf. */
const AGAIN_SECONDS = 25;
/** An address that a far STUN server finds may take its time; the near ones are enough to begin with. */
const GATHER_MILLISECONDS = 500;

/** One call and what belongs to it. @typedef {PhoneCall & {session: any, figures: Figures | null, started: number}} Held */

export class Line {
  /** @param {Sound} sound @param {Listener} listener */
  constructor(sound, listener) {
    this.sound = sound;
    this.listener = listener;
    /** @type {any} */
    this.ua = null;
    /** @type {Issued | null} */
    this.issued = null;
    this.registered = false;
    this.lastRegistered = 0;
    /** @type {Map<string, Held>} */
    this.calls = new Map();
  }

  /**
   * Connect and register. The answer is "ok", networkNoWebsocket or networkRefused.
   * @param {Issued} issued @returns {Promise<string>}
   */
  async open(issued) {
    const sip = await loadSip();
    this.close();
    this.issued = issued;
    const ua = new sip.UA({
      sockets: [new sip.WebSocketInterface(issued.websocket)],
      uri: issued.uri, authorization_user: issued.key, password: issued.password, register_expires: issued.register_seconds,
      connection_recovery_min_interval: 2, connection_recovery_max_interval: 15, session_timers: false, user_agent: "cti",
    });
    this.ua = ua;
    return await new Promise((done) => {
      let connected = false;
      setTimeout(() => done(connected ? "networkRefused" : "networkNoWebsocket"), CONNECT_SECONDS * 1000);
      ua.on("connected", () => (connected = true));
      ua.on("disconnected", () => this.told(ua, false));
      ua.on("unregistered", () => this.told(ua, false));
      ua.on("registered", () => {
        this.told(ua, true);
        done("ok");
      });
      ua.on("registrationFailed", (/** @type {any} */ { cause, response }) => {
        this.told(ua, false);
        done("networkRefused");
        if (response && this.ua === ua) this.listener.refused(String(cause));
      });
      ua.on("newRTCSession", (/** @type {any} */ { session, request }) => this.meet(session, request));
      ua.start();
    });
  }

  /** @param {any} ua @param {boolean} registered */
  told(ua, registered) {
    if (this.ua !== ua) return;
    if (registered) this.lastRegistered = performance.now();
    this.registered = registered;
    this.listener.registered(registered);
  }

  /** A new password for the same name. @param {Issued} issued */
  renew(issued) {
    this.issued = issued;
    this.ua?.set("password", issued.password);
    this.ua?.register();
  }

  close() {
    const ua = this.ua;
    this.ua = null;
    this.registered = false;
    for (const call of [...this.calls.values()]) this.end(call);
    ua?.stop();
  }

  /** Every second, also in a tab in the background. */
  tick() {
    if (this.registered && performance.now() - this.lastRegistered > AGAIN_SECONDS * 1000) {
      this.lastRegistered = performance.now();
      this.ua.register();
    }
  }

  /** @param {any} session @param {any} request */
  meet(session, request) {
    const inbound = session.direction === "incoming";
    const who = session.remote_identity;
    /** @type {Held} */
    const call = {
      id: request.call_id, state: inbound ? "ringing" : "dialling", inbound, muted: false, number: who?.uri?.user ?? "", name: who?.display_name ?? "",
      quality: null, session, figures: null, started: performance.now(),
    };
    this.calls.set(call.id, call);
    const change = (/** @type {() => void} */ how) => () => {
      if (!this.calls.has(call.id)) return;
      how();
      this.listener.changed();
    };
    session.on("peerconnection", (/** @type {any} */ { peerconnection }) => this.hear(call, peerconnection));
    if (session.connection) this.hear(call, session.connection);
    session.on("icecandidate", (/** @type {any} */ { ready }) => setTimeout(ready, GATHER_MILLISECONDS));
    session.on("confirmed", change(() => {
      call.state = "talking";
      call.started = performance.now();
    }));
    session.on("muted", change(() => (call.muted = true)));
    session.on("unmuted", change(() => (call.muted = false)));
    for (const over of ["ended", "failed"]) session.on(over, () => this.end(call));
    this.listener.changed();
    if (inbound && answersItself((name) => request.getHeader(name))) this.answer(call.id).catch(() => this.hangUp(call.id));
  }

  /** @param {Held} call @param {RTCPeerConnection} connection */
  hear(call, connection) {
    connection.addEventListener("track", ({ track }) => this.sound.hear(call.id, new MediaStream([track])));
  }

  /** @param {Held} call */
  end(call) {
    if (!this.calls.delete(call.id)) return;
    this.sound.forget(call.id);
    this.listener.ended(call);
    this.listener.changed();
  }

  /** Take a call; another that is spoken on is held first. @param {string} id */
  async answer(id) {
    const call = this.need(id);
    if (call.state !== "ringing") return;
    for (const other of this.calls.values()) if (other.state === "talking") await this.hold(other.id);
    const stream = await this.sound.microphone();
    call.session.on("ended", () => stream.getTracks().forEach((track) => track.stop()));
    call.session.on("failed", () => stream.getTracks().forEach((track) => track.stop()));
    call.session.answer({ mediaStream: stream, pcConfig: { iceServers: this.issued?.ice_servers ?? [] } });
  }

  /** Refuse it, or end it. @param {string} id */
  hangUp(id) {
    const call = this.calls.get(id);
    if (!call) return;
    try {
      call.session.terminate(call.state === "ringing" ? { status_code: 486, reason_phrase: "Busy Here" } : undefined);
    } catch {
      // It has just ended by itself.
      this.end(call);
    }
  }

  /** @param {string} id */
  hold(id) {
    return this.renegotiate(id, "hold", "talking", "held");
  }

  /** Back to a held call; another that is spoken on is held first. @param {string} id */
  async retrieve(id) {
    for (const other of this.calls.values()) if (other.id !== id && other.state === "talking") await this.hold(other.id);
    await this.renegotiate(id, "unhold", "held", "talking");
  }

  /** The state changes when the PBX has agreed. @param {string} id @param {"hold" | "unhold"} how @param {string} from @param {string} to */
  async renegotiate(id, how, from, to) {
    const call = this.need(id);
    if (call.state !== from) return;
    await new Promise((done, fail) => {
      setTimeout(fail, CONNECT_SECONDS * 1000, new Error("no answer"));
      if (!call.session[how]({}, () => done(undefined))) fail(new Error("not now"));
    });
    call.state = to;
    this.listener.changed();
  }

  /** @param {string} id @param {boolean} muted */
  mute(id, muted) {
    const { session } = this.need(id);
    if (muted) session.mute({ audio: true });
    else session.unmute({ audio: true });
  }

  /** @param {string} id @param {string} digits */
  press(id, digits) {
    this.need(id).session.sendDTMF(digits, { transportType: "RFC2833", duration: 100, interToneGap: 70 });
  }

  /** @param {string} id */
  need(id) {
    const call = this.calls.get(id);
    if (!call) throw new Error("no such call");
    return call;
  }

  /** Read how the audio is. @param {Held} call */
  async measure(call) {
    const connection = /** @type {RTCPeerConnection | undefined} */ (call.session.connection);
    if (!connection) return;
    const report = await connection.getStats();
    const figures = figuresOf(report.values());
    if (!figures) return;
    const loss = lossBetween(call.figures, figures);
    call.figures = figures;
    call.quality = { grade: grade(figures, loss), loss, jitter_ms: figures.jitter_ms, rtt_ms: figures.rtt_ms };
    this.listener.changed();
  }
}
