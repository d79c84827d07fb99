import { SendQueue } from './socket/send-queue.js';
import { checkClose, checkedProtocols, checkedUrl } from './socket/arguments.js';
import { SocketAttempt } from './socket/attempt.js';
import { closeEvent, reportUncaught } from './socket/events.js';
import { CheckedSocketOptions, isWorthComingBack } from './socket/options.js';
import { SocketTarget } from './socket/socket-target.js';

const NORMAL = 1000;
const ABNORMAL = 1006;

/** @typedef {'IDLE' | 'CONNECTING' | 'OPEN' | 'CLOSING' | 'WAITING' | 'CLOSED'} SocketState */

/** @type {Record<SocketState, SocketState[]>} */
const MOVES = {
  IDLE: ['CONNECTING', 'WAITING', 'CLOSED'],
  CONNECTING: ['OPEN', 'CLOSING', 'WAITING', 'CLOSED'],
  OPEN: ['CLOSING', 'WAITING', 'CLOSED'],
  CLOSING: ['WAITING', 'CLOSED'],
  WAITING: ['CONNECTING', 'CLOSED'],
  CLOSED: ['WAITING'],
};

/** @type {Record<SocketState, number>} */
const READY_STATES = { IDLE: 3, CONNECTING: 0, OPEN: 1, CLOSING: 2, WAITING: 3, CLOSED: 3 };

/**
 * A `WebSocket` that comes back after its connection was lost. Constructor and options are those of
 * `reconnecting-websocket`.
 *
 * - `IDLE`: not asked for yet (`startClosed`).
 * - `CONNECTING`: one attempt is under way, from the question for the URL to the open connection.
 * - `OPEN`: connected.
 * - `CLOSING`: `close` was called; waits for the server's answer.
 * - `WAITING`: lost; tries again by itself.
 * - `CLOSED`: ended by `close`, by a close code that says to stay away, or after `maxRetries`.
 *
 * Each attempt, and the connection that it leads to, dispatches what a `WebSocket` does: `open`, `message`, `error`,
 * and at its end one `close`. Listeners stay for the next one.
 *
 * The URL and the subprotocols may be functions, which may give promises. They are asked anew for each attempt.
 *
 * - If one throws, or its promise is rejected, the attempt has failed.
 * - If one gives what no WebSocket takes, it is `CLOSED`: the next try would be the same.
 *
 * The constructor throws either where it is known at once. Otherwise an `error` event has it in `error`. It is logged
 * too, unless a listener calls `preventDefault`.
 */
export class ReconnectingSocket extends SocketTarget {
  #url;
  #protocols;
  #options;
  #queue;
  /** @type {SocketState} */
  #state = 'IDLE';
  /** @type {SocketAttempt | undefined} the last one */
  #attempt;
  /** @type {ReturnType<typeof setTimeout> | undefined} the next try in `WAITING`, the end of `minUptime` in `OPEN` */
  #timer;
  #retryCount = 0;
  /** @type {BinaryType} */
  #binaryType = 'blob';

