const FIRST_MILLIS = 1_000;
const CAP_MILLIS = 30_000;
const ORDERED_LEAST_MILLIS = 1_000;
const ORDERED_MOST_MILLIS = 3_600_000;

/**
 * How long to wait before the next try: exponential with full jitter, so that clients which lost the same node do not
 * come back together. The first try is jittered too.
 * @param {number} attempt tries that failed before, from 0
 * @param {() => number} [random] from 0 to below 1
 * @returns {number} ms
 */
export function backoffMillis(attempt, random = Math.random) {
  return random() * Math.min(CAP_MILLIS, FIRST_MILLIS * 2 ** attempt);
}

/**
 * A delay that the server orders, as far as it is obeyed: between the least and an hour, whatever it says. A timer would
 * take text, and numbers from 2^31 on, for "at once".
 * @param {unknown} millis as the server says it
 * @param {number} [leastMillis] by default 1 s, as before a reconnect
 * @returns {number} ms
 */
export function orderedMillis(millis, leastMillis = ORDERED_LEAST_MILLIS) {
  return typeof millis === 'number' && millis > leastMillis ? Math.min(ORDERED_MOST_MILLIS, millis) : leastMillis;
}
