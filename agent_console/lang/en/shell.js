/** Texts in English: shell. */
export default {
  "product.name": "CTI Contact Center",

  "language.code": "en",
  "language.zh-CN": "Chinese",
  "language.en": "English",

  "loading": "Loading…",
  "loading.live": "Receiving live data…",

  "nav.skip": "Skip to content",
  "nav.pages": "Pages",
  "nav.language": "Language",

  "page.agent": "Agent desk",
  "page.supervisor": "Supervisor",
  "page.history": "Call history",
  "page.recordings": "Recordings",
  "page.wallboard": "Wallboard",
  "page.admin": "Administration",

  "role.agent": "Agent",
  "role.supervisor": "Supervisor",
  "role.qa": "Quality",
  "role.admin": "Admin",

  "roleHint.agent": "Takes calls and works with customers",
  "roleHint.supervisor": "Watches agents, queues and all calls",
  "roleHint.qa": "Reads the call history",
  "roleHint.admin": "Manages users, agents and PBXs",

  "action.apply": "Apply",
  "action.busy": "One moment…",
  "action.cancel": "Cancel",
  "action.changePassword": "Change password",
  "action.close": "Close",
  "action.edit": "Edit",
  "action.save": "Save",
  "action.saving": "Saving…",
  "action.signIn": "Sign in",
  "action.signOut": "Sign out",
  "action.tryAgain": "Try again",
  "action.tryNow": "Try now",

  "connection.live": "Live",
  "connection.connecting": "Connecting…",
  "connection.waiting": "Disconnected",
  "connection.ended": "Signed out",
  "connection.linkDown": "PBX link down",
  "connection.lost": "The connection to the server is lost.",
  "connection.retryIn": "Trying again in {n} s",
  "connection.trying": "Trying again…",
  "connection.staleSince": "Stale since {time}",
  "connection.pbxDown": "The link to PBX {pbx} is down.",
  "connection.databaseDown": "The database is away. Calls and live screens go on; history and customer records follow later.",
  "connection.signedOut": "You are signed out or your session has ended.",

  "failure.title": "This page cannot be shown now",

  "noAccess.title": "No access",
  "noAccess.text": "{name}, this page is not among those for your role.",
  "noAccess.home": "Go to my page",

  "paging.label": "Pages",
  "paging.back": "Previous",
  "paging.next": "Next",
  "paging.page": "Page {n}",

  "view.label": "What to show",
  "view.queues": "Queues",
  "view.agents": "Agents",
  "view.calls": "Calls",
  "view.lost": "Lost",
  "page.monitoring": "Monitoring",
};
