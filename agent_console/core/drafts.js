/**
 * What an agent has typed and not yet saved, kept per user and call so that a reload loses nothing. Old drafts go by
 * themselves; a storage that refuses (full, private window) only means that the draft lives as long as the page.
 */

const KEEP_MILLISECONDS = 3 * 24 * 3600 * 1000;
const PREFIX = "cti.draft.";

export class Drafts {
  /** @param {any} storage such as localStorage @param {string | number} userId @param {() => number} now milliseconds */
  constructor(storage, userId, now) {
    this.storage = storage;
    this.prefix = `${PREFIX}${userId}.`;
    this.now = now;
    /** @type {Map<string, any>} */
    this.memory = new Map();
    this.prune();
  }

  /** What was kept for this call, or null. @param {string} callId @returns {Record<string, any> | null} */
  read(callId) {
    const kept = this.memory.get(callId) ?? this.parse(this.prefix + callId);
    return kept ? kept.draft : null;
  }

  /** @param {string} callId @param {Record<string, any>} draft */
  write(callId, draft) {
    const kept = { at: this.now(), draft };
    this.memory.set(callId, kept);
    try {
      this.storage.setItem(this.prefix + callId, JSON.stringify(kept));
    } catch {
      // Kept in memory above; there is no better place.
    }
  }

  /** Saved, or thrown away. @param {string} callId */
  remove(callId) {
    this.memory.delete(callId);
    try {
      this.storage.removeItem(this.prefix + callId);
    } catch {
      // Nothing was kept there then.
    }
  }

  /** @param {string} key */
  parse(key) {
    try {
      const kept = JSON.parse(this.storage.getItem(key) ?? "null");
      return kept && typeof kept.at === "number" && kept.draft && typeof kept.draft === "object" ? kept : null;
    } catch {
      return null;
    }
  }

  /** Drafts hold what customers said: none stays longer than three days, whoever wrote it. */
  prune() {
    try {
      const keys = Array.from({ length: this.storage.length }, (_, n) => this.storage.key(n));
      for (const key of keys) {
        if (!key?.startsWith(PREFIX)) continue;
        const kept = this.parse(key);
        if (!kept || this.now() - kept.at > KEEP_MILLISECONDS) this.storage.removeItem(key);
      }
    } catch {
      // A storage that cannot be read holds nothing of ours.
    }
  }
}
