import { ConnectionError, ParleyError, ServerError } from '../errors.js';
import { randomId } from '../random-id.js';
import { orderedMillis } from './backoff.js';
import { closeError } from './close-codes.js';
import { Heartbeat } from './heartbeat.js';

/**
 * @typedef {import('../../parley-client.js').WebSocketLike} WebSocketLike
 * @typedef {import('../../parley-client.js').Welcome} Welcome
 */
/**
 * What a connection tells, in this order: `welcomed` once; then `received` and `receivedBinary`; `ended` once, at any
 * time. After `end()` nothing more.
 * @typedef {{
 *   welcomed(welcome: Welcome): void,
 *   received(message: any): void,
 *   receivedBinary(frame: ArrayBuffer): void,
 *   ended(error: ParleyError): void,
 * }} ConnectionListener
 */
/**
 * What a connection needs.
 * @typedef {{
 *   settings: import('../options.js').Settings,
 *   credentials: import('./credentials.js').Credentials,
 *   connector: import('../../parley-client.js').Connector,
 *   guestSecret(url: string): import('./guest-secret.js').GuestSecret,
 *   login(): object,
 * }} Dependencies `login` gives the fields of a `login` that are not the connection's own
 */

const SUBPROTOCOL = 'parley.v1';
const OPEN = 1;
const NOT_JSON = 1011;
const SILENT = 4001;
const TOKEN_EXPIRED = 4003;
const LOGIN_REFUSED = 4501;
const TRY_AGAIN_LATER = 1013;
const RETRYABLE_LOGIN_ERRORS = new Set(['rate_limited', 'store_unavailable', 'internal']);

/**
 * One attempt, and the connection that it leads to: credential, transport, `login`, `welcome`, messages, end. For one
 * use.
 */
export class ServerConnection {
  #dependencies;
  #listener;
  /** @type {'connecting' | 'open' | 'ended'} */
  #phase = 'connecting';
  /** Aborted at the end of the attempt, or of the connection. */
  #end = new AbortController();
  /** @type {WebSocketLike | undefined} */
  #socket;
  /** The deadline of the attempt. @type {unknown} */
  #timer;
  #heartbeat;
  /** @type {import('./credentials.js').Credential | undefined} */
  #credential;
  /** @type {import('./guest-secret.js').GuestSecret | undefined} of a guest */
  #guestSecret;
  #hasSentSecret = false;
  /** @type {number | undefined} ms of the pause that a `goodbye` or a refusal orders */
  #reconnectAfter;
  /** @type {string | undefined} the sentence that came before the close of a connection whose credential is refused */
  #refusal;
  #isTicketRefused = false;

