/** The check before work, one answer for each step: "ok", or what is wrong; `phone.fix.<answer>` says the way out. */

/** @import { Sound } from "./sound.js" */

const SILENT_SECONDS = 4;
/** Below this nothing comes in at all: a microphone that hears a quiet room is louder. */
const HEARS = 0.0005;
const ICE_SECONDS = 5;

/** What getUserMedia raises → what is wrong. @type {Record<string, string>} */
const faults = {
  NotAllowedError: "microphoneDenied", SecurityError: "notSecure", NotFoundError: "microphoneNone",
  NotReadableError: "microphoneBusy", AbortError: "microphoneBusy",
};

/** Must begin inside the click. @returns {Promise<string>} */
export async function checkNotification() {
  if (!("Notification" in window)) return "notificationNone";
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  return { granted: "ok", denied: "notificationDenied", default: "notificationLater" }[answer];
}

/** Must begin inside the click. @param {Sound} sound */
export async function checkSpeaker(sound) {
  return { ok: "ok", blocked: "speakerBlocked", gone: "speakerGone" }[await sound.unlock()];
}

/**
 * Open the microphone and listen until something comes in. `told` is given its level, 0 to 1.
 * @param {Sound} sound @param {(level: number) => void} told @returns {Promise<string>}
 */
export async function checkMicrophone(sound, told) {
  let stream;
  try {
    stream = await sound.microphone();
  } catch (error) {
    return faults[/** @type {any} */ (error)?.name] ?? "microphoneBusy";
  }
  try {
    return await new Promise((done) => {
      const stop = sound.listen(stream, (level) => {
        told(level);
        if (level > HEARS) end("ok");
      });
      const timer = setTimeout(() => end("microphoneSilent"), SILENT_SECONDS * 1000);
      const end = (/** @type {string} */ answer) => {
        clearTimeout(timer);
        stop();
        done(answer);
      };
    });
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** Can audio be sent from here at all: does the browser find an address of its own? @param {RTCIceServer[]} iceServers */
export async function checkIce(iceServers) {
  const connection = new RTCPeerConnection({ iceServers });
  try {
    connection.addTransceiver("audio");
    return await new Promise((done) => {
      setTimeout(() => done("networkNoIce"), ICE_SECONDS * 1000);
      connection.onicecandidate = ({ candidate }) => candidate?.candidate && done("ok");
      connection.createOffer().then((offer) => connection.setLocalDescription(offer), () => done("networkNoIce"));
    });
  } finally {
    connection.close();
  }
}
