const FRAME_BUDGET_MILLIS = 8;

/**
 * Paints what has changed, as much in each frame as it has time for. Fifty charts that all change ten times a second
 * are painted in turn: each a little later, none of them in one long task.
 */
export class PaintQueue {
  /** @type {Set<() => void>} */
  #waiting = new Set();
  #frame = 0;

  /** @param {() => void} paint once, however often it is asked for until then */
  add(paint) {
    this.#waiting.add(paint);
    this.#frame ||= requestAnimationFrame(() => this.#paint());
  }

  /** @param {() => void} paint */
  remove(paint) {
    this.#waiting.delete(paint);
  }

  #paint() {
    this.#frame = 0;
    const end = performance.now() + FRAME_BUDGET_MILLIS;
    for (const paint of this.#waiting) {
      this.#waiting.delete(paint);
      paint();
      if (performance.now() > end) break;
    }
    if (this.#waiting.size > 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }
}
