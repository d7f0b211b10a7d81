/** How the audio of a call is, from what the browser counts (W3C webrtc-stats). Milliseconds and packets. */

/**
 * @typedef {object} Figures
 * @property {number} packets_received
 * @property {number} packets_lost on the way here
 * @property {number} packets_sent
 * @property {number} jitter_ms
 * @property {string} codec
 * @property {number | null} remote_lost on the way there, as the PBX tells
 * @property {number | null} rtt_ms
 */

/**
 * The figures in a report of RTCPeerConnection.getStats(); null while nothing has come in.
 * @param {Iterable<any>} stats
 * @returns {Figures | null}
 */
export function figuresOf(stats) {
  const all = [...stats];
  const kind = (/** @type {string} */ type) => all.find((one) => one.type === type && (one.kind ?? "audio") === "audio");
  const here = kind("inbound-rtp");
  if (!here) return null;
  const there = kind("remote-inbound-rtp");
  const pair = all.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
  const seconds = there?.roundTripTime ?? pair?.currentRoundTripTime;
  const codec = all.find((one) => one.id === here.codecId);
  return {
    packets_received: here.packetsReceived ?? 0,
    // The counter may go below nought when packets come twice.
    packets_lost: Math.max(0, here.packetsLost ?? 0),
    packets_sent: kind("outbound-rtp")?.packetsSent ?? 0,
    jitter_ms: round((here.jitter ?? 0) * 1000),
    codec: String(codec?.mimeType ?? "").replace(/^audio\//, "").slice(0, 40),
    remote_lost: there && there.packetsLost >= 0 ? there.packetsLost : null,
    rtt_ms: seconds === undefined ? null : round(seconds * 1000),
  };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** Share of packets lost between two readings, 0 to 1. @param {Figures | null} before @param {Figures} now */
export function lossBetween(before, now) {
  const lost = now.packets_lost - (before?.packets_lost ?? 0);
  const came = now.packets_received - (before?.packets_received ?? 0);
  return lost > 0 && lost + came > 0 ? lost / (lost + came) : 0;
}

/**
 * good, fair or poor. The bounds are those at which people begin to notice, and to complain (ITU-T G.114 for the delay).
 * @param {Figures} figures @param {number} loss
 */
export function grade(figures, loss) {
  const rtt = figures.rtt_ms ?? 0;
  if (loss > 0.05 || figures.jitter_ms > 60 || rtt > 600) return "poor";
  if (loss > 0.01 || figures.jitter_ms > 30 || rtt > 300) return "fair";
  return "good";
}
