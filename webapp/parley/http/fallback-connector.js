import { HttpSocket } from '../http-socket.js';

const OPEN = 1;
const SERVICE_RESTART = 1012;
/** Attempts in a row that hang or fail before HTTP is tried: one may be a server that is slow, full or stopping. */
const FAILURES = 2;
/** An attempt that is given up sooner did not hang: the application has ended it. */
const HANG_MILLIS = 5_000;
const PROBE_WITHIN_MILLIS = 15_000;
const FIRST_PROBE_MILLIS = 60_000;
const PROBE_MOST_MILLIS = 3_600_000;

/**
 * @typedef {import('../parley-client.js').Connector} Connector
 * @typedef {import('../parley-client.js').ConnectorRequest} Request
 * @typedef {import('../parley-client.js').WebSocketLike & {addEventListener?: EventTarget['addEventListener']}} Socket
 */

/**
 * Connects by WebSocket, and by HTTP where WebSockets do not get through though the server is there. While it is
 * connected by HTTP it tries a WebSocket from time to time: after a minute, then after twice as long each time, up to
 * an hour, however often the connection by HTTP breaks off meanwhile. When one opens, it ends the connection by HTTP
 * with 1012, so that the client comes back, by WebSocket.
 *
 * Needs a token: guests have no way in by HTTP.
 * @implements {Connector}
 */
export class FallbackConnector {
  #webSockets;
  #fetch;
  #isBlocked = false;
  #failures = 0;
  #probeMillis = FIRST_PROBE_MILLIS;
  /** When the next WebSocket is tried, as `Date.now()`: connections by HTTP come and go until then. */
  #probeAt = Infinity;

  /**
   * @param {Connector} webSockets
   * @param {typeof fetch} [fetchFunction]
   */
  constructor(webSockets, fetchFunction) {
    this.#webSockets = webSockets;
    this.#fetch = fetchFunction;
  }

  /**
   * @param {Request} request
   * @returns {Promise<Socket>}
   */
  async open(request) {
    if (this.#isBlocked && request.token) return this.#openHttp(request, request.token);
    const socket = await this.#webSockets.open(request);
    this.#watch(socket, request.signal);
    return socket;
  }

  /**
   * Why a socket of this request closed before it was open.
   * @param {Request} request
   * @returns {Promise<any>}
   */
  async explain(request) {
    const error = await this.#webSockets.explain?.(request);
    if (error?.code === 'websocket_failed') this.#failed();
    return /** @type {any} */ (error);
  }

  /**
   * Counts attempts that are given up before anything has answered: some proxies let a handshake hang.
   * @param {Socket} socket
   * @param {AbortSignal} signal of the attempt
   */
  #watch(socket, signal) {
    const begunAt = performance.now();
    const given = () => {
      const hasHung = socket.readyState < OPEN && performance.now() - begunAt >= HANG_MILLIS;
      if (hasHung) this.#failed();
    };
    signal.addEventListener('abort', given, { once: true });
    socket.addEventListener?.('open', () => {
      this.#failures = 0;
      this.#probeMillis = FIRST_PROBE_MILLIS;
      this.#probeAt = Infinity;
    });
  }

  #failed() {
    if (++this.#failures >= FAILURES) this.#isBlocked = true;
  }

  /**
   * @param {Request} request
   * @param {string} token
   * @returns {Socket}
   */
  #openHttp(request, token) {
    const socket = new HttpSocket(request.url, { token, fetch: this.#fetch });
    const end = new AbortController();
    socket.addEventListener('close', () => end.abort());
    this.#probeLater({ ...request, signal: end.signal }, socket);
    // TypeScript compares the types of handlers more strictly than a caller needs.
    return /** @type {any} */ (socket);
  }

  /**
   * @param {Request} request with a signal that is aborted at the end of the connection by HTTP
   * @param {HttpSocket} http
   */
  #probeLater(request, http) {
    const now = Date.now();
    // A clock that is put back puts nothing off.
    this.#probeAt = Math.min(this.#probeAt, now + this.#probeMillis);
    const timer = setTimeout(() => this.#probe(request, http), Math.max(0, this.#probeAt - now));
    request.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /**
   * @param {Request} request
   * @param {HttpSocket} http
   */
  async #probe(request, http) {
    // Also where the connection by HTTP ends before this tells anything.
    this.#probeAt = Date.now() + this.#probeMillis;
    const opens = await this.#opensWebSocket(request);
    if (request.signal.aborted) return;
    if (opens) {
      this.#isBlocked = false;
      this.#failures = 0;
      http.close(SERVICE_RESTART);
      return;
    }
    this.#probeMillis = Math.min(PROBE_MOST_MILLIS, this.#probeMillis * 2);
    this.#probeAt = Date.now() + this.#probeMillis;
    this.#probeLater(request, http);
  }

  /** @param {Request} request */
  async #opensWebSocket(request) {
    try {
      return await isOpened(await this.#webSockets.open(request), request.signal);
    } catch {
      // Whatever it is, the connection by HTTP goes on, and tells what is wrong with the credential or the server.
      return false;
    }
  }
}

/**
 * Whether a socket opens. It is closed at once.
 * @param {Socket} socket
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
function isOpened(socket, signal) {
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ opened) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandoned);
      socket.onopen = socket.onclose = null;
      socket.close(1000);
      resolve(opened);
    };
    const abandoned = () => end(false);
    const timer = setTimeout(abandoned, PROBE_WITHIN_MILLIS);
    socket.onopen = () => end(true);
    socket.onclose = abandoned;
    // The close that follows says enough.
    socket.onerror = () => {};
    signal.addEventListener('abort', abandoned);
  });
}
