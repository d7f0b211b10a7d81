/** Which page is for whom. The server decides what may be seen; this only decides what is offered. */

/** @import { Role } from "./shapes.js" */

/** @type {{name: string, file: string, roles: Role[]}[]} */
export const pages = [
  { name: "agent", file: "agent.html", roles: ["agent"] },
  { name: "supervisor", file: "supervisor.html", roles: ["supervisor", "admin"] },
  { name: "history", file: "history.html", roles: ["supervisor", "admin", "qa"] },
  { name: "monitoring", file: "monitoring.html", roles: ["supervisor", "admin", "qa"] },
  { name: "recordings", file: "recordings.html", roles: ["supervisor", "admin", "qa"] },
  { name: "quality", file: "quality.html", roles: ["supervisor", "admin", "qa"] },
  { name: "my_quality", file: "my_quality.html", roles: ["agent"] },
  { name: "wallboard", file: "wallboard.html", roles: ["supervisor", "admin"] },
  { name: "flows", file: "flows.html", roles: ["admin"] },
  { name: "admin", file: "admin.html", roles: ["admin"] },
];

/** The pages offered to somebody with these roles. @param {Role[]} roles */
export function offered(roles) {
  return pages.filter((page) => page.roles.some((role) => roles.includes(role)));
}

/** Where somebody with these roles begins. @param {Role[]} roles */
export function home(roles) {
  for (const [role, file] of /** @type {[Role, string][]} */ ([
    ["agent", "agent.html"], ["supervisor", "supervisor.html"], ["admin", "admin.html"], ["qa", "quality.html"],
  ])) {
    if (roles.includes(role)) return file;
  }
  return null;
}

/** Only a page of ours may follow a sign-in, whatever the address bar says. @param {string | null} wanted @param {Role[]} roles */
export function afterSignIn(wanted, roles) {
  const file = wanted?.split(/[?#]/)[0];
  return offered(roles).some((page) => page.file === file) ? /** @type {string} */ (wanted) : home(roles);
}
