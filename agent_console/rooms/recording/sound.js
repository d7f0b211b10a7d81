/** The sound of a recording: fetched by ranges when it is first wanted, each side with a volume of its own. */

import { jumpOver } from "../../core/recording.js";

/** @import { Api } from "../../core/api.js" */

/** @typedef {{playing: boolean, at: number, busy: boolean, error: unknown}} SoundState */

export class Sound {
  /** @param {Api} api @param {string} path where the sound is asked for @param {number} start second @param {(state: SoundState) => void} tell */
  constructor(api, path, start, tell) {
    this.api = api;
    this.path = path;
    this.start = start;
    this.tell = tell;
    this.speed = 1;
    /** @type {[number, number][]} */
    this.skips = [];
    /** @type {{customer: GainNode, agent: GainNode} | null} */
    this.gains = null;
    this.muted = { customer: false, agent: false };
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.busy = false;
    /** @type {unknown} */
    this.error = null;
    this.asked = false;
    this.frame = 0;
    for (const name of ["play", "pause", "ended", "seeked", "waiting", "playing"]) this.audio.addEventListener(name, () => this.told());
    this.audio.addEventListener("error", () => this.failed());
  }

  get at() {
    return this.asked && this.audio.readyState > 0 ? this.audio.currentTime : this.start;
  }

  told() {
    this.tell({ playing: !this.audio.paused && !this.audio.ended, at: this.at, busy: this.busy, error: this.error });
    cancelAnimationFrame(this.frame);
    if (!this.audio.paused) this.frame = requestAnimationFrame(() => this.step());
  }

  step() {
    const jump = jumpOver(this.skips, this.audio.currentTime);
    if (jump !== null) this.audio.currentTime = jump;
    this.told();
  }

  /** The key of an address ends after a while: ask for another once, and go on where it was. */
  failed() {
    if (!this.asked) return;
    this.start = this.audio.currentTime || this.start;
    this.asked = false;
    this.told();
  }

  async play() {
    if (this.busy) return;
    this.busy = true;
    this.error = null;
    this.told();
    try {
      // Made while the key is asked for, and within the click, as browsers want it.
      this.connect();
      if (!this.asked) await this.load();
      this.audio.playbackRate = this.speed;
      await this.audio.play();
    } catch (error) {
      this.error = error;
    }
    this.busy = false;
    this.told();
  }

  async load() {
    const { url } = await this.api.post(this.path);
    this.audio.preload = "auto";
    this.audio.src = url;
    this.asked = true;
    // Before anything of it is known this is where it begins: no need to wait for its head first.
    if (this.start > 0) this.audio.currentTime = this.start;
  }

  /** Left is the other side, right our agents; what is not muted is heard on both ears. */
  connect() {
    if (this.gains) return;
    const context = new AudioContext();
    const source = context.createMediaElementSource(this.audio);
    const split = context.createChannelSplitter(2);
    const gains = { customer: context.createGain(), agent: context.createGain() };
    source.connect(split);
    split.connect(gains.customer, 0);
    split.connect(gains.agent, 1);
    gains.customer.connect(context.destination);
    gains.agent.connect(context.destination);
    this.context = context;
    this.gains = gains;
    this.applyMute();
  }

  applyMute() {
    if (!this.gains) return;
    this.gains.customer.gain.value = this.muted.customer ? 0 : 1;
    this.gains.agent.gain.value = this.muted.agent ? 0 : 1;
  }

  pause() {
    this.audio.pause();
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.pause();
  }

  /** @param {number} at */
  seek(at) {
    this.start = Math.max(0, at);
    if (this.asked) this.audio.currentTime = this.start;
    this.told();
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.audio.preservesPitch = true;
    this.audio.playbackRate = speed;
  }

  /** @param {"customer" | "agent"} side @param {boolean} on */
  mute(side, on) {
    this.muted[side] = on;
    this.applyMute();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.asked = false;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.context?.close();
  }
}
