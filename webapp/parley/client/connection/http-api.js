import { ConnectionError } from '../errors.js';

const UNREACHABLE = 1006;
const FORBIDDEN = 4502;
const LOGIN_REFUSED = 4501;
const TOKEN_EXPIRED = 4003;
const TRY_AGAIN_LATER = 1013;

/**
 * What the client asks by HTTP, beside its WebSocket: tickets, files, and why a WebSocket does not open.
 */
export class HttpApi {
  #fetch;

  /** @param {typeof fetch} fetchFunction */
  constructor(fetchFunction) {
    this.#fetch = fetchFunction;
  }

  /**
   * Takes a ticket, which opens one WebSocket or gives one file. A browser sends no `Authorization` with either, and a
   * token must not be in an address.
   * @param {string} url of the WebSocket
   * @param {string} token
   * @param {AbortSignal} signal
   * @returns {Promise<string>} rejects with a {@link ConnectionError}, whose close code says whether to come back
   */
  async takeTicket(url, token, signal) {
    const response = await this.#ask('POST', beside(url, 'api/tickets'), signal, { Authorization: `Bearer ${token}` });
    if (!response) throw unreachable();
    const answer = await bodyOf(response);
    signal.throwIfAborted();
    if (response.status !== 201) throw refusal(response, answer);
    if (typeof answer.ticket !== 'string') throw unreachable('What answers at this address is no Parley server.');
    return answer.ticket;
  }

  /**
   * Why a WebSocket that brought no token did not open: a browser does not tell a page. The same address answers any
   * other request too, and a page of a foreign origin that may not read that answer may read that of the health check.
   * @param {string} url of the WebSocket
   * @param {AbortSignal} signal
   * @returns {Promise<ConnectionError>}
   */
  async whyNotOpened(url, signal) {
    // POST, because with GET browsers do not name the origin of a page to its own server.
    const response = await this.#ask('POST', beside(url, ''), signal);
    if (!response) {
      const health = await this.#ask('GET', beside(url, 'health/live'), signal);
      return health?.ok ? new ConnectionError('The server does not let pages of this origin connect'
        + ' (parley.origins).', 'forbidden', { closeCode: FORBIDDEN }) : unreachable();
    }
    if (response.status === 401) {
      return new ConnectionError('This server admits no guests. Sign in with a token.', 'guests_refused',
        { closeCode: LOGIN_REFUSED });
    }
    // An endpoint answers so to a POST, and addresses where nothing is may do so too.
    const decisive = response.status === 405 ? await this.#ask('GET', beside(url, ''), signal) : response;
    const isEndpoint = response.status === 405 && decisive?.status !== 404;
    if (isEndpoint || !decisive) return notOpened();
    const answer = await bodyOf(decisive);
    signal.throwIfAborted();
    return refusal(decisive, answer);
  }

  /**
   * @param {string} address
   * @param {{token?: string, signal: AbortSignal, answered: () => void}} options `answered` is called before the bytes
   * @returns {Promise<Blob>}
   */
  async download(address, { token, signal, answered }) {
    const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
    const response = await this.#ask('GET', address, signal, headers);
    if (!response) throw unreachable();
    answered();
    if (response.ok) return response.blob();
    throw refusal(response, await bodyOf(response));
  }

  /**
   * @param {string} method
   * @param {string} address
   * @param {AbortSignal} signal
   * @param {Record<string, string>} [headers]
   * @returns {Promise<Response | undefined>} undefined where the server cannot be reached, or a page may not know
   */
  async #ask(method, address, signal, headers) {
    try {
      // A token goes to the host that was named, and a POST that is redirected would become a GET.
      return await this.#fetch(address, { method, headers, signal, redirect: 'manual' });
    } catch {
      // A page learns nothing more; other implementations of fetch throw errors of their own.
      signal.throwIfAborted();
      return undefined;
    }
  }
}

/**
 * @param {Response} response
 * @returns {Promise<any>} an empty object where a proxy answers something else than JSON
 */
async function bodyOf(response) {
  const body = await response.json().catch(() => undefined);
  return body ?? {};
}

/**
 * @param {string} url of the WebSocket
 * @param {string} path relative to the application
 * @returns {string}
 */
export function beside(url, path) {
  const target = new URL(path, url);
  target.protocol = target.protocol.replace(/^ws/, 'http');
  return target.href;
}

/** A WebSocket that does not open though the server is there. */
export function notOpened() {
  return new ConnectionError('The server answers, but no WebSocket opens: it is full or stopping, or a proxy lets none'
    + ' through.', 'websocket_failed', { closeCode: UNREACHABLE });
}

/** @param {string} [sentence] */
function unreachable(sentence = 'The server cannot be reached.') {
  return new ConnectionError(sentence, 'unreachable', { closeCode: UNREACHABLE });
}

/**
 * @param {Response} response
 * @param {{code?: string, detail?: string}} problem
 * @returns {ConnectionError}
 */
function refusal(response, { code, detail }) {
  const { status } = response;
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return new ConnectionError('The server sends us to another address. Use that one as url.', 'refused',
      { closeCode: FORBIDDEN });
  }
  if (status === 401) {
    const isExpired = code === 'token_expired';
    return new ConnectionError(detail ?? 'Signing in was refused.', isExpired ? 'token_expired' : 'login_refused',
      { closeCode: isExpired ? TOKEN_EXPIRED : LOGIN_REFUSED });
  }
  if (status === 429 || status === 503) {
    const seconds = Number(response.headers.get('Retry-After') ?? NaN);
    return new ConnectionError(detail ?? 'The server is busy.', code ?? 'try_again_later',
      { closeCode: TRY_AGAIN_LATER, retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : undefined });
  }
  if (status >= 500) return unreachable(detail ?? `The server cannot be reached (${status}).`);
  if (status === 403) {
    return new ConnectionError(detail ?? 'You are not allowed to connect.', 'forbidden', { closeCode: FORBIDDEN });
  }
  return new ConnectionError(detail ?? `There is no Parley server at this address (${status}).`, 'refused',
    { closeCode: FORBIDDEN });
}
