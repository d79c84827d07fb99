import { TypedEvents } from '../typed-events.js';

/**
 * @typedef {import('../../parley-client.js').Ack} Ack
 * @typedef {import('../../parley-client.js').History} History
 * @typedef {import('../../parley-client.js').Position} Position
 * @typedef {import('../../parley-client.js').ReadMark} ReadMark
 * @typedef {import('../../parley-client.js').StoredMessage} StoredMessage
 */
/**
 * What channels need of the client.
 * @typedef {{
 *   requests: import('../pending-requests.js').PendingRequests,
 *   positions: import('./positions.js').ChannelPositions,
 *   marks: import('./read-marks.js').ReadMarks,
 *   outgoing: import('../sending/outbound-queue.js').OutboundQueue,
 *   uploads: import('../sending/uploads.js').Uploads,
 *   settings: import('../options.js').Settings,
 *   isOwn(message: {sender: string, guest?: string}): boolean,
 *   send(message: object): boolean,
 *   sendBinary(room: string, data: any, options?: {mediaType?: string}): boolean,
 * }} ChannelDependencies
 */

/** A stored log: a room, the inbox or the broadcasts. Dispatches `message`, `recovery`, `read` and `unread`. */
export class Channel extends TypedEvents {
  /** @protected */
  dependencies;
  #target;
  /** @type {boolean | undefined} */
  #recovered;
  /** @type {number | undefined} */
  #unread;
  #isFirst = true;

  /**
   * @internal
   * @param {ChannelDependencies} dependencies
   * @param {{room?: string, inbox?: true, broadcast?: true}} target the channel on the wire
   */
  constructor(dependencies, target) {
    super();
    this.dependencies = dependencies;
    this.#target = target;
  }

  /** As maps of positions name it: `room:NAME`, `inbox` or `broadcast`. */
  get key() {
    const { room, inbox } = this.#target;
    return room === undefined ? (inbox ? 'inbox' : 'broadcast') : `room:${room}`;
  }

  /** @returns {Position | undefined} the last message that was applied */
  get position() {
    return this.dependencies.positions.of(this.key);
  }

  /** Of the last opening: whether nothing is missing; undefined before the first. */
  get recovered() {
    return this.#recovered;
  }

  /** Messages of others after the read mark; undefined while it is not known. */
  get unread() {
    return this.#unread;
  }

  /**
   * Stored messages in `seq` order, the newest or those before a `seq`.
   * @param {{before?: number, limit?: number}} [options]
   * @returns {Promise<History>}
   */
  async history({ before, limit } = {}) {
    const { messages, oldest, more } = await this.dependencies.requests.start(
      { type: 'history', ...this.#target, before, limit });
    return { messages, oldest, more };
  }

  /**
   * Stored messages that hold a text in their content or title, in `seq` order: the newest, or those before a `seq`.
   * The server looks at so many messages at a time; while `more` is true, search on before `searched`.
   * @param {string} text
   * @param {{before?: number, limit?: number}} [options]
   * @returns {Promise<import('../../parley-client.js').SearchResult>}
   */
  async search(text, { before, limit } = {}) {
    const { messages, oldest, more, searched } = await this.dependencies.requests.start(
      { type: 'search', ...this.#target, text, before, limit });
    return { messages, oldest, more, searched };
  }

  /**
   * Marks as read up to a `seq`, by default up to the newest message.
   * @param {number} [seq]
   * @returns {Promise<void>}
   */
  read(seq = this.position?.seq) {
    if (seq === undefined) return Promise.resolve();
    this.#readUpTo(seq);
    return this.dependencies.marks.read(this.key, this.#target, seq);
  }

  /**
   * @internal
   * @param {string} room as the server writes it
   */
  renamed(room) {
    this.#target = { room };
  }

  /**
   * The server reads this channel for us from a position on.
   * @internal
   * @param {{position: Position, recovered: boolean, unread?: number}} opened
   */
  opened({ position, recovered, unread }) {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    this.#recovered = recovered;
    // What was missed in a recovered channel follows, and is counted as it comes.
    if (unread !== undefined && (!recovered || this.#unread === undefined)) this.setUnread(unread);
    this.emit('recovery', { recovered, isFirst, position });
  }

  /**
   * @internal
   * @param {StoredMessage} message
   */
  received(message) {
    if (this.#unread !== undefined && !this.dependencies.isOwn(message)) this.setUnread(this.#unread + 1);
    this.emit('message', message);
  }

  /**
   * @internal
   * @param {ReadMark} mark
   * @param {boolean} isOwn
   */
  marked(mark, isOwn) {
    if (isOwn) this.#readUpTo(mark.seq);
    this.emit('read', mark);
  }

  /**
   * @internal
   * @param {number | undefined} unread
   */
  setUnread(unread) {
    if (unread === this.#unread) return;
    this.#unread = unread;
    this.emit('unread', unread);
  }

  /** @param {number} seq */
  #readUpTo(seq) {
    const newest = this.position?.seq;
    if (this.#unread === undefined || newest === undefined) return;
    this.setUnread(Math.min(this.#unread, Math.max(0, newest - seq)));
  }
}

/** Messages to this user alone. */
export class Inbox extends Channel {
  /**
   * Writes to one user or guest.
   * @param {string | import('../../parley-client.js').Person} to a name, or a person: of a guest that one alone
   * @param {string} content
   * @param {import('../../parley-client.js').SendOptions} [options]
   * @returns {Promise<Ack>}
   */
  send(to, content, options) {
    const isPerson = typeof to === 'object' && to !== null;
    const { username, guest } = isPerson ? to : { username: to, guest: undefined };
    return this.dependencies.outgoing.add({ type: 'message', to: username, toGuest: guest, content }, options);
  }
}
