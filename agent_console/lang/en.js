/** Texts in English, one file for each room. `{name}` is filled in; `one | many` is chosen by `n`; see core/i18n.js. */

import agents from "./en/agents.js";
import auth from "./en/auth.js";
import callbacks from "./en/callbacks.js";
import calls from "./en/calls.js";
import customers from "./en/customers.js";
import day from "./en/day.js";
import decisions from "./en/decisions.js";
import erasure from "./en/erasure.js";
import errors from "./en/errors.js";
import help from "./en/help.js";
import links from "./en/links.js";
import monitoring from "./en/monitoring.js";
import moves from "./en/moves.js";
import phone from "./en/phone.js";
import qa from "./en/qa.js";
import queues from "./en/queues.js";
import routing from "./en/routing.js";
import recording from "./en/recording.js";
import shell from "./en/shell.js";
import shortcuts from "./en/shortcuts.js";
import survey from "./en/survey.js";
import voicemail from "./en/voicemail.js";

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
