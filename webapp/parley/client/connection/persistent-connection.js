import { ConnectionError } from '../errors.js';
import { backoffMillis } from './backoff.js';
import { allowsReconnect } from './close-codes.js';
import { ServerConnection } from './server-connection.js';

/**
 * @typedef {import('../../parley-client.js').ConnectionState} ConnectionState
 * @typedef {import('../../parley-client.js').StateChange} StateChange
 * @typedef {import('../../parley-client.js').Welcome} Welcome
 * @typedef {import('../errors.js').ParleyError} ParleyError
 */
/**
 * @typedef {{
 *   stateChanged(change: StateChange): void,
 *   welcomed(welcome: Welcome): void,
 *   received(message: any): void,
 *   receivedBinary(frame: ArrayBuffer): void,
 *   released(error: ParleyError): void,
 * }} Listener `welcomed` comes before the `stateChanged` to `OPEN`, `released` before that away from it
 */

/** @type {Record<ConnectionState, ConnectionState[]>} */
const MOVES = {
  IDLE: ['CONNECTING'],
  CONNECTING: ['OPEN', 'WAITING', 'CLOSED'],
  OPEN: ['WAITING', 'CLOSED'],
  WAITING: ['CONNECTING', 'CLOSED'],
  CLOSED: ['CONNECTING'],
};

const TOKEN_EXPIRED = 4003;
/** A connection that ends earlier counts as a failed attempt, or a server in trouble would be asked without a pause. */
const STABLE_MILLIS = 5_000;
/** Tickets of a token that cannot change: a second one that is refused at once says that there is something else. */
const REFUSED_TICKETS_MAX = 2;

/** A connection that comes back: at most one {@link ServerConnection} at a time, and pauses between them. */
export class PersistentConnection {
  #dependencies;
  #listener;
  /** @type {ConnectionState} */
  #state = 'IDLE';
  /** @type {ParleyError | undefined} */
  #error;
  #retryAt = 0;
  /** Attempts that failed since the last stable connection. */
  #failures = 0;
  /** Tickets that were refused since the last connection. */
  #refusedTickets = 0;
  #openedAt = 0;
  /** @type {ServerConnection | undefined} in `CONNECTING` and `OPEN` */
  #current;
  /** @type {string | undefined} */
  #url;
  /** The next attempt, in `WAITING`. @type {unknown} */
  #timer;
  /** End of a pause that the server ordered, which counts more than our own wish to come back. */
  #orderedUntil = 0;
  /** In `WAITING`: whether the page is put away, which ends the attempts until it is back. */
  #isSuspended = false;

  /**
   * @param {import('./server-connection.js').Dependencies} dependencies
   * @param {Listener} listener
   */
  constructor(dependencies, listener) {
    this.#dependencies = dependencies;
    this.#listener = listener;
  }

  get state() {
    return this.#state;
  }

  get error() {
    return this.#error;
  }

  get retryAt() {
    return this.#retryAt;
  }

  get failures() {
    return this.#failures;
  }

  /** The address that was used last. */
  get url() {
    return this.#current?.url ?? this.#url;
  }

  get transport() {
    return this.#current?.transport ?? 'websocket';
  }

  get bufferedAmount() {
    return this.#current?.bufferedAmount ?? 0;
  }

