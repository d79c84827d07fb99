import { HttpApi } from './http/api.js';
import { HttpSession } from './http/session.js';
import { closeEvent } from './socket/events.js';
import { SocketTarget } from './socket/socket-target.js';

const NO_CODE = 1005;

/**
 * The endpoint `/chat` of Parley in the shape of a `WebSocket`, for places where WebSockets do not get through: it
 * takes and gives the same messages, by `POST` and server-sent events. For users with a token; guests have no way in
 * by HTTP.
 *
 * - `presence`, `read`, metrics, chunks, uploads and binary frames are answered `unknown_type`; `typing` is dropped.
 * - The user is not shown as present, and `unread` is known of rooms alone.
 * - Four channels come as streams, further ones by a question every five seconds, or later if they are many.
 */
export class HttpSocket extends SocketTarget {
  #url;
  #session;
  /** @type {0 | 1 | 2 | 3} */
  #readyState = HttpSocket.CONNECTING;
  #bufferedAmount = 0;

  /** What a client shows as its transport. */
  transport = 'http';
  protocol = 'parley.v1';
  extensions = '';
  /** @type {BinaryType} */
  binaryType = 'blob';

  /**
   * @param {string | URL} url of the endpoint, with `ws` or `wss`
   * @param {{token: string, fetch?: typeof fetch}} options
   * @throws {TypeError} for a wrong URL, and without a token
   */
  constructor(url, { token, fetch = globalThis.fetch.bind(globalThis) }) {
    super();
    if (typeof token !== 'string' || token === '') throw new TypeError('Without a WebSocket, Parley needs a token.');
    this.#url = new URL(url).href;
    this.#session = new HttpSession(new HttpApi(this.#url, token, fetch), {
      received: (message) => this.#received(message),
      ended: (code) => this.#closed(code, '', code !== 1006),
    });
    // There is no handshake: the first request tells whether the server lets one in.
    queueMicrotask(() => this.#opened());
  }

  get url() {
    return this.#url;
  }

  get readyState() {
    return this.#readyState;
  }

  /** Characters of the messages that are not answered. */
  get bufferedAmount() {
    return this.#bufferedAmount;
  }

  /**
   * @param {string | ArrayBufferLike | Blob | ArrayBufferView} data one message in JSON, or an array of them
   * @throws {DOMException} an `InvalidStateError` before it is open
   */
  send(data) {
    if (this.#readyState === HttpSocket.CONNECTING) {
      throw new DOMException('The connection is not open yet.', 'InvalidStateError');
    }
    if (this.#readyState !== HttpSocket.OPEN) return;
    const messages = typeof data === 'string' ? [JSON.parse(data)].flat() : [{ type: 'binary' }];
    for (const message of messages) this.#take(message, JSON.stringify(message).length);
  }

  /**
   * @param {number} [code]
   * @param {string} [reason]
   */
  close(code = NO_CODE, reason = '') {
    if (this.#readyState === HttpSocket.CLOSING || this.#readyState === HttpSocket.CLOSED) return;
    this.#readyState = HttpSocket.CLOSING;
    this.#session.stop();
    // No listener is called within close().
    queueMicrotask(() => this.#closed(code, reason, true));
  }

  #opened() {
    if (this.#readyState !== HttpSocket.CONNECTING) return;
    this.#readyState = HttpSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  /**
   * @param {any} message
   * @param {number} length
   */
  async #take(message, length) {
    this.#bufferedAmount += length;
    // No answer comes within send().
    await undefined;
    await this.#session.take(message);
    this.#bufferedAmount -= length;
  }

  /** @param {any} message */
  #received(message) {
    if (this.#readyState !== HttpSocket.OPEN) return;
    const { origin } = new URL(this.#url);
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message), origin }));
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {boolean} wasClean
   */
  #closed(code, reason, wasClean) {
    this.#readyState = HttpSocket.CLOSED;
    this.dispatchEvent(closeEvent(code, reason, wasClean));
  }
}
