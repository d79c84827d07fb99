const ORDERED_LEAST_MILLIS = 1_000;
const ORDERED_MOST_MILLIS = 3_600_000;

/** @typedef {{minDelay: number, maxDelay: number, growFactor: number, jitter: boolean}} BackoffSettings */

/** @type {BackoffSettings} */
export const DEFAULT_BACKOFF = { minDelay: 1_000, maxDelay: 30_000, growFactor: 2, jitter: true };

/**
 * The delay before the next attempt: exponential with full jitter, so that clients that lost the same node do not come
 * back together. The first delay is jittered too.
 * @param {number} attempt attempts that failed before, from 0
 * @param {() => number} random from 0 to below 1
 * @param {BackoffSettings} [settings]
 * @returns {number} ms
 */
export function backoffMillis(attempt, random, settings = DEFAULT_BACKOFF) {
  const bound = Math.min(settings.maxDelay, settings.minDelay * settings.growFactor ** attempt);
  return settings.jitter ? random() * bound : bound;
}

/**
 * A delay that the server orders, as far as it is obeyed: between the least and an hour, whatever it says. A timer
 * would take text, and numbers from 2^31 on, for "at once".
 * @param {unknown} millis as the server says it
 * @param {number} [leastMillis] by default 1 s, as before a reconnect
 * @returns {number} ms
 */
export function orderedMillis(millis, leastMillis = ORDERED_LEAST_MILLIS) {
  return typeof millis === 'number' && millis > leastMillis ? Math.min(ORDERED_MOST_MILLIS, millis) : leastMillis;
}
