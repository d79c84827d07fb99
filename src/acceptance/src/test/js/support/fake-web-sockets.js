/**
 * Makes a `WebSocket` class whose sockets do what the test says, and tells what they were made for and sent.
 * @returns {{WebSocket: any, sockets: FakeWebSocket[], last: () => FakeWebSocket}}
 */
export function fakeWebSockets() {
  /** @type {FakeWebSocket[]} */
  const sockets = [];
  class Recorded extends FakeWebSocket {
    /**
     * @param {string} url
     * @param {string[]} [protocols]
     */
    constructor(url, protocols) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  return {
    WebSocket: Recorded,
    sockets,
    last: () => /** @type {FakeWebSocket} */ (sockets.at(-1)),
  };
}

export class FakeWebSocket extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;

  readyState = FakeWebSocket.CONNECTING;
  binaryType = 'blob';
  bufferedAmount = 0;
  protocol = '';
  extensions = '';
  /** @type {any[]} */
  sent = [];
  /** @type {any[][]} the arguments of each call */
  closes = [];

  /**
   * @param {string} url
   * @param {string[]} [protocols]
   */
  constructor(url, protocols = []) {
    super();
    this.url = url;
    this.protocols = protocols;
  }

  /** @param {any} data */
  send(data) {
    if (this.readyState === FakeWebSocket.CONNECTING) throw new DOMException('Not open yet.', 'InvalidStateError');
    if (this.readyState === FakeWebSocket.OPEN) this.sent.push(data);
  }

  /** @param {any[]} codeAndReason */
  close(...codeAndReason) {
    this.closes.push(codeAndReason);
    if (this.readyState === FakeWebSocket.CLOSED || this.readyState === FakeWebSocket.CLOSING) return;
    const isConnecting = this.readyState === FakeWebSocket.CONNECTING;
    this.readyState = FakeWebSocket.CLOSING;
    if (isConnecting) setImmediate(() => this.fail());
  }

  /** The server accepts. */
  open() {
    this.readyState = FakeWebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  /** @param {any} data */
  receive(data) {
    this.dispatchEvent(new MessageEvent('message', { data, origin: new URL(this.url).origin }));
  }

  /** The handshake fails, or the connection breaks. */
  fail() {
    this.readyState = FakeWebSocket.CLOSED;
    this.dispatchEvent(new Event('error'));
    this.#ended(1006, '', false);
  }

  /**
   * The closing handshake is done.
   * @param {number} code
   * @param {string} [reason]
   */
  end(code, reason = '') {
    this.readyState = FakeWebSocket.CLOSED;
    this.#ended(code, reason, true);
  }

  /**
   * @param {number} code
   * @param {string} reason
   * @param {boolean} wasClean
   */
  #ended(code, reason, wasClean) {
    this.dispatchEvent(new CloseEvent('close', { code, reason, wasClean }));
  }
}
