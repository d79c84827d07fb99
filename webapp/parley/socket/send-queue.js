/** @typedef {string | ArrayBufferLike | Blob | ArrayBufferView} SocketData what a `WebSocket` sends */

/** Messages that wait for a connection, the oldest first, up to a number of them. */
export class SendQueue {
  #max;
  /** @type {{data: any, bytes: number}[]} */
  #messages = [];
  #bytes = 0;

  /** @param {number} max messages that wait at most */
  constructor(max) {
    this.#max = max;
  }

  /** Bytes that wait, of text those of its UTF-8. */
  get bytes() {
    return this.#bytes;
  }

  /**
   * Takes a message as it is now; what its buffer holds later does not matter.
   * @param {unknown} data
   * @returns {boolean} `false` if the queue is full
   * @throws {TypeError} for what a `WebSocket` refuses
   */
  add(data) {
    const message = snapshot(data);
    if (this.#messages.length >= this.#max) return false;
    this.#messages.push(message);
    this.#bytes += message.bytes;
    return true;
  }

  /**
   * Hands over the messages, in order, for as long as they are taken.
   * @param {(data: any) => boolean} take
   */
  drain(take) {
    let taken = 0;
    for (const { data, bytes } of this.#messages) {
      if (!take(data)) break;
      taken++;
      this.#bytes -= bytes;
    }
    this.#messages.splice(0, taken);
  }
}

/** @param {unknown} data */
function snapshot(data) {
  const kind = Object.prototype.toString.call(data);
  // Neither by instanceof: it may come from another frame.
  if (kind === '[object Blob]' || kind === '[object File]') return { data, bytes: /** @type {Blob} */ (data).size };
  if (kind === '[object ArrayBuffer]') return copy(/** @type {ArrayBuffer} */ (data));
  if (ArrayBuffer.isView(data) && !isShared(data.buffer)) return copy(data.buffer, data.byteOffset, data.byteLength);
  if (ArrayBuffer.isView(data) || isShared(data)) throw new TypeError('A WebSocket sends no shared memory.');
  // Not by String(), which takes symbols.
  const text = `${data}`;
  return { data: text, bytes: new TextEncoder().encode(text).length };
}

/**
 * @param {ArrayBufferLike} buffer
 * @param {number} [offset]
 * @param {number} [length]
 */
function copy(buffer, offset = 0, length = buffer.byteLength) {
  return { data: buffer.slice(offset, offset + length), bytes: length };
}

/** @param {unknown} buffer */
function isShared(buffer) {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}
