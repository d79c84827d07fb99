/** Lets everything run that waits for promises alone. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Time that stands still until a test moves it. */
export class FakeClock {
  #now = 1_000_000;
  #timers = new Map();
  #lastId = 0;

  now() {
    return this.#now;
  }

  setTimeout(callback, millis) {
    this.#timers.set(++this.#lastId, { at: this.#now + millis, callback });
    return this.#lastId;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  /** @returns {number} ms until each timer, in order */
  get pending() {
    return [...this.#timers.values()].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Moves the time on, and fires each timer that is due, in its order. */
  async advance(millis) {
    const end = this.#now + millis;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
      if (!next) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].callback();
    }
    this.#now = end;
    await settle();
  }

  /** The time moves on while no timer runs, as in a computer that sleeps. */
  sleep(millis) {
    this.#now += millis;
  }
}
