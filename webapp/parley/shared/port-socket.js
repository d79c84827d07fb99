const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * A tab's share of the connection in the worker, in the shape of a WebSocket. It is made open.
 * @implements {WebSocketLike}
 * @typedef {import('../parley-client.js').WebSocketLike} WebSocketLike
 */
export class PortSocket {
  #port;
  /** @type {0 | 1 | 2 | 3} */
  #readyState = OPEN;
  #bufferedAmount = 0;
  /** @type {BinaryType} what the worker gives; another one is for the worker's own sockets */
  binaryType = 'arraybuffer';
  /** @type {WebSocketLike['onopen']} */
  onopen = null;
  /** @type {WebSocketLike['onmessage']} */
  onmessage = null;
  /** @type {WebSocketLike['onclose']} */
  onclose = null;
  /** @type {WebSocketLike['onerror']} */
  onerror = null;

  /**
   * @param {import('./tab.js').Port} port on which `opened` came
   * @param {string | undefined} transport of the worker's connection
   */
  constructor(port, transport) {
    this.#port = port;
    this.transport = transport;
    port.onmessage = ({ data }) => this.#received(data);
  }

  get readyState() {
    return this.#readyState;
  }

  /** What the worker's connection has not taken. */
  get bufferedAmount() {
    return this.#bufferedAmount;
  }

  /** @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} data */
  send(data) {
    if (this.#readyState !== OPEN) return;
    this.#bufferedAmount += sizeOfFrame(data);
    this.#port.postMessage(['frame', data]);
  }

  /** Ends this tab's share; the others' goes on. */
  close() {
    if (this.#readyState > OPEN) return;
    this.#readyState = CLOSING;
    this.#port.postMessage(['close']);
    this.#port.close();
    // No listener is called within close().
    queueMicrotask(() => this.#closed(1005));
  }

  /** @param {any[]} message */
  #received([word, value]) {
    if (word === 'alive?') this.#port.postMessage(['alive']);
    else if (word === 'taken') this.#bufferedAmount -= value;
    else if (this.#readyState !== OPEN) return;
    else if (word === 'frame') this.onmessage?.({ data: value });
    else if (word === 'closed') {
      this.#port.close();
      this.#closed(value);
    }
  }

  /** @param {number} code */
  #closed(code) {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSED;
    this.onclose?.({ code, reason: '' });
  }
}

/**
 * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} data
 * @returns {number}
 */
export function sizeOfFrame(data) {
  if (typeof data === 'string') return data.length;
  return data instanceof Blob ? data.size : data.byteLength;
}
