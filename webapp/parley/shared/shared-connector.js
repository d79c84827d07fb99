import { ConnectionError } from '../client/errors.js';
import { PortSocket } from './port-socket.js';

/**
 * @typedef {import('../parley-client.js').Connector} Connector
 * @typedef {import('../parley-client.js').ConnectorRequest} ConnectorRequest
 * @typedef {import('./tab.js').Port} Port
 */
/**
 * @typedef {{port: Port, onerror: ((event: any) => any) | null}} Worker
 */

/** Of what goes over the ports: a page with another version of the library has another worker. */
const VERSION = 1;
/** Claims that are about a token and not about its user. */
const OF_ONE_TOKEN = new Set(['at_hash', 'auth_time', 'exp', 'iat', 'jti', 'nbf', 'nonce']);
/** A worker that has not begun by then does not come. */
const BEGIN_MILLIS = 5_000;

/**
 * Opens a share of the connection that all tabs of this browser have together, in a SharedWorker for each address,
 * user and roles; see `hub.js`. Where there are no such workers, or the page may not have one, and for those of whom it
 * is not known who they are before they sign in (guests, who are somebody else in each tab; tickets), it opens a
 * connection of the tab's own.
 * @implements {Connector}
 */
export class SharedConnector {
  #own;
  #clock;
  #start;
  #isUsable = true;

  /**
   * @param {Connector} own opens a connection of the tab's own
   * @param {import('../parley-client.js').Clock} clock
   * @param {(name: string) => Worker} start throws where there are no such workers
   */
  constructor(own, clock, start) {
    this.#own = own;
    this.#clock = clock;
    this.#start = start;
  }

  /** @param {ConnectorRequest} request */
  async open(request) {
    const who = identityOf(request.token);
    const port = who && this.#isUsable
      ? await this.#begin(JSON.stringify([VERSION, request.url, who]))
      : undefined;
    if (!port) return this.#own.open(request);
    return share(port, request);
  }

  /**
   * Why a connection of the tab's own was not opened; a shared one is given when it is open.
   * @param {ConnectorRequest} request
   * @returns {Promise<ConnectionError>}
   */
  async explain(request) {
    return /** @type {any} */ (await this.#own.explain?.(request));
  }

  /**
   * @param {string} name of the worker
   * @returns {Promise<Port | undefined>} undefined where no worker begins; then none is tried again
   */
  async #begin(name) {
    const port = await this.#startWorker(name);
    if (!port) this.#isUsable = false;
    return port;
  }

  /**
   * @param {string} name
   * @returns {Promise<Port | undefined>}
   */
  #startWorker(name) {
    return new Promise((resolve) => {
      try {
        const worker = this.#start(name);
        const { port } = worker;
        const timer = this.#clock.setTimeout(() => end(undefined), BEGIN_MILLIS);
        const end = (/** @type {Port | undefined} */ begun) => {
          this.#clock.clearTimeout(timer);
          if (!begun) port.close();
          resolve(begun);
        };
        // A page's Content-Security-Policy may forbid it.
        worker.onerror = () => end(undefined);
        port.onmessage = () => end(port);
      } catch {
        // There are none here, or an origin may not have them; everything goes on without.
        resolve(undefined);
      }
    });
  }
}

/**
 * @param {string} name
 * @param {boolean} fallback to HTTP
 * @returns {Worker}
 */
export function startWorker(name, fallback) {
  return new SharedWorker(new URL('./worker.js', import.meta.url),
    { type: 'module', name: `${name} ${fallback ? 'fallback' : 'websocket'}` });
}

/**
 * @param {Port} port of a worker that has begun
 * @param {ConnectorRequest} request
 * @returns {Promise<PortSocket>}
 */
function share(port, { url, protocols, token, attempt, signal }) {
  return new Promise((resolve, reject) => {
    const abandoned = () => {
      port.postMessage(['close']);
      port.close();
      reject(signal.reason);
    };
    port.onmessage = ({ data: [word, value] }) => {
      if (word === 'alive?') {
        port.postMessage(['alive']);
        return;
      }
      signal.removeEventListener('abort', abandoned);
      if (word === 'opened') resolve(new PortSocket(port, value));
      else {
        port.close();
        const { message = 'The connection was lost.', code = 'disconnected', ...details } = value;
        reject(new ConnectionError(message, code, { closeCode: 1006, ...details }));
      }
    };
    signal.addEventListener('abort', abandoned);
    if (signal.aborted) abandoned();
    else port.postMessage(['open', { url, protocols, token, attempt }]);
  });
}

/**
 * What a token says of its user, roles among it, which one session has for all tabs: everything but what makes two
 * tokens of the same sign-in differ. The server alone can tell whether it is true.
 * @param {string | undefined} token
 * @returns {[string, unknown][] | undefined} claims, by name
 */
function identityOf(token) {
  const claims = token?.split('.')[1] ?? '';
  try {
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const { sub, ...others } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub !== 'string') return undefined;
    return Object.entries({ sub, ...others }).filter(([name]) => !OF_ONE_TOKEN.has(name)).sort();
  } catch {
    // What the server takes though it is no JWT does not say whose it is.
    return undefined;
  }
}
