/**
 * Watches one line. A browser cannot see ping frames, so a line that was silent for `interval` is asked by a `ping`
 * message and taken for dead when nothing at all came within `timeout`.
 */
export class Heartbeat {
  #ask;
  #dead;
  #interval = 0;
  #timeout = 0;
  #heardAt = 0;
  #isAwaiting = false;
  #timer = 0;

  /**
   * @param {() => void} ask sends a `ping`
   * @param {() => void} dead called once, when the line is dead
   */
  constructor(ask, dead) {
    this.#ask = ask;
    this.#dead = dead;
  }

  /** @param {{interval: number, timeout: number}} heartbeat of the `welcome`, in ms */
  start({ interval, timeout }) {
    this.#interval = interval;
    this.#timeout = timeout;
    this.heard();
    this.#checkIn(interval);
  }

  /** Anything received counts as life. Cheap, since it runs for every frame: the running timer looks at the time later. */
  heard() {
    this.#heardAt = performance.now();
    this.#isAwaiting = false;
  }

  /** Asks at once, for instance because the network has changed. */
  probe() {
    this.#isAwaiting = true;
    this.#ask();
    this.#checkIn(this.#timeout);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} millis */
  #checkIn(millis) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), millis);
  }

  #check() {
    const silentMillis = performance.now() - this.#heardAt;
    if (this.#isAwaiting) this.#dead();
    else if (silentMillis >= this.#interval) this.probe();
    else this.#checkIn(this.#interval - silentMillis);
  }
}
