/** What a node is in few words, and texts cut to the room they have (pure). */

/** @import { FlowNode } from "./flow_shapes.js" */

/** @type {Record<string, string>} */
export const kindIcons = {
  play: "sound", menu: "keypad", collect: "hash", language: "globe", hours: "clock", switch: "power", condition: "branch", lookup: "cloud", set: "tag",
  identify: "key", queue: "queue", agent: "headset", external: "phoneOut", voicemail: "mail", callback: "phoneIn", survey: "star", subflow: "flow",
  return: "left", safe: "shield", hangup: "phoneOff",
};

/** @type {Record<string, string>} which setting tells most */
const telling = { hours: "calendar", switch: "switch", queue: "queue", agent: "agent", external: "number", voicemail: "queue", callback: "queue", survey: "survey", subflow: "flow", lookup: "url", collect: "into", return: "ending" };

/** The most telling setting of a node. @param {FlowNode} node @param {string} language of the callers */
export function summary(node, language) {
  const setting = telling[node.kind];
  if (setting && node[setting]) return String(node[setting]);
  if (node.kind === "set") return Object.keys(node.data ?? {}).join(", ");
  if (node.kind === "condition") return (node.cases ?? []).map((/** @type {any} */ one) => one.label || one.name).join(" · ");
  return spoken(node.speech, language);
}

/** What a speech says, in one line. @param {any[] | undefined} speech @param {string} language */
export function spoken(speech, language) {
  return (speech ?? []).map((part) => {
    if (part.say === "prompt") return `♪ ${part.prompt}`;
    if (part.say === "text") return part.text?.[language] ?? Object.values(part.text ?? {})[0] ?? "";
    return part.say === "silence" ? "…" : (part.value ?? part.queue ?? "");
  }).filter(Boolean).join(" ");
}

/** A text no wider than so many times the height of its letters. Chinese letters are as wide as high. @param {string} text @param {number} ems */
export function clip(text, ems) {
  let width = 0;
  for (let n = 0; n < text.length; n += 1) {
    width += text.charCodeAt(n) > 0x2e7f ? 1 : /[mwMW@%]/.test(/** @type {string} */ (text[n])) ? 0.85 : /[il.,:;|!'’ ]/.test(/** @type {string} */ (text[n])) ? 0.29 : /[A-Z]/.test(/** @type {string} */ (text[n])) ? 0.66 : 0.54;
    if (width > ems) return `${text.slice(0, Math.max(0, n - 1)).trimEnd()}…`;
  }
  return text;
}
