/** Numbers and names as people read them. */

/** 83 %; a dash when there is no figure. @param {number | null | undefined} share 0 to 1 @param {number} [digits] */
export function percent(share, digits = 0) {
  if (share === null || share === undefined || Number.isNaN(share)) return "–";
  return `${(share * 100).toFixed(digits)}%`;
}

/** A whole number; a dash when there is none. @param {number | null | undefined} value */
export function count(value) {
  return value === null || value === undefined ? "–" : String(value);
}

/** PJSIP/1001 → 1001: people know the number, not the technology. @param {string | null | undefined} device */
export function shortDevice(device) {
  return device ? device.replace(/^[A-Za-z0-9]+\//, "") : "";
}

/** Up to two signs that stand for a person: 王 for 王小明, AL for Ada Lovelace. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? "")][0] ?? "";
  if (/[\u3000-\u9fff\uac00-\ud7af]/.test(first) || words.length < 2) return first.toUpperCase();
  return (first + ([...(words[words.length - 1] ?? "")][0] ?? "")).toUpperCase();
}

/** A caller as a short text: the name, else the number, else nothing. @param {{name?: string, number?: string}} who */
export function caller(who) {
  return who.name || who.number || "";
}

/** What the site attached to a call, without the marks by which the server itself knows it. @param {Record<string, string> | null | undefined} data */
export function callData(data) {
  return Object.entries(data ?? {}).filter(([key]) => !/^(CALLUUID|QUEUENAME|CTI_.*)$/.test(key));
}

/**
 * Compare two values for a table: numbers by size, texts by language, nothing last.
 * @param {unknown} a @param {unknown} b @param {string} language
 */
export function compare(a, b, language) {
  const none = (/** @type {unknown} */ x) => x === null || x === undefined || x === "";
  if (none(a) || none(b)) return none(a) && none(b) ? 0 : none(a) ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), language, { numeric: true });
}

/** A size as disks are sold: 1 GB is 10⁹ bytes. @param {number} size */
export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, size)) / 3)));
  const value = size / 1000 ** at;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}
