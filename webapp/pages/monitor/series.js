import { isCounter, unitOf } from './format.js';

/** @typedef {{x: number, y: number}} Point time in ms, and value */
/** @typedef {{above?: number, below?: number}} Thresholds */

const FINE_MILLIS = 60_000;
const FINE_MAX = 1_200;
const COARSE_STEP_MILLIS = 1_000;
const COARSE_MAX = 3_600;
/** A metric of which nothing has come for so long is old. */
export const STALE_MILLIS = 30_000;

/**
 * One metric over time: each value of the last minute, and one of each second of the last hour. So much is kept,
 * however fast values come.
 */
export class Series {
  /** @type {Point[]} */
  #fine = [];
  /** @type {Point[]} */
  #coarse = [];
  /** The last value of a counter, from which its rate is made. @type {Point | undefined} */
  #lastCount;
  /** The last value that is shown. @type {number | undefined} */
  value;
  /** When it came, by the clock of this page. */
  cameAt = 0;
  /** @type {Thresholds} */
  thresholds = {};

  /** @param {string} metricId */
  constructor(metricId) {
    this.metricId = metricId;
    this.unit = unitOf(metricId);
  }

  /**
   * @param {number} at ms
   * @param {number} value
   * @param {number} now when it came
   */
  add(at, value, now) {
    this.cameAt = now;
    if (!isCounter(this.metricId)) {
      this.#addPoint({ x: at, y: value });
      return;
    }
    const last = this.#lastCount;
    this.#lastCount = { x: at, y: value };
    // Of a node that started anew the counters begin at 0 again.
    if (last && at > last.x) this.#addPoint({ x: at, y: Math.max(0, value - last.y) / ((at - last.x) / 1_000) });
  }

  /**
   * @param {number} rangeMillis
   * @returns {Point[]}
   */
  points(rangeMillis) {
    return rangeMillis <= FINE_MILLIS ? this.#fine : this.#coarse;
  }

  /** @param {number} now */
  isStale(now) {
    return now - this.cameAt > STALE_MILLIS;
  }

  /** @returns {'above' | 'below' | undefined} which threshold the last value has crossed */
  get crossed() {
    const { above, below } = this.thresholds;
    if (this.value === undefined) return undefined;
    if (above !== undefined && this.value > above) return 'above';
    return below !== undefined && this.value < below ? 'below' : undefined;
  }

  /** @param {Point} point */
  #addPoint(point) {
    this.value = point.y;
    const newest = this.#fine[this.#fine.length - 1];
    // A value that comes again after a reconnect.
    if (newest && point.x <= newest.x) return;
    this.#fine.push(point);
    while (this.#fine.length > FINE_MAX || this.#fine[0].x < point.x - FINE_MILLIS) this.#fine.shift();
    const last = this.#coarse[this.#coarse.length - 1];
    if (last && Math.floor(last.x / COARSE_STEP_MILLIS) === Math.floor(point.x / COARSE_STEP_MILLIS)) {
      this.#coarse[this.#coarse.length - 1] = point;
    } else {
      this.#coarse.push(point);
      if (this.#coarse.length > COARSE_MAX) this.#coarse.shift();
    }
  }
}
