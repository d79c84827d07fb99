import { checkedProtocols, checkedUrl } from './arguments.js';
import { closeEvent, errorEvent } from './events.js';

const ABNORMAL = 1006;

/**
 * @template T
 * @typedef {T | (() => T | Promise<T>)} Provided a value, or a function that gives it, also later
 */

/**
 * @typedef {object} Target where to connect
 * @property {Provided<string | URL>} url
 * @property {Provided<string | string[] | null | undefined>} protocols
 * @property {typeof WebSocket} WebSocket
 * @property {BinaryType} binaryType
 * @property {number | undefined} timeoutMillis for each of the two steps: to get the address, and to open
 */

/**
 * @typedef {object} AttemptListener
 * @property {() => void} opened
 * @property {(event: MessageEvent) => void} received
 * @property {(event: ErrorEvent) => void} failed before `closed`
 * @property {(event: CloseEvent) => void} closed the last call
 */

/**
 * One attempt to connect, from the question for the address on, and the connection that it leads to. It ends once:
 * with `closed`, or with `drop`, after which it reports nothing more.
 */
export class SocketAttempt {
  #target;
  #listener;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #deadline;
  #isAnswered = false;
  #isOver = false;

  /**
   * @param {Target} target
   * @param {AttemptListener} listener
   */
  constructor(target, listener) {
    this.#target = target;
    this.#listener = listener;
  }

  /** The socket, as soon as the address is known; also after the end. */
  get socket() {
    return this.#socket;
  }

  /** Whether no WebSocket can be made of what was given. Another attempt would not change that. */
  get hasWrongAddress() {
    return this.#isAnswered && !this.#socket;
  }

  /**
   * Connects. Where the address is known at once, the socket exists afterwards.
   * @throws {unknown} what is wrong with the address, or what a function of the application threw. Where the functions
   *   give promises, `failed` tells.
   */
  start() {
    const answers = [ask(this.#target.url), ask(this.#target.protocols)];
    if (!answers.some(isPromise)) {
      this.#open(answers[0], answers[1]);
      return;
    }
    this.#expect('The function for the URL or the subprotocols gave nothing');
    Promise.all(answers)
      .then(([url, protocols]) => this.#open(url, protocols))
      .catch((error) => this.fail(error));
  }

  /**
   * Ends the connection as `WebSocket.close` does; `closed` tells when it is done.
   * @param {[code?: number, reason?: string]} codeAndReason
   */
  close(...codeAndReason) {
    if (this.#socket) this.#socket.close(...codeAndReason);
    // Without a socket there is nothing to wait for. But no listener is called within close().
    else queueMicrotask(() => this.#end(closeEvent(ABNORMAL)));
  }

  /**
   * Ends the connection without waiting for anything.
   * @param {[code?: number, reason?: string]} codeAndReason what the server is told
   * @returns {boolean} `false` if it had ended before
   */
  drop(...codeAndReason) {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    // The events of the socket are ignored from now on. Its listeners stay: a socket of "ws" without one for its error
    // would throw it.
    this.#socket?.close(...codeAndReason);
    return true;
  }

  /**
   * Ends an attempt that has got no address, or a wrong one.
   * @param {unknown} error
   */
  fail(error) {
    if (this.#isOver) return;
    const event = errorEvent(error instanceof Error ? error.message : String(error), error);
    this.#endBy(event);
    if (!event.defaultPrevented) console.error('ReconnectingSocket:', error);
  }

  /**
   * @param {unknown} url
   * @param {unknown} protocols
   */
  #open(url, protocols) {
    if (this.#isOver) return;
    this.#isAnswered = true;
    const { WebSocket, binaryType } = this.#target;
    const address = checkedUrl(url);
    const offered = checkedProtocols(protocols);
    const socket = offered.length > 0 ? new WebSocket(address, offered) : new WebSocket(address);
    socket.binaryType = binaryType;
    socket.addEventListener('open', () => this.#opened());
    socket.addEventListener('message', (event) => this.#received(event));
    socket.addEventListener('error', (event) => this.#failed(event));
    socket.addEventListener('close', ({ code, reason, wasClean }) => this.#end(closeEvent(code, reason, wasClean)));
    this.#socket = socket;
    this.#expect(`${address} did not answer`);
  }

  /**
   * Starts the time for the next step.
   * @param {string} problem
   */
  #expect(problem) {
    const { timeoutMillis } = this.#target;
    clearTimeout(this.#deadline);
    if (timeoutMillis === undefined) return;
    this.#deadline = setTimeout(
      // The message is that of reconnecting-websocket.
      () => this.#endBy(errorEvent('TIMEOUT', new Error(`${problem} within ${timeoutMillis} ms (connectionTimeout).`))),
      timeoutMillis,
    );
  }

  /** @param {ErrorEvent} event */
  #endBy(event) {
    this.#listener.failed(event);
    // The application may have dropped it.
    if (this.drop()) this.#listener.closed(closeEvent(ABNORMAL));
  }

  #opened() {
    if (this.#isOver) return;
    clearTimeout(this.#deadline);
    this.#listener.opened();
  }

  /** @param {MessageEvent} event */
  #received({ data, origin, lastEventId }) {
    if (!this.#isOver) this.#listener.received(new MessageEvent('message', { data, origin, lastEventId }));
  }

  /** @param {Event & {message?: string, error?: unknown}} event from a browser without message and error */
  #failed({ message, error }) {
    if (!this.#isOver) this.#listener.failed(errorEvent(message, error));
  }

  /** @param {CloseEvent} event */
  #end(event) {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#listener.closed(event);
  }
}

/** @param {unknown} provided */
function ask(provided) {
  return typeof provided === 'function' ? provided() : provided;
}

/** @param {any} answer */
function isPromise(answer) {
  return typeof answer?.then === 'function';
}
