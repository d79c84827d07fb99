const FIRST_MILLIS = 1_000;
const CAP_MILLIS = 30_000;

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
