import { CredentialError } from '../errors.js';
import { badOption } from '../options.js';
import { notOpened } from './http-api.js';

/**
 * @typedef {import('../../parley-client.js').Connector} Connector
 * @typedef {import('../../parley-client.js').ConnectorRequest} ConnectorRequest
 * @typedef {import('../../parley-client.js').WebSocketLike} WebSocketLike
 */

/**
 * Opens one WebSocket, with a ticket where there is a token.
 *
 * A plain WebSocket and not a `ReconnectingSocket`: between two attempts Parley asks for a URL, a token and a ticket,
 * keeps to pauses that the server orders by message, close code and HTTP header, and stops for refusals that it learns
 * by HTTP. With two state machines, one in the other, neither would know the state.
 * @implements {Connector}
 */
export class WebSocketConnector {
  #http;
  #WebSocket;

  /**
   * @param {import('./http-api.js').HttpApi} http
   * @param {import('../../parley-client.js').WebSocketConstructor | undefined} WebSocketClass
   */
  constructor(http, WebSocketClass) {
    this.#http = http;
    this.#WebSocket = WebSocketClass;
  }

  /** Throws where there is no WebSocket. A client that stays closed, as on a server that renders a page, needs none. */
  assertUsable() {
    if (typeof this.#WebSocket === 'function') return;
    throw badOption('There is no WebSocket here. Browsers and Node 22 have one; elsewhere give the option'
      + " 'WebSocket'.");
  }

  /**
   * @param {ConnectorRequest} request
   * @returns {Promise<WebSocketLike>}
   */
  async open({ url, protocols, token, ticket: given, signal }) {
    const ticket = token ? await this.#http.takeTicket(url, token, signal) : given;
    const address = new URL(url);
    if (ticket) address.searchParams.set('ticket', ticket);
    return this.#create(address.href, protocols);
  }

  /**
   * Why the WebSocket of a request closed before it was open.
   * @param {ConnectorRequest} request
   * @returns {Promise<import('../errors.js').ConnectionError>}
   */
  async explain({ url, token, signal }) {
    // After a ticket was given for it, the server is there and does admit this page.
    return token ? notOpened() : this.#http.whyNotOpened(url, signal);
  }

  /**
   * @param {string} address
   * @param {string[]} protocols
   */
  #create(address, protocols) {
    try {
      const WebSocketClass = /** @type {import('../../parley-client.js').WebSocketConstructor} */ (this.#WebSocket);
      return new WebSocketClass(address, protocols);
    } catch (cause) {
      // For instance ws:// in a page of https.
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CredentialError(`The browser opens no WebSocket to this address: ${reason}`, 'bad_url', { cause });
    }
  }
}
