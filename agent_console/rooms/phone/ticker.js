/**
 * A worker that says "now" every second. A tab in the background may run its own timers once a minute only, and by then the
 * PBX has forgotten the phone.
 */

setInterval(() => postMessage(null), 1000);
