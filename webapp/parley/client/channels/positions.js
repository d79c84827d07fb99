/** @typedef {import('../../parley-client.js').Position} Position */

/**
 * The channel of a message, as maps of positions name it: `room:NAME`, `inbox` or `broadcast`.
 * @param {{room?: string, inbox?: boolean, broadcast?: boolean}} message
 * @returns {string | undefined}
 */
export function channelKey(message) {
  if (message.room !== undefined) return `room:${message.room}`;
  if (message.inbox) return 'inbox';
  return message.broadcast ? 'broadcast' : undefined;
}

/** The position of each channel: the last message that was applied. This is what a reconnect resumes from. */
export class ChannelPositions {
  /** @type {Map<string, Position>} */
  #byChannel = new Map();

  /** @param {Record<string, Position>} [initial] of an earlier client */
  constructor(initial = {}) {
    for (const [key, { epoch, seq }] of Object.entries(initial)) this.#byChannel.set(key, { epoch, seq });
  }

  /**
   * The server opened a channel. A recovered one resumes from our own position, and what was missed follows it.
   * @param {string} key
   * @param {{position: Position, recovered: boolean}} opened
   */
  opened(key, { position, recovered }) {
    const own = this.#byChannel.get(key);
    if (!recovered || own?.epoch !== position.epoch) this.#byChannel.set(key, { ...position });
  }

  /**
   * Notes a stored message as applied.
   * @param {{room?: string, inbox?: boolean, broadcast?: boolean, seq: number}} message
   * @returns {boolean} false for one that was applied before and is to be dropped
   */
  advance(message) {
    const own = this.#byChannel.get(channelKey(message) ?? '');
    // Without a position the channel was left a moment ago: what was under way for it is dropped as well.
    if (!own || message.seq <= own.seq) return false;
    own.seq = message.seq;
    return true;
  }

  /**
   * @param {string} key
   * @returns {Position | undefined}
   */
  of(key) {
    const own = this.#byChannel.get(key);
    return own && { ...own };
  }

  /**
   * @param {string} key
   * @param {Position} position
   */
  set(key, { epoch, seq }) {
    this.#byChannel.set(key, { epoch, seq });
  }

  /** @param {string} key */
  forget(key) {
    this.#byChannel.delete(key);
  }

  /** @returns {Record<string, Position>} for the `positions` of a `login` */
  toWire() {
    return Object.fromEntries([...this.#byChannel].map(([key, position]) => [key, { ...position }]));
  }
}
