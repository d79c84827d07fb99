import { closeSentence } from './close-codes.js';

const UNREACHABLE = 1006;

/** @type {Record<number, number>} the close code that means the same as the status of an HTTP answer */
const CLOSE_CODES = { 400: 4501, 401: 4501, 403: 4502, 429: 1013, 503: 1013 };

/** Why there is no ticket, as a close code, which says whether to try again, and a sentence for people. */
export class TicketRefusal extends Error {
  /**
   * @param {number} code
   * @param {string} [sentence]
   * @param {number} [retryAfter] ms that the server orders to wait
   */
  constructor(code, sentence = closeSentence(code), retryAfter) {
    super(sentence);
    this.name = 'TicketRefusal';
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/**
 * Takes a ticket, which opens one WebSocket. A browser sends no `Authorization` with a handshake, and a token must not
 * be in an address.
 * @param {string} url of the WebSocket
 * @param {string} token
 * @param {AbortSignal} signal
 * @returns {Promise<string>} the URL with the ticket; rejects with a {@link TicketRefusal}
 */
export async function takeTicket(url, token, signal) {
  // The browser reports a header that it cannot send as it reports a server that it cannot reach.
  if (!/^[\x21-\x7e]+$/.test(token)) throw new TicketRefusal(4501, 'This is not a token.');
  const response = await post('api/tickets', url, { signal, headers: { Authorization: `Bearer ${token}` } });
  if (!response) throw new TicketRefusal(UNREACHABLE);
  // A proxy may answer something else than JSON.
  const answer = await response.json().catch(() => ({}));
  if (response.status !== 201) {
    const seconds = response.headers.get('Retry-After');
    const retryAfter = seconds === null ? undefined : Number(seconds) * 1_000;
    throw new TicketRefusal(CLOSE_CODES[response.status] ?? UNREACHABLE, answer.detail, retryAfter);
  }
  const withTicket = new URL(url);
  withTicket.searchParams.set('ticket', answer.ticket);
  return withTicket.href;
}

/**
 * Whether a WebSocket opens with a ticket only. Asked after a guest's handshake has failed: a browser does not tell a
 * page why, but the address answers any other request without a credential the same way.
 * @param {string} url of the WebSocket
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false if the server cannot be reached
 */
export async function isTicketRequired(url, signal) {
  return (await post('', url, { signal }))?.status === 401;
}

/**
 * POST, because with GET browsers do not name the origin of a page to its own server.
 * @param {string} path beside the WebSocket; empty for its own address
 * @param {string} url of the WebSocket
 * @param {RequestInit} request
 * @returns {Promise<Response | undefined>} undefined if the server cannot be reached
 */
async function post(path, url, request) {
  const target = new URL(path, url);
  target.protocol = target.protocol.replace('ws', 'http');
  return fetch(target, { method: 'POST', ...request }).catch(() => undefined);
}
