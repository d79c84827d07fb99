import { backoffMillis, orderedMillis } from './backoff.js';
import { closeSentence, allowsReconnect } from './close-codes.js';
import { GuestSecret } from './guest-secret.js';
import { Heartbeat } from './heartbeat.js';
import { Outgoing } from './outgoing.js';
import { Positions } from './positions.js';
import { randomId } from './random-id.js';
import { RequestError, Requests } from './requests.js';
import { isTicketRequired, takeTicket, TicketRefusal } from './tickets.js';

const SUBPROTOCOL = 'parley.v1';
const WELCOME_WITHIN_MILLIS = 15_000;
const STORED = new Set(['chat', 'message', 'notification']);
const RETRYABLE_LOGIN_ERRORS = new Set(['rate_limited', 'store_unavailable', 'internal']);

/** @typedef {'IDLE' | 'CONNECTING' | 'OPEN' | 'WAITING' | 'CLOSED'} ConnectionState */

/** @type {Record<ConnectionState, ConnectionState[]>} */
const MOVES = {
  IDLE: ['CONNECTING'],
  CONNECTING: ['OPEN', 'WAITING', 'CLOSED'],
  OPEN: ['WAITING', 'CLOSED'],
  WAITING: ['CONNECTING', 'CLOSED'],
  CLOSED: ['CONNECTING'],
};

/**
 * The address of an endpoint beside this page, whatever the context path.
 * @param {string} endpoint `chat` or `monitor`
 */
