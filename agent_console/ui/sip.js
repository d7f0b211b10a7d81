/** The SIP library, loaded when a phone is started and not before: most pages never need it. */

/** @returns {Promise<typeof import("../vendor/jssip.js")>} */
export async function loadSip() {
  const sip = await import("../vendor/jssip.js");
  // What it says of each message would hold numbers and passwords.
  sip.debug.disable();
  return sip;
}
