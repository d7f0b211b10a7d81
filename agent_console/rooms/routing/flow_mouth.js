/** Says in the browser what a caller would hear: prompts as they are, texts by the same speaker as in real calls. */

import { play } from "./prompt_sound.js";

/** @import { Api } from "../../core/api.js" */

export class Mouth {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    this.context = /** @type {AudioContext | null} */ (null);
    this.turn = 0;
    this.prompts = /** @type {Promise<Map<string, any>> | null} */ (null);
  }

  /** One after the other; what was being said before stops. A sound that cannot be had is passed over. @param {any[]} heard */
  async say(heard) {
    this.stop();
    const mine = this.turn;
    this.context = new AudioContext();
    for (const one of heard) {
      if (mine !== this.turn || !this.context) return;
      try {
        const data = await this.sound(one);
        if (data && mine === this.turn) await play(this.context, data);
      } catch {
        // Nothing to hear; its text stands in the log.
      }
    }
  }

  /** @param {any} one @returns {Promise<ArrayBuffer | null>} */
  async sound(one) {
    if (one.say === "silence") return null;
    if (one.say !== "prompt") return (await this.api.ask("POST", "speech", { text: one.value, language: one.language }, "audio/wav")).arrayBuffer();
    this.prompts ??= this.api.get("prompts").then((told) => new Map(told.items.map((/** @type {any} */ prompt) => [prompt.name, prompt])));
    const prompt = (await this.prompts).get(one.value);
    const audio = prompt?.audio.find((/** @type {any} */ each) => each.language === one.language) ?? prompt?.audio[0];
    return audio ? (await this.api.ask("GET", `prompts/${prompt.id}/audio/${audio.language}`, undefined, "audio/wav")).arrayBuffer() : null;
  }

  stop() {
    this.turn += 1;
    this.context?.close();
    this.context = null;
  }

  close() {
    this.stop();
  }
}
