/** What is heard: the ring, which may come from another device than the headset, and the other side. */

const RING_HZ = [425, 475];
const RING_SECONDS = 1;
const RING_EVERY = 4;
/** Rings that are prepared at once: nothing here waits for a timer, which a tab in the background might not get. */
const RINGS = 45;
const KEY = "cti.phone.devices";

/**
 * Which devices were chosen; "" is the system's own. `plain`: the voice as the microphone hears it.
 * @typedef {{microphone: string, headset: string, ring: string, plain: boolean}} Devices
 */

export class Sound {
  /** @param {Storage | null} storage */
  constructor(storage) {
    this.storage = storage;
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {AudioNode[]} */
    this.ringing = [];
    /** @type {Map<string, HTMLAudioElement>} */
    this.voices = new Map();
    /** @type {Devices} */
    this.devices = { microphone: "", headset: "", ring: "", plain: false, ...this.remembered() };
  }

  remembered() {
    try {
      return JSON.parse(this.storage?.getItem(KEY) ?? "{}");
    } catch {
      return {};
    }
  }

  /** Choose devices. A headset that is in use changes at once. @param {Partial<Devices>} wanted */
  async choose(wanted) {
    this.devices = { ...this.devices, ...wanted };
    try {
      this.storage?.setItem(KEY, JSON.stringify(this.devices));
    } catch {
      // For this visit it holds.
    }
    await this.applyRing();
    await Promise.all([...this.voices.values()].map((voice) => this.applyHeadset(voice)));
  }

  /** Can this browser ring on another device than the headset? */
  static canChoose() {
    return "setSinkId" in HTMLMediaElement.prototype && "setSinkId" in AudioContext.prototype;
  }

  /** Inside a click: let this page make sound from now on. @returns {Promise<"ok" | "blocked" | "gone">} */
  async unlock() {
    this.context ??= new AudioContext();
    await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 2000))]);
    if (this.context.state !== "running") return "blocked";
    if (!(await this.applyRing())) return "gone";
    this.beep(0.15, this.context.currentTime);
    return "ok";
  }

  /** False when the device that was chosen is not there; then the system's own rings. */
  async applyRing() {
    const context = /** @type {any} */ (this.context);
    if (!context?.setSinkId) return true;
    try {
      await context.setSinkId(this.devices.ring);
      return true;
    } catch {
      await context.setSinkId("").catch(() => undefined);
      return false;
    }
  }

  /** @param {number} seconds @param {number} at */
  beep(seconds, at) {
    const context = /** @type {AudioContext} */ (this.context);
    const volume = context.createGain();
    volume.gain.value = 0;
    volume.gain.setValueAtTime(0.12, at);
    volume.gain.setValueAtTime(0, at + seconds);
    volume.connect(context.destination);
    return [volume, ...RING_HZ.map((hertz) => {
      const tone = context.createOscillator();
      tone.frequency.value = hertz;
      tone.connect(volume);
      tone.start(at);
      tone.stop(at + seconds);
      return tone;
    })];
  }

  ring() {
    if (this.ringing.length || !this.context) return;
    this.context.resume().catch(() => undefined);
    const now = this.context.currentTime + 0.05;
    for (let n = 0; n < RINGS; n += 1) this.ringing.push(...this.beep(RING_SECONDS, now + n * RING_EVERY));
  }

  quiet() {
    for (const node of this.ringing) node.disconnect();
    this.ringing = [];
  }

  /** One ring, to hear where it comes from. */
  async tryRing() {
    await this.applyRing();
    if (this.context) this.beep(RING_SECONDS, this.context.currentTime + 0.05);
  }

  /** Let a call's other side be heard. @param {string} call @param {MediaStream} stream */
  async hear(call, stream) {
    const voice = this.voices.get(call) ?? new Audio();
    this.voices.set(call, voice);
    voice.autoplay = true;
    voice.srcObject = stream;
    await this.applyHeadset(voice);
    await voice.play().catch(() => undefined);
  }

  /** @param {HTMLAudioElement} voice */
  async applyHeadset(voice) {
    if ("setSinkId" in voice) await /** @type {any} */ (voice).setSinkId(this.devices.headset).catch(() => undefined);
  }

  /** @param {string} call */
  forget(call) {
    const voice = this.voices.get(call);
    if (voice) voice.srcObject = null;
    this.voices.delete(call);
  }

  /** The microphone as it was chosen. Raises what getUserMedia raises. @returns {Promise<MediaStream>} */
  async microphone() {
    const { microphone, plain } = this.devices;
    const improve = !plain;
    const wanted = { echoCancellation: improve, noiseSuppression: improve, autoGainControl: improve };
    const devices = navigator.mediaDevices;
    if (!devices) throw new DOMException("no secure context", "SecurityError");
    try {
      return await devices.getUserMedia({ audio: microphone ? { ...wanted, deviceId: { exact: microphone } } : wanted });
    } catch (error) {
      if (/** @type {any} */ (error)?.name !== "OverconstrainedError") throw error;
      return await devices.getUserMedia({ audio: wanted });
    }
  }

  /**
   * How loud a microphone is, 0 to 1, told until `stop()`.
   * @param {MediaStream} stream @param {(level: number) => void} told
   */
  listen(stream, told) {
    const context = /** @type {AudioContext} */ (this.context);
    const source = context.createMediaStreamSource(stream);
    const analyser = context.createAnalyser();
    source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      told(samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0));
    }, 100);
    return () => {
      clearInterval(timer);
      source.disconnect();
    };
  }
}
