/** Texts in Chinese, one file for each room. `{name}` is filled in; `one | many` is chosen by `n`; see core/i18n.js. */

import agents from "./zh-CN/agents.js";
import auth from "./zh-CN/auth.js";
import callbacks from "./zh-CN/callbacks.js";
import calls from "./zh-CN/calls.js";
import customers from "./zh-CN/customers.js";
import day from "./zh-CN/day.js";
import decisions from "./zh-CN/decisions.js";
import erasure from "./zh-CN/erasure.js";
import errors from "./zh-CN/errors.js";
import help from "./zh-CN/help.js";
import links from "./zh-CN/links.js";
import monitoring from "./zh-CN/monitoring.js";
import moves from "./zh-CN/moves.js";
import phone from "./zh-CN/phone.js";
import qa from "./zh-CN/qa.js";
import queues from "./zh-CN/queues.js";
import routing from "./zh-CN/routing.js";
import recording from "./zh-CN/recording.js";
import shell from "./zh-CN/shell.js";
import shortcuts from "./zh-CN/shortcuts.js";
import survey from "./zh-CN/survey.js";
import voicemail from "./zh-CN/voicemail.js";

export default {
  ...agents,
  ...auth,
  ...callbacks,
  ...calls,
  ...customers,
  ...day,
  ...decisions,
  ...erasure,
  ...errors,
  ...help,
  ...links,
  ...monitoring,
  ...moves,
  ...phone,
  ...qa,
  ...queues,
  ...routing,
  ...recording,
  ...shell,
  ...shortcuts,
  ...survey,
  ...voicemail,
};
