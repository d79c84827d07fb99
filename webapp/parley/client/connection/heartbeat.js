const OVERDUE_MILLIS = 1_000;

/**
 * Watches one connection. A browser cannot see ping frames, so a connection that was silent for `interval` is asked by
 * a `ping` message, and taken for dead when nothing at all came within `timeout`.
 */
export class Heartbeat {
  #clock;
  #ask;
  #dead;
  #interval = 0;
  #timeout = 0;
  #receivedAt = 0;
  #isAwaiting = false;
  #dueAt = 0;
  /** @type {unknown} */
  #timer;

  /**
   * @param {import('../../parley-client.js').Clock} clock
   * @param {() => void} ask sends a `ping`
   * @param {() => void} dead called once, when the connection is dead
   */
  constructor(clock, ask, dead) {
    this.#clock = clock;
    this.#ask = ask;
    this.#dead = dead;
  }

  /** @param {{interval: number, timeout: number}} heartbeat in ms */
  start({ interval, timeout }) {
    this.#interval = interval;
    this.#timeout = timeout;
    this.received();
    this.#checkIn(interval);
  }

  /** Anything received counts as life. Cheap, since it runs for every frame: the timer looks at the time later. */
  received() {
    this.#receivedAt = this.#clock.now();
    this.#isAwaiting = false;
  }

  /** Asks at once, for instance because the network has changed. */
  probe() {
    const isFirst = !this.#isAwaiting;
    this.#isAwaiting = true;
    this.#ask();
    // A page that is shown again and again asks each time, and must not put the end of a dead connection off.
    if (isFirst) this.#checkIn(this.#timeout);
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
  }

  /** @param {number} millis */
  #checkIn(millis) {
    this.stop();
    this.#dueAt = this.#clock.now() + millis;
    this.#timer = this.#clock.setTimeout(() => this.#check(), millis);
  }

  #check() {
    const now = this.#clock.now();
    const silentMillis = now - this.#receivedAt;
    if (this.#isAwaiting) {
      // After a sleep, or in a page that was frozen, the answer may be there and not read yet.
      if (now - this.#dueAt > OVERDUE_MILLIS) {
        this.#isAwaiting = false;
        this.probe();
      } else this.#dead();
    } else if (silentMillis >= this.#interval) this.probe();
    else this.#checkIn(this.#interval - silentMillis);
  }
}
