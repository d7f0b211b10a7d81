/** What people call the queues; the PBX's own names are short and in one script. */

import { signal } from "../vendor/signals-core.js";

/** The names from the server's configuration, by the PBX's name. */
export const queueLabels = signal(/** @type {Record<string, string>} */ ({}));

/** A queue as people call it. @param {string} name */
export function queueName(name) {
  return queueLabels.value[name] || name;
}
