import { ConnectionError, ParleyError, QueueError, ServerError } from './errors.js';
import { orderedMillis } from './connection/backoff.js';
import { randomId } from './random-id.js';
import { TokenBucket } from './sending/token-bucket.js';

const WAITING_MAX = 1_000;
/** The server has not done what was asked. */
const NOT_DONE = new Set(['rate_limited', 'store_unavailable']);
const RETRY_LEAST_MILLIS = 500;
/**
 * What only asks, and what that takes of the server's rate of queries. Whoever sends something else knows whether it is
 * to be sent again after a reconnect.
 */
const QUERIES = new Map([['history', 1], ['presence', 1], ['rooms', 1], ['members', 1], ['search', 5]]);
const QUERIES_A_SECOND = 10;
/** Of the 30 that the server takes at once; it measures a little later. */
const QUERIES_AT_ONCE = 25;

/**
 * @typedef {{
 *   message: {type: string, id: string}, isSent: boolean,
 *   resolve: (answer: any) => void, reject: (error: ParleyError) => void,
 *   onAnswer?: (answer: any) => void, deadline: number, timer: unknown, retryTimer?: unknown,
 * }} Request
 */

/**
 * Ties an answer to its request: every answer, whatever its type, repeats the request's id. A request waits for the
 * connection, and is sent again after a reconnect if that does no harm, all within its deadline.
 */
export class PendingRequests {
  #settings;
  #send;
  #isOpen = false;
  /** Why nothing is to be waited for. @type {ParleyError | undefined} */
  #closed;
  /** @type {Map<string, Request>} */
  #byId = new Map();
  /** Somebody who scrolls fast asks for more pages than the server answers, which ends in 4002. */
  #queries = new TokenBucket();

  /**
   * @param {import('./options.js').Settings} settings
   * @param {(message: object) => boolean} send
   */
  constructor(settings, send) {
    this.#settings = settings;
    this.#send = send;
  }

  /**
   * @param {{type: string, [field: string]: unknown}} message
   * @param {{onAnswer?: (answer: any) => void, signal?: AbortSignal}} [options] `onAnswer` is called with the answer
   *   before the messages that follow it are handled, which a promise would be too late for
   * @returns {Promise<any>} the answer; rejects with a {@link ParleyError}
   */
  start(message, { onAnswer, signal } = {}) {
    const { clock, requestTimeout } = this.#settings;
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#byId.size >= WAITING_MAX) {
      return Promise.reject(new QueueError(`${WAITING_MAX} requests wait for an answer already.`, 'queue_full'));
    }
    const id = randomId();
    return new Promise((resolve, reject) => {
      /** @type {Request} */
      const request = {
        message: { ...message, id }, isSent: false, resolve, reject, onAnswer,
        deadline: clock.now() + requestTimeout,
        timer: clock.setTimeout(() => this.#late(request), requestTimeout),
      };
      this.#byId.set(id, request);
      signal?.addEventListener('abort', () => this.#fail(id, signal.reason));
      this.#put(request);
    });
  }

  /**
   * The connection is open: what waits is sent.
   * @param {{rate: number}} limits a `rate` of 0: the server has no limits
   */
  opened({ rate }) {
    this.#isOpen = true;
    this.#queries.reset(rate > 0 ? QUERIES_A_SECOND : 0, QUERIES_AT_ONCE, this.#settings.clock.now());
    for (const request of this.#byId.values()) this.#put(request);
  }

  /**
   * The connection is gone, and with it the answers.
   * @param {ParleyError} error
   */
  released(error) {
    this.#isOpen = false;
    for (const [id, request] of this.#byId) {
      if (!request.isSent) continue;
      if (QUERIES.has(request.message.type)) request.isSent = false;
      else {
        const sentence = `The connection was lost before the answer came. ${error.message}`;
        this.#fail(id, new ConnectionError(sentence, 'disconnected'));
      }
    }
  }

  /**
   * @param {any} answer
   * @returns {boolean} whether somebody waited for it
   */
  answer(answer) {
    const request = this.#byId.get(answer.id);
    if (!request) return false;
    if (answer.type !== 'error') {
      this.#remove(answer.id);
      request.onAnswer?.(answer);
      request.resolve(answer);
    } else if (!this.#retryLater(request, answer)) this.#fail(answer.id, ServerError.of(answer));
    return true;
  }

  /** An attempt begins: requests may wait for it. */
  connecting() {
    this.#closed = undefined;
  }

  /**
   * No connection is to be waited for.
   * @param {ParleyError} error
   */
  closed(error) {
    this.#isOpen = false;
    this.#closed = error;
    for (const id of [...this.#byId.keys()]) this.#fail(id, error);
  }

  /** @param {Request} request */
  #put(request) {
    if (!this.#isOpen || request.isSent) return;
    const { clock } = this.#settings;
    clock.clearTimeout(request.retryTimer);
    const pause = this.#queries.take(clock.now(), QUERIES.get(request.message.type) ?? 0);
    if (pause > 0) request.retryTimer = clock.setTimeout(() => this.#put(request), pause);
    else request.isSent = this.#send(request.message);
  }

  /**
   * @param {Request} request
   * @param {{code: string, retryAfter?: number}} error
   */
  #retryLater(request, { code, retryAfter }) {
    const { clock } = this.#settings;
    const millis = orderedMillis(retryAfter, RETRY_LEAST_MILLIS);
    if (!NOT_DONE.has(code) || clock.now() + millis >= request.deadline) return false;
    request.retryTimer = clock.setTimeout(() => {
      request.isSent = false;
      this.#put(request);
    }, millis);
    return true;
  }

  /** @param {Request} request */
  #late({ isSent, message: { id } }) {
    const sentence = isSent ? 'The server did not answer in time.' : 'The connection did not come back in time.';
    this.#fail(id, new ConnectionError(sentence, 'timeout'));
  }

  /**
   * @param {string} id
   * @param {any} error
   */
  #fail(id, error) {
    this.#remove(id)?.reject(error);
  }

  /** @param {string} id */
  #remove(id) {
    const request = this.#byId.get(id);
    this.#byId.delete(id);
    this.#settings.clock.clearTimeout(request?.timer);
    this.#settings.clock.clearTimeout(request?.retryTimer);
    return request;
  }
}