  /**
   * @param {Dependencies} dependencies
   * @param {ConnectionListener} listener
   */
  constructor(dependencies, listener) {
    this.#dependencies = dependencies;
    this.#listener = listener;
    this.#heartbeat = new Heartbeat(
      dependencies.settings.clock,
      () => this.send(JSON.stringify({ type: 'ping' })),
      () => this.#ended(closeError(SILENT)),
    );
  }

  /** The address, once the application has told it. */
  get url() {
    return this.#credential?.url;
  }

  /** Whether it has ended because the ticket was refused that was got for a token: another may be accepted. */
  get isTicketRefused() {
    return this.#isTicketRefused;
  }

  get transport() {
    return this.#socket?.transport ?? 'websocket';
  }

  /** Bytes that wait in the browser. */
  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** @param {number} attempt attempts that failed before */
  start(attempt) {
    const { clock, connectionTimeout } = this.#dependencies.settings;
    this.#timer = clock.setTimeout(() => this.#ended(new ConnectionError(
      this.#refusal ?? 'The server did not answer in time.', 'timeout', { closeCode: 1006 })), connectionTimeout);
    this.#endIfFails(this.#connect(attempt));
  }

  /**
   * Ends the connection where this fails.
   * @param {Promise<void>} step
   */
  async #endIfFails(step) {
    try {
      await step;
    } catch (error) {
      if (this.#phase === 'ended') return;
      if (error instanceof ParleyError) this.#ended(error);
      else {
        this.#ended(new ConnectionError(`The client failed: ${error}`, 'internal', { cause: error }));
        throw error;
      }
    }
  }

  /**
   * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} frame
   * @returns {boolean} false where it cannot be sent any more
   */
  send(frame) {
    if (this.#phase !== 'open' || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(frame);
    return true;
  }

  /** Asks the server for a sign of life, which must come within the heartbeat's timeout. */
  probe() {
    if (this.#phase === 'open') this.#heartbeat.probe();
  }

  /** Ends it without waiting for the server: a dead connection would report its close only minutes later. */
  end() {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#dependencies.settings.clock.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    this.#end.abort(new ConnectionError('The connection was ended.', 'closed'));
    if (this.#socket) discard(this.#socket);
  }

  /** @param {ParleyError} error */
  #ended(error) {
    if (this.#phase === 'ended') return;
    const ordered = error.retryAfter === undefined ? undefined : orderedMillis(error.retryAfter);
    this.end();
    this.#listener.ended(Object.assign(error, { retryAfter: this.#reconnectAfter ?? ordered }));
  }

  /** @param {number} number */
  async #connect(number) {
    const { credentials } = this.#dependencies;
    const attempt = { attempt: number, signal: this.#end.signal };
    let credential = this.#credential = await credentials.resolve(attempt);
    try {
      await this.#open({ ...attempt, ...credential, protocols: [SUBPROTOCOL] });
    } catch (error) {
      const isRefused = error instanceof ConnectionError && error.code === 'login_refused';
      if (!isRefused || !credentials.hasTokenFunction) throw error;
      // A token that is refused, and not because it is old, may be one that was replaced a moment ago.
      credential = this.#credential = { ...credential, token: await credentials.token(attempt) };
      await this.#open({ ...attempt, ...credential, protocols: [SUBPROTOCOL] });
    }
  }

  /** @param {import('../../parley-client.js').ConnectorRequest & {username?: string}} request */
  async #open({ username, ...request }) {
    const { connector } = this.#dependencies;
    let socket;
    try {
      socket = await connector.open(request);
    } catch (cause) {
      if (cause instanceof ParleyError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ConnectionError(`The server cannot be reached: ${reason}`, 'unreachable', { cause, closeCode: 1006 });
    }
    if (this.#phase === 'ended') discard(socket);
    else this.#opening(socket, request);
  }

  /**
   * @param {WebSocketLike} socket that is open or on its way
   * @param {import('../../parley-client.js').ConnectorRequest} request
   */
  #opening(socket, request) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#received(data);
    // The close that follows says all that a page may know.
    socket.onerror = () => {};
    socket.onclose = () => this.#endIfFails(this.#notOpened(request));
    socket.onopen = () => this.#opened(socket);
    if (socket.readyState === OPEN) this.#opened(socket);
    else if (socket.readyState > OPEN) this.#endIfFails(this.#notOpened(request));
  }

  /** @param {WebSocketLike} socket */
  #opened(socket) {
    socket.onclose = ({ code }) => this.#closed(socket, code);
    if (this.#dependencies.credentials.isGuest) {
      this.#guestSecret = this.#dependencies.guestSecret(/** @type {string} */ (this.url));
    }
    this.#logIn();
  }

  /**
   * @param {WebSocketLike} socket
   * @param {number} code
   */
  #closed({ transport }, code) {
    // After the welcome, and without a WebSocket, it is the token that is over.
    const hasTicket = transport === undefined && this.#credential?.token !== undefined;
    this.#isTicketRefused = code === TOKEN_EXPIRED && hasTicket && this.#phase === 'connecting';
    this.#ended(closeError(code, this.#refusal));
  }

  /** @param {import('../../parley-client.js').ConnectorRequest} request */
  async #notOpened(request) {
    throw await this.#dependencies.connector.explain?.(request) ?? closeError(1006);
  }

  #logIn() {
    const username = this.#credential?.username;
    const guestSecret = this.#guestSecret?.of(username);
    this.#hasSentSecret = guestSecret !== undefined;
    const login = { type: 'login', id: randomId(), username, guestSecret, ...this.#dependencies.login() };
    this.#socket?.send(JSON.stringify(login));
  }

  /** @param {string | ArrayBuffer} data one message, or several as an array; or a binary payload */
  #received(data) {
    this.#heartbeat.received();
    if (typeof data !== 'string') {
      if (this.#phase === 'open') this.#listener.receivedBinary(data);
      return;
    }
    for (const message of this.#parsed(data)) {
      if (this.#phase === 'connecting') this.#receivedBeforeWelcome(message);
      else if (this.#phase === 'open') this.#receivedWhileOpen(message);
    }
  }

  /**
   * @param {string} text
   * @returns {any[]}
   */
  #parsed(text) {
    try {
      return [JSON.parse(text)].flat();
    } catch (cause) {
      this.#ended(new ConnectionError('The server sent something that is no JSON.', 'bad_server',
        { cause, closeCode: NOT_JSON }));
      return [];
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
    else if (error.code === 'login_refused' && this.#hasSentSecret) {
      // Forgotten by the server, which waits for another login.
      this.#guestSecret?.forget();
      this.#logIn();
    } else {
      const closeCode = RETRYABLE_LOGIN_ERRORS.has(error.code) ? TRY_AGAIN_LATER : LOGIN_REFUSED;
      this.#ended(Object.assign(ServerError.of(error), { closeCode }));
    }
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    const { clock, heartbeat } = this.#dependencies.settings;
    clock.clearTimeout(this.#timer);
    this.#phase = 'open';
    this.#refusal = undefined;
    this.#guestSecret?.welcomed(welcome, this.#credential?.username);
    this.#heartbeat.start({
      interval: heartbeat.interval ?? welcome.heartbeat.interval,
      timeout: heartbeat.timeout ?? welcome.heartbeat.timeout,
    });
    this.#listener.welcomed(welcome);
  }

  /** @param {any} message */
  #receivedWhileOpen(message) {
    if (message.type === 'pong') return;
    if (message.type === 'goodbye') this.#reconnectAfter = orderedMillis(message.reconnectAfter);
    // This guest has another name from now on, because a user has come whose name it was.
    if (message.type === 'welcome') this.#guestSecret?.welcomed(message, this.#credential?.username);
    this.#listener.received(message);
  }
}

/** @param {WebSocketLike} socket */
function discard(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {};
  socket.close(1000);
}
