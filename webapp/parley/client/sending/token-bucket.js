/**
 * Keeps below a rate of the server, so that it has no reason to refuse. Time is passed in.
 */
export class TokenBucket {
  #perMilli = 0;
  #burst = Infinity;
  #tokens = Infinity;
  #at = 0;

  /**
   * A new connection begins with a full bucket.
   * @param {number} perSecond 0: without a limit
   * @param {number} burst
   * @param {number} now ms
   */
  reset(perSecond, burst, now) {
    this.#perMilli = perSecond / 1_000;
    this.#burst = perSecond > 0 ? burst : Infinity;
    this.#tokens = this.#burst;
    this.#at = now;
  }

  /**
   * Takes one, or so many.
   * @param {number} now ms
   * @param {number} [count]
   * @returns {number} 0, or the ms after which to ask again
   */
  take(now, count = 1) {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMilli);
    this.#at = now;
    if (this.#tokens < count) return Math.ceil((count - this.#tokens) / this.#perMilli);
    this.#tokens -= count;
    return 0;
  }
}
