import { ConnectionError, destroyedError } from '../errors.js';

/**
 * @typedef {import('../errors.js').ParleyError} ParleyError
 * @typedef {{seq: number, resolve: () => void, reject: (error: ParleyError) => void, timer: unknown}} Waiter
 * @typedef {{target: object, wanted: number, acked: number, isAsked: boolean, waiters: Waiter[]}} Mark
 */

/** `unknown_type` is the answer of a connection without a WebSocket, which carries no marks. */
const PASSES_WITH_CONNECTION = new Set(['disconnected', 'timeout', 'unknown_type']);
const RETRYABLE = new Set(['rate_limited', 'store_unavailable', 'internal']);

/**
 * Read marks on their way to the server: one `read` of a channel at a time; what is read meanwhile follows in one. A
 * mark that a lost connection took along is sent again.
 */
export class ReadMarks {
  #settings;
  #requests;
  #isOpen = false;
  /** @type {Map<string, Mark>} by channel */
  #marks = new Map();

  /**
   * @param {import('../options.js').Settings} settings
   * @param {import('../pending-requests.js').PendingRequests} requests
   */
  constructor(settings, requests) {
    this.#settings = settings;
    this.#requests = requests;
  }

  /**
   * @param {string} key of the channel
   * @param {object} target the channel on the wire
   * @param {number} seq
   * @returns {Promise<void>} settled when the server has the mark, or one after it
   */
  read(key, target, seq) {
    const mark = this.#marks.get(key) ?? { target, wanted: 0, acked: 0, isAsked: false, waiters: [] };
    this.#marks.set(key, mark);
    if (seq <= mark.acked) return Promise.resolve();
    mark.wanted = Math.max(mark.wanted, seq);
    const promise = new Promise((/** @type {any} */ resolve, reject) => {
      const late = () => {
        mark.waiters = mark.waiters.filter((waiter) => waiter.reject !== reject);
        reject(new ConnectionError('The server does not have this read mark yet.', 'timeout'));
      };
      const timer = this.#settings.clock.setTimeout(late, this.#settings.requestTimeout);
      mark.waiters.push({ seq, resolve, reject, timer });
    });
    // A mark is mostly sent along, with nobody waiting for it.
    promise.catch(() => {});
    this.#tell(mark);
    return promise;
  }

  /** @param {boolean} isSameUser marks of somebody else are worth nothing */
  opened(isSameUser) {
    if (!isSameUser) this.#marks.clear();
    this.#isOpen = true;
    for (const mark of this.#marks.values()) this.#tell(mark);
  }

  released() {
    this.#isOpen = false;
  }

  destroy() {
    this.#isOpen = false;
    for (const mark of this.#marks.values()) this.#settle(mark, Infinity, (waiter) => waiter.reject(destroyedError()));
    this.#marks.clear();
  }

  /** @param {Mark} mark */
  async #tell(mark) {
    if (!this.#isOpen || mark.isAsked || mark.wanted <= mark.acked) return;
    mark.isAsked = true;
    const seq = mark.wanted;
    try {
      await this.#requests.start({ type: 'read', ...mark.target, seq });
      mark.acked = Math.max(mark.acked, seq);
      this.#settle(mark, seq, (waiter) => waiter.resolve());
    } catch (error) {
      const { code } = /** @type {ParleyError} */ (error);
      if (!RETRYABLE.has(code) && !PASSES_WITH_CONNECTION.has(code)) {
        // The room is gone, or the right to read it.
        mark.wanted = mark.acked;
        this.#settle(mark, seq, (waiter) => waiter.reject(/** @type {ParleyError} */ (error)));
      }
      mark.isAsked = false;
      // Otherwise the next mark, or the next connection, tries again.
      return;
    }
    mark.isAsked = false;
    this.#tell(mark);
  }

  /**
   * @param {Mark} mark
   * @param {number} seq up to which
   * @param {(waiter: Waiter) => void} how
   */
  #settle(mark, seq, how) {
    const settled = mark.waiters.filter((waiter) => waiter.seq <= seq);
    mark.waiters = mark.waiters.filter((waiter) => waiter.seq > seq);
    for (const waiter of settled) {
      this.#settings.clock.clearTimeout(waiter.timer);
      how(waiter);
    }
  }
}