  /** Connects now; in `WAITING` without waiting any longer. */
  open() {
    if (this.#current) return;
    if (this.#state === 'CLOSED') this.#failures = this.#refusedTickets = 0;
    this.#connect();
  }

  /** Connects anew, in whatever state it is, since the credential is another one. */
  restart() {
    this.#failures = this.#refusedTickets = 0;
    if (this.#current) {
      const error = new ConnectionError('Signing in anew.', 'signing_in');
      this.#release(error);
      this.#moveTo('WAITING', error);
      // A listener may have ended or opened it.
      if (this.#state !== 'WAITING') return;
    }
    this.open();
  }

  close() {
    if (this.#state === 'IDLE' || this.#state === 'CLOSED') return;
    this.#release(new ConnectionError('The connection was closed.', 'closed'));
    this.#moveTo('CLOSED', undefined);
  }

  /**
   * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} frame
   * @returns {boolean}
   */
  send(frame) {
    return this.#current?.send(frame) ?? false;
  }

  /** The network has changed: the connection may be dead. */
  probe() {
    if (this.#state === 'OPEN') this.#current?.probe();
  }

  /** The network is back, or the page is looked at again: somebody wants the connection now. */
  check() {
    this.probe();
    if (this.#state === 'WAITING' && !this.#isSuspended && this.#now() >= this.#orderedUntil) this.open();
  }

  /** The page is put away, frozen or in the back/forward cache, for nobody knows how long. */
  suspend() {
    if (this.#state === 'IDLE' || this.#state === 'CLOSED') return;
    const error = new ConnectionError('The page is in the background.', 'suspended');
    this.#release(error);
    this.#isSuspended = true;
    if (this.#state === 'WAITING') this.#retryAt = 0;
    else this.#moveTo('WAITING', error);
  }

  resume() {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#connectAt(Math.max(this.#now(), this.#orderedUntil));
  }

  #connect() {
    this.#dependencies.settings.clock.clearTimeout(this.#timer);
    this.#isSuspended = false;
    const connection = new ServerConnection(this.#dependencies, {
      welcomed: (welcome) => this.#welcomed(welcome),
      received: (message) => this.#listener.received(message),
      receivedBinary: (frame) => this.#listener.receivedBinary(frame),
      ended: (error) => this.#ended(error),
    });
    this.#current = connection;
    this.#moveTo('CONNECTING', undefined);
    // A listener may have closed it.
    if (this.#current === connection) connection.start(this.#failures);
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    this.#openedAt = this.#now();
    this.#refusedTickets = 0;
    this.#listener.welcomed(welcome);
    this.#moveTo('OPEN', undefined);
  }

  /** @param {ParleyError} error */
  #ended(error) {
    const { maxRetries, backoff, random } = this.#dependencies.settings;
    const now = this.#now();
    if (this.#state === 'OPEN' && now - this.#openedAt >= STABLE_MILLIS) this.#failures = 0;
    if (this.#current?.isTicketRefused) this.#refusedTickets++;
    const mayComeBack = this.#mayComeBack(error);
    this.#release(error);
    if (!mayComeBack) {
      this.#moveTo('CLOSED', error);
    } else if (this.#failures >= maxRetries) {
      this.#moveTo('CLOSED', new ConnectionError(`${error.message} That was attempt ${this.#failures + 1}, the last.`,
        'max_retries', { cause: error, closeCode: error.closeCode }));
    } else {
      // Not sooner than ordered, but later each time, and not in step with everybody else.
      const retryAt = now + (error.retryAfter ?? 0) + backoffMillis(this.#failures++, random, backoff);
      this.#orderedUntil = error.retryAfter === undefined ? 0 : retryAt;
      this.#moveTo('WAITING', error, retryAt);
    }
  }

  /** @param {number} time */
  #connectAt(time) {
    this.#retryAt = time;
    this.#timer = this.#dependencies.settings.clock.setTimeout(() => this.#connect(), time - this.#now());
  }

  #now() {
    return this.#dependencies.settings.clock.now();
  }

  /** @param {ParleyError} error */
  #mayComeBack({ closeCode }) {
    if (closeCode === TOKEN_EXPIRED && !this.#dependencies.credentials.isRenewable) {
      return this.#current?.isTicketRefused === true && this.#refusedTickets < REFUSED_TICKETS_MAX;
    }
    return closeCode !== undefined && allowsReconnect(closeCode);
  }

  /** @param {ParleyError} error */
  #release(error) {
    this.#dependencies.settings.clock.clearTimeout(this.#timer);
    if (!this.#current) return;
    this.#url = this.url;
    this.#current.end();
    this.#current = undefined;
    this.#listener.released(error);
  }

  /**
   * @param {ConnectionState} next
   * @param {ParleyError | undefined} error
   * @param {number} [retryAt]
   */
  #moveTo(next, error, retryAt = 0) {
    const previous = this.#state;
    if (!MOVES[previous].includes(next)) throw new Error(`A connection cannot move from ${previous} to ${next}.`);
    this.#state = next;
    this.#error = error;
    this.#retryAt = 0;
    // Armed before the listeners are told, since one of them may open or close the connection.
    if (retryAt > 0) this.#connectAt(retryAt);
    this.#listener.stateChanged({ state: next, previous, reason: error?.message ?? '', error, retryAt });
  }
}
