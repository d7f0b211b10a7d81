/** Lists of work that flows leave behind: callbacks and messages, as the stream tells of them (pure). */

/** @import { CallbackItem, PushMessage, VoicemailItem } from "./work_shapes.js" */

/** @template {{id: number, revision: number, state: string}} Item @typedef {{items: Map<number, Item>}} WorkState */
/** @typedef {WorkState<CallbackItem>} CallbacksState */
/** @typedef {WorkState<VoicemailItem>} VoicemailState */

/**
 * The reducer of a topic whose items are open while their state is one of `open`.
 * @template {{id: number, revision: number, state: string}} Item
 * @param {string} topic @param {string[]} open @returns {(state: WorkState<Item> | null, message: PushMessage) => WorkState<Item> | null}
 */
const listOf = (topic, open) => (state, { type, data }) => {
  if (type === "snapshot" || type === `${topic}.list`) return { items: new Map(data.items.map((/** @type {Item} */ one) => [one.id, one])) };
  if (!state || (type !== `${topic}.changed` && type !== `${topic}.removed`)) return state;
  const known = state.items.get(data.id);
  if (known && type.endsWith(".changed") && known.revision > data.revision) return state;
  const items = new Map(state.items);
  if (type.endsWith(".changed") && open.includes(data.state)) items.set(data.id, data);
  else items.delete(data.id);
  return { items };
};

export const callbacks = /** @type {(state: CallbacksState | null, message: PushMessage) => CallbacksState | null} */ (listOf("callbacks", ["waiting", "claimed", "offered"]));
export const voicemail = /** @type {(state: VoicemailState | null, message: PushMessage) => VoicemailState | null} */ (listOf("voicemail", ["open", "claimed"]));