export function endpointUrl(endpoint) {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

/**
 * A connection that comes back.
 *
 * - `IDLE`: not asked for yet.
 * - `CONNECTING`: one attempt is under way, from the ticket (with a token) or the socket to the `welcome`.
 * - `OPEN`: signed in.
 * - `WAITING`: lost; tries again at `retryAt`, or at once when the network comes back.
 * - `CLOSED`: ended by us, or by a close code that says to stay away. `open` starts again.
 *
 * Dispatches `state`; `welcome` with the message; `message` with every other message that nobody asked for. A stored
 * message is dispatched once and in the order of its channel, also after a reconnect, except where `welcome.channels`
 * says `recovered: false`: that channel must be reloaded by `history`.
 */
export class Connection extends EventTarget {
  /** @type {ConnectionState} */
  #state = 'IDLE';
  /** @type {WebSocket | undefined} */
  #socket;
  /** Aborted when the attempt, or the connection that it led to, has ended. */
  #end = new AbortController();
  #url;
  #login;
  #guestSecret;
  /** What the login of this attempt said of a guest. */
  #asked = /** @type {{username?: string, hasSecret: boolean}} */ ({ hasSecret: false });
  #attempt = 0;
  /** The try in `WAITING`, the deadline for the welcome in `CONNECTING`. */
  #timer = 0;
  /** @type {number | undefined} ms of the pause that the server's `goodbye` or refusal orders */
  #reconnectAfter;
  /** @type {string | undefined} the sentence that came before the close of a connection whose credential is refused */
  #refusal;
  #positions = new Positions();
  #requests = new Requests();
  #heartbeat = new Heartbeat(
    () => this.send({ type: 'ping' }),
    () => this.#lost(4001),
  );

  /** Messages that stay until the server has acknowledged them. */
  outgoing = new Outgoing((message) => this.send(message));
  /** Why it is not open, a sentence for people. */
  reason = '';
  /** When the next try starts, in the time of `Date.now()`; 0 outside of `WAITING`. */
  retryAt = 0;
  /** @type {any} the last `welcome` */
  welcome;

  /**
   * @param {string} url
   * @param {() => {username?: string, token?: string}} login asked before each attempt
   */
  constructor(url, login) {
    super();
    this.#url = url;
    this.#login = login;
    this.#guestSecret = new GuestSecret(url);
    addEventListener('online', () => this.#networkIsBack());
  }

  get state() {
    return this.#state;
  }

  /**
   * Whether this person sent a stored message. A guest may have sent it under another name.
   * @param {{sender: string, guest?: string}} message
   */
  isOwn({ sender, guest }) {
    return guest === this.welcome?.guest && (guest !== undefined || sender === this.welcome?.username);
  }

  /** Connects now; in `WAITING`, without waiting any longer. */
  open() {
    if (this.#state === 'CONNECTING' || this.#state === 'OPEN') return;
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends the connection. Unacknowledged messages are kept for the next `open`. */
  close() {
    if (this.#state === 'IDLE' || this.#state === 'CLOSED') return;
    this.#release();
    this.#moveTo('CLOSED');
  }

  /**
   * Says something that may be lost.
   * @param {object} message
   */
  send(message) {
    if (this.#state === 'OPEN') this.#socket?.send(JSON.stringify(message));
  }

  /**
   * Asks something. Not repeated after a reconnect: the caller knows better whether it still matters.
   * @param {object} message
   * @returns {Promise<any>} the answer; rejects with a {@link RequestError}
   */
  request(message) {
    if (this.#state !== 'OPEN') return Promise.reject(new RequestError('You are not connected.'));
    return this.#requests.start(message, (withId) => this.send(withId));
  }

  /**
   * @param {ConnectionState} next
   * @param {string} [reason]
   */
  #moveTo(next, reason = '') {
    if (!MOVES[this.#state].includes(next)) throw new Error(`A connection cannot move from ${this.#state} to ${next}.`);
    this.#state = next;
    this.reason = reason;
    this.retryAt = 0;
    if (next === 'WAITING') {
      // Not sooner than ordered, but later each time, and not in step with everybody else.
      const delay = (this.#reconnectAfter ?? 0) + backoffMillis(this.#attempt++);
      this.retryAt = Date.now() + delay;
      this.#timer = setTimeout(() => this.#connect(), delay);
    }
    this.dispatchEvent(new Event('state'));
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#reconnectAfter = undefined;
    this.#refusal = undefined;
    this.#end = new AbortController();
    this.#timer = setTimeout(() => this.#lost(1006, this.#refusal ?? 'The server did not answer in time.'),
      WELCOME_WITHIN_MILLIS);
    const { username, token } = this.#login();
    if (token) this.#openWithTicket(token, username);
    else this.#openSocket(this.#url, username);
    this.#moveTo('CONNECTING');
  }

  /**
   * @param {string} token
   * @param {string} [username]
   */
  async #openWithTicket(token, username) {
    const { signal } = this.#end;
    try {
      const url = await takeTicket(this.#url, token, signal);
      if (!signal.aborted) this.#openSocket(url, username);
    } catch (error) {
      if (!(error instanceof TicketRefusal)) throw error;
      if (signal.aborted) return;
      if (error.retryAfter !== undefined) this.#reconnectAfter = orderedMillis(error.retryAfter);
      this.#lost(error.code, error.message);
    }
  }

  /**
   * @param {string} url with a ticket, except for a guest
   * @param {string} [username]
   */
  #openSocket(url, username) {
    const socket = new WebSocket(url, SUBPROTOCOL);
    // With a ticket, one is no guest.
    socket.onopen = () => this.#logIn(username, url === this.#url ? this.#guestSecret.of(username) : undefined);
    socket.onmessage = ({ data }) => this.#received(socket, data);
    socket.onclose = ({ code }) => {
      if (code === 1006 && url === this.#url && this.#state === 'CONNECTING') this.#guestRefused();
      else this.#lost(code);
    };
    this.#socket = socket;
  }

  /** A guest's handshake has failed: for good if the server asks for a ticket. */
  async #guestRefused() {
    const { signal } = this.#end;
    const isForGood = await isTicketRequired(this.#url, signal);
    if (signal.aborted) return;
    if (isForGood) this.#lost(4501, 'This server admits no guests. Sign in with a token.');
    else this.#lost(1006);
  }

  /**
   * @param {string} [username]
   * @param {string} [guestSecret]
   */
  #logIn(username, guestSecret) {
    this.#asked = { username, hasSecret: guestSecret !== undefined };
    // The session before this one may still stand on the server as a dead line; naming it ends it.
    const session = this.welcome?.session;
    const positions = this.#positions.toWire();
    const login = { type: 'login', id: randomId(), username, guestSecret, session, positions };
    this.#socket?.send(JSON.stringify(login));
  }

  /**
   * @param {number} code
   * @param {string} [reason]
   */
  #lost(code, reason = this.#refusal ?? closeSentence(code === 1005 ? 1006 : code)) {
    this.#release();
    this.#moveTo(allowsReconnect(code) ? 'WAITING' : 'CLOSED', reason);
  }

  /** Lets go of the line without waiting for it: a dead one would report its close only minutes later. */
  #release() {
    clearTimeout(this.#timer);
    this.#end.abort();
    this.#heartbeat.stop();
    this.outgoing.pause();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    this.#requests.abandon();
  }

  #networkIsBack() {
    if (this.#state === 'OPEN') this.#heartbeat.probe();
    // A pause that the server asked for counts more than our own wish to come back.
    else if (this.#state === 'WAITING' && this.#reconnectAfter === undefined) this.open();
  }

  /**
   * @param {WebSocket} socket
   * @param {string} data one message, or several as an array
   */
  #received(socket, data) {
    this.#heartbeat.heard();
    for (const message of [JSON.parse(data)].flat()) {
      if (socket !== this.#socket) return;
      if (this.#state === 'CONNECTING') this.#receivedBeforeWelcome(message);
      else this.#receivedWhileOpen(message);
    }
  }

  /** @param {any} message */
  #receivedBeforeWelcome(message) {
    if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'error') this.#refusedBeforeWelcome(message);
    else if (message.type === 'goodbye') this.#reconnectAfter = orderedMillis(message.reconnectAfter);
  }

  /** @param {any} error */
  #refusedBeforeWelcome(error) {
    if (error.retryAfter !== undefined) this.#reconnectAfter = orderedMillis(error.retryAfter);
    // The refusal of a credential answers no message. The close that follows says whether to come back.
    if (error.id === undefined) this.#refusal = error.message;
    else if (error.code === 'login_refused' && this.#asked.hasSecret) {
      // Forgotten by the server, which waits for another login.
      this.#guestSecret.forget();
      this.#logIn(this.#asked.username);
    } else this.#lost(RETRYABLE_LOGIN_ERRORS.has(error.code) ? 1013 : 4501, error.message);
  }

  /** @param {any} welcome */
  #welcomed(welcome) {
    clearTimeout(this.#timer);
    this.#attempt = 0;
    this.#refusal = undefined;
    this.#introduced(welcome);
    for (const [key, opened] of Object.entries(welcome.channels ?? {})) this.#positions.opened(key, opened);
    this.#heartbeat.start(welcome.heartbeat);
    this.outgoing.frameMax = welcome.limits?.frame ?? Infinity;
    this.#moveTo('OPEN');
    this.dispatchEvent(new CustomEvent('welcome', { detail: welcome }));
    this.outgoing.resume();
  }

  /** @param {any} welcome */
  #introduced(welcome) {
    this.welcome = welcome;
    if (welcome.guest) this.#guestSecret.welcomed(welcome, this.#asked.username);
  }

  /** @param {any} message */
  #receivedWhileOpen(message) {
    if (message.type === 'welcome') {
      // This guest has another name from now on, because a user has come whose name it was.
      this.#introduced(message);
      this.dispatchEvent(new CustomEvent('welcome', { detail: message }));
      return;
    }
    if (STORED.has(message.type)) {
      if (!this.#positions.advance(message)) return;
      // One's own copy proves that the message is stored, so it need not be sent again.
      if (this.isOwn(message)) this.outgoing.settle(message);
    } else if (message.type === 'joined') this.#positions.opened(`room:${message.room}`, message);
    else if (message.type === 'left') this.#positions.forget(`room:${message.room}`);
    else if (message.type === 'goodbye') this.#reconnectAfter = orderedMillis(message.reconnectAfter);
    else if (message.type === 'ack' && this.outgoing.settle(message)) return;
    else if (message.type === 'error' && this.outgoing.refuse(message)) return;
    else if (message.type === 'pong') return;

    if (!STORED.has(message.type) && this.#requests.answer(message)) return;
    this.dispatchEvent(new CustomEvent('message', { detail: message }));
  }
}
