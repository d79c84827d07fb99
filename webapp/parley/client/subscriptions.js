import { ParleyError, destroyedError } from './errors.js';

/**
 * @typedef {import('../parley-client.js').Metric} Metric
 * @typedef {{metrics: Metric[], message?: string}} Subscribed
 */
/**
 * One `subscribe` of the server, for all listeners of the same pattern.
 * @typedef {{
 *   pattern: string, listeners: Set<(metric: Metric) => void>, latest: Map<string, Metric>, isAsked: boolean,
 *   ready: Promise<Subscribed>, resolve: (subscribed: Subscribed) => void, reject: (error: ParleyError) => void,
 * }} Watched
 */

const RETRYABLE = new Set(['rate_limited', 'store_unavailable', 'internal', 'timeout', 'disconnected']);
const RETRY_MILLIS = 5_000;
/** The answer of a connection without a WebSocket, which carries no metrics. The next one may. */
const NOT_HERE = 'unknown_type';

/** Subscriptions to metrics, which stay over reconnects. */
export class Subscriptions {
  #settings;
  #requests;
  #report;
  #isOpen = false;
  #isDestroyed = false;
  /** @type {Map<string, Watched>} */
  #byPattern = new Map();
  /** @type {unknown} */
  #timer;

  /**
   * @param {import('./options.js').Settings} settings
   * @param {import('./pending-requests.js').PendingRequests} requests
   * @param {(error: ParleyError) => void} report told of a subscription that is refused after a reconnect
   */
  constructor(settings, requests, report) {
    this.#settings = settings;
    this.#requests = requests;
    this.#report = report;
  }

  /**
   * @param {string} pattern
   * @param {(metric: Metric) => void} listener
   * @param {AbortSignal} [signal]
   * @returns {import('../parley-client.js').Subscription}
   */
  add(pattern, listener, signal) {
    if (this.#isDestroyed) throw destroyedError();
    const watched = this.#byPattern.get(pattern) ?? this.#watch(pattern);
    const own = (/** @type {Metric} */ metric) => listener(metric);
    for (const metric of watched.latest.values()) own(metric);
    watched.listeners.add(own);
    const unsubscribe = () => {
      if (watched.listeners.delete(own) && watched.listeners.size === 0) this.#forget(watched);
    };
    signal?.addEventListener('abort', unsubscribe);
    if (signal?.aborted) unsubscribe();
    return { metricId: pattern, ready: watched.ready, unsubscribe };
  }

  /** @param {Metric} metric */
  receive(metric) {
    for (const watched of this.#byPattern.values()) {
      if (matches(watched.pattern, metric.metricId)) tell(watched, metric);
    }
  }

  opened() {
    this.#isOpen = true;
    for (const watched of this.#byPattern.values()) this.#ask(watched);
  }

  released() {
    this.#isOpen = false;
    this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const watched of this.#byPattern.values()) watched.isAsked = false;
  }

  destroy() {
    this.#isDestroyed = true;
    this.released();
    for (const { reject } of this.#byPattern.values()) reject(destroyedError());
    this.#byPattern.clear();
  }

  /** @param {string} pattern */
  #watch(pattern) {
    let resolve = (/** @type {Subscribed} */ _) => {};
    let reject = (/** @type {ParleyError} */ _) => {};
    const ready = new Promise((/** @type {any} */ yes, no) => {
      resolve = yes;
      reject = no;
    });
    // Whoever does not wait for it learns of a failure by an `error` event.
    ready.catch(() => {});
    const watched = { pattern, listeners: new Set(), latest: new Map(), isAsked: false, ready, resolve, reject };
    this.#byPattern.set(pattern, watched);
    this.#ask(watched);
    return watched;
  }

  /** @param {Watched} watched */
  #ask(watched) {
    if (!this.#isOpen || watched.isAsked) return;
    watched.isAsked = true;
    const onAnswer = (/** @type {Subscribed} */ subscribed) => {
      for (const metric of subscribed.metrics) tell(watched, metric);
      watched.resolve(subscribed);
    };
    this.#requests.start({ type: 'subscribe', metricId: watched.pattern }, { onAnswer })
      .catch((error) => this.#refused(watched, error));
  }

  /**
   * @param {Watched} watched
   * @param {ParleyError} error
   */
  #refused(watched, error) {
    if (this.#byPattern.get(watched.pattern) !== watched) return;
    watched.isAsked = false;
    if (RETRYABLE.has(error.code)) {
      if (!this.#isOpen) return;
      this.#timer ??= this.#settings.clock.setTimeout(() => {
        this.#timer = undefined;
        if (this.#isOpen) this.opened();
      }, RETRY_MILLIS);
      return;
    }
    if (error.code !== NOT_HERE) {
      this.#byPattern.delete(watched.pattern);
      watched.reject(error);
    }
    this.#report(error);
  }

  /** @param {Watched} watched */
  #forget(watched) {
    this.#byPattern.delete(watched.pattern);
    if (!watched.isAsked || !this.#isOpen) return;
    this.#requests.start({ type: 'unsubscribe', metricId: watched.pattern }).catch((error) => {
      // The subscription went with its connection.
      if (error.code !== 'disconnected') this.#report(error);
    });
  }
}

/**
 * @param {Watched} watched
 * @param {Metric} metric
 */
function tell({ latest, listeners }, metric) {
  latest.set(metric.metricId, metric);
  for (const listener of [...listeners]) listener(metric);
}

/**
 * @param {string} pattern exact, or ending in `*`
 * @param {string} metricId
 */
function matches(pattern, metricId) {
  return pattern.endsWith('*') ? metricId.startsWith(pattern.slice(0, -1)) : metricId === pattern;
}
