/** How long to wait before the next try: growing, with jitter, so that 500 consoles do not come back at one instant. */

const FIRST = 0.5;
const MOST = 30;

/**
 * Seconds before try number `tries` (0 is the first after a loss): between half and all of 0.5, 1, 2 … 30.
 * @param {number} tries @param {() => number} random 0 to 1
 */
export function pause(tries, random) {
  const most = Math.min(MOST, FIRST * 2 ** Math.min(tries, 10));
  return most / 2 + (most / 2) * random();
}
