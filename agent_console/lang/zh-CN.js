/** Texts in Chinese, one file for each room. `{name}` is filled in; `one | many` is chosen by `n`; see core/i18n.js. */

import agents from "./zh-CN/agents.js";
import auth from "./zh-CN/auth.js";
import calls from "./zh-CN/calls.js";
import customers from "./zh-CN/customers.js";
import errors from "./zh-CN/errors.js";
import links from "./zh-CN/links.js";
import monitoring from "./zh-CN/monitoring.js";
import phone from "./zh-CN/phone.js";
import queues from "./zh-CN/queues.js";
import routing from "./zh-CN/routing.js";
import shell from "./zh-CN/shell.js";

export default {
  ...agents,
  ...auth,
  ...calls,
  ...customers,
  ...errors,
  ...links,
  ...monitoring,
  ...phone,
  ...queues,
  ...routing,
  ...shell,
};