  /**
   * @param {import('./socket/attempt.js').Provided<string | URL>} url
   * @param {import('./socket/attempt.js').Provided<string | string[] | null | undefined>} [protocols]
   * @param {import('./socket/options.js').SocketOptions} [options]
   * @throws {DOMException} a `SyntaxError` for a wrong URL or subprotocol, as from `WebSocket`
   * @throws {TypeError | RangeError} for a wrong option
   */
  constructor(url, protocols, options = {}) {
    super();
    this.#url = typeof url === 'function' ? url : checkedUrl(url);
    this.#protocols = typeof protocols === 'function' ? protocols : checkedProtocols(protocols);
    this.#options = new CheckedSocketOptions(options);
    this.#queue = new SendQueue(this.#options.maxEnqueuedMessages);
    if (!this.#options.startClosed) this.#connect().start();
  }

  /** As of a `WebSocket`: `CLOSED` also while it waits for the next try. `state` tells these apart. */
  get readyState() {
    const own = READY_STATES[this.#state];
    // The socket knows earlier than its events tell that it is closing or closed.
    return own === ReconnectingSocket.CLOSED ? own : (this.#attempt?.socket?.readyState ?? own);
  }

  /** `WAITING` in a listener of `close` means that it will try again. */
  get state() {
    return this.#state;
  }

  /** Tries since the last stable connection, the one that it waits for included. */
  get retryCount() {
    return this.#retryCount;
  }

  /** The address of the last attempt; empty as long as a function has not given one. */
  get url() {
    return this.#attempt?.socket?.url ?? (typeof this.#url === 'string' ? this.#url : '');
  }

  /** The subprotocol that the server chose. */
  get protocol() {
    return this.#attempt?.socket?.protocol ?? '';
  }

  get extensions() {
    return this.#attempt?.socket?.extensions ?? '';
  }

  /** Bytes that wait here for a connection, and those of the last connection that have not left. */
  get bufferedAmount() {
    return this.#queue.bytes + (this.#attempt?.socket?.bufferedAmount ?? 0);
  }

  get binaryType() {
    return this.#binaryType;
  }

  set binaryType(binaryType) {
    // A WebSocket ignores other values too.
    if (binaryType !== 'blob' && binaryType !== 'arraybuffer') return;
    this.#binaryType = binaryType;
    const socket = this.#attempt?.socket;
    if (socket) socket.binaryType = binaryType;
  }

  /**
   * Sends a message, or keeps it until there is a connection. Then what was kept goes first, in order, before `open` is
   * dispatched.
   * @param {import('./socket/send-queue.js').SocketData} data
   * @returns {boolean} `true` if it was handed to the connection or kept. `false` if it was dropped: the queue is full
   *   (`maxEnqueuedMessages`), or the socket is closed or closing.
   * @throws {TypeError} for what a `WebSocket` refuses, and for `undefined`
   */
  send(data) {
    // A WebSocket would send the word, which nobody means.
    if (data === undefined) throw new TypeError('send() needs a message, not undefined.');
    if (this.#state === 'CLOSING' || this.#state === 'CLOSED') return false;
    return this.#sendNow(data) || this.#queue.add(data);
  }

  /**
   * Closes the connection, or ends the attempt, and does not come back. What is kept stays for `reconnect`.
   * @param {number} [code]
   * @param {string} [reason]
   * @throws {DOMException} as `WebSocket.close`
   */
  close(code, reason) {
    checkClose(code, reason);
    if (this.#state === 'IDLE' || this.#state === 'WAITING') {
      this.#moveTo('CLOSED');
    } else if (this.#state === 'CONNECTING' || this.#state === 'OPEN') {
      this.#moveTo('CLOSING');
      this.#attempt?.close(...given(code, reason));
    }
  }

  /**
   * Closes the connection without waiting for the server's answer, as for one that is dead: it is `CLOSED` at once, and
   * the `close` event, with 1006, comes before this returns.
   */
  forceClose() {
    const hadConnection = this.#attempt?.drop(NORMAL);
    if (this.#state !== 'CLOSED') this.#moveTo('CLOSED');
    if (hadConnection) this.dispatchEvent(closeEvent(ABNORMAL));
  }

  /**
   * Connects now, also if it is closed. An open connection is dropped, without waiting for the server's answer; its
   * `close` event comes before this returns. If a listener of that calls `close`, it stays closed.
   * @param {number} [code]
   * @param {string} [reason]
   * @throws {DOMException} as `WebSocket.close`
   */
  reconnect(code, reason) {
    checkClose(code, reason);
    const hadConnection = this.#attempt?.drop(code ?? NORMAL, reason ?? '');
    this.#retryCount = 0;
    if (this.#state !== 'WAITING') this.#moveTo('WAITING');
    if (hadConnection) this.dispatchEvent(closeEvent(code ?? NORMAL, reason, true));
    if (this.#state === 'WAITING') this.#try();
  }

  /** @param {SocketState} next */
  #moveTo(next) {
    if (!MOVES[this.#state].includes(next)) throw new Error(`A socket cannot move from ${this.#state} to ${next}.`);
    this.#log(this.#state, '->', next);
    clearTimeout(this.#timer);
    this.#state = next;
  }

  /** @returns {SocketAttempt} to be started */
  #connect() {
    this.#moveTo('CONNECTING');
    const attempt = new SocketAttempt(
      {
        url: this.#url,
        protocols: this.#protocols,
        WebSocket: this.#options.WebSocket,
        binaryType: this.#binaryType,
        timeoutMillis: this.#options.connectionTimeout,
      },
      {
        opened: () => this.#opened(),
        received: (event) => this.dispatchEvent(event),
        failed: (event) => this.dispatchEvent(event),
        closed: (event) => this.#closed(event),
      },
    );
    this.#attempt = attempt;
    return attempt;
  }

  /** Connects; what goes wrong fails the attempt. */
  #try() {
    const attempt = this.#connect();
    try {
      attempt.start();
    } catch (error) {
      attempt.fail(error);
    }
  }

  #opened() {
    // A class of the application may still open after close().
    if (this.#state !== 'CONNECTING') return;
    this.#moveTo('OPEN');
    this.#timer = setTimeout(() => (this.#retryCount = 0), this.#options.minUptime);
    this.#queue.drain((data) => this.#sendNow(data));
    this.dispatchEvent(new Event('open'));
  }

  /** @param {CloseEvent} event */
  #closed(event) {
    this.#log('close', event.code, event.reason);
    const attempt = this.#attempt;
    const comesBack = this.#comesBackAfter(event);
    // Unless the application has called reconnect() when it was asked.
    if (attempt === this.#attempt) this.#end(comesBack && this.#state !== 'CLOSING');
    this.dispatchEvent(event);
  }

  /** @param {boolean} comesBack */
  #end(comesBack) {
    if (!comesBack) {
      this.#moveTo('CLOSED');
      return;
    }
    this.#retryCount++;
    this.#moveTo('WAITING');
    const delay = this.#options.delayMillis(this.#retryCount);
    this.#log('try', this.#retryCount, 'in', delay, 'ms');
    this.#timer = setTimeout(() => this.#try(), delay);
  }

  /** @param {CloseEvent} event */
  #comesBackAfter(event) {
    const isOver = this.#state === 'CLOSING' || this.#retryCount >= this.#options.maxRetries;
    if (isOver || this.#attempt?.hasWrongAddress) return false;
    try {
      return this.#options.shouldReconnect(event);
    } catch (error) {
      // As an error in a listener: reported, and survived.
      reportUncaught(error);
      return isWorthComingBack(event);
    }
  }

  /**
   * @param {any} data
   * @returns {boolean} `false` if there is no open connection
   */
  #sendNow(data) {
    const socket = this.#attempt?.socket;
    // A socket that has heard of its end drops what it is given, before it dispatches close.
    if (this.#state !== 'OPEN' || socket?.readyState !== ReconnectingSocket.OPEN) return false;
    socket.send(data);
    return true;
  }

  /** @param {unknown[]} words */
  #log(...words) {
    if (this.#options.debug) console.log('ReconnectingSocket:', this.url, ...words);
  }
}

/**
 * Arguments for a `WebSocket`, to which a missing one and `undefined` are not the same everywhere.
 * @param {number | undefined} code
 * @param {string | undefined} reason
 * @returns {[code?: number, reason?: string]}
 */
function given(code, reason) {
  if (reason !== undefined) return [code, reason];
  return code === undefined ? [] : [code];
}
