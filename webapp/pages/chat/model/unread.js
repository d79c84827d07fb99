/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */

/**
 * Where the line "new messages" stands: before the first of the last `count` messages of others.
 * @param {readonly StoredMessage[]} messages in `seq` order
 * @param {number} count
 * @param {(message: StoredMessage) => boolean} isOwn
 * @returns {number | undefined} its `seq`; undefined if nothing is unread
 */
export function firstUnread(messages, count, isOwn) {
  let left = count;
  let first;
  for (let i = messages.length - 1; i >= 0 && left > 0; i--) {
    if (isOwn(messages[i])) continue;
    first = messages[i].seq;
    left--;
  }
  return first;
}

/**
 * What is unread in the inbox. All that came from different people has one read mark there, which goes as far as
 * everything before it has been read.
 */
export class InboxUnread {
  /** @type {Set<number>} */
  #seqs = new Set();
  #head = 0;

  /**
   * @param {{seq: number}} message that came, of somebody else or not
   * @param {boolean} [isUnread]
   */
  came({ seq }, isUnread = true) {
    this.#head = Math.max(this.#head, seq);
    if (isUnread) this.#seqs.add(seq);
  }

  /** @param {number} seq */
  isUnread(seq) {
    return this.#seqs.has(seq);
  }

  /**
   * @param {Iterable<number>} seqs that somebody has read
   * @returns {number} how far the mark may go: before the oldest that is still unread
   */
  read(seqs) {
    for (const seq of seqs) this.#seqs.delete(seq);
    return this.#seqs.size === 0 ? this.#head : Math.min(...this.#seqs) - 1;
  }

  /** @param {number} seq that was read elsewhere, with all before it */
  readUpTo(seq) {
    for (const unread of this.#seqs) if (unread <= seq) this.#seqs.delete(unread);
  }

  /** The inbox begins anew, maybe with lower numbers. */
  clear() {
    this.#seqs.clear();
    this.#head = 0;
  }
}

/**
 * The title of the window: how much is unread, what is shown, and whose page it is.
 * @param {number} unread
 * @param {string} shown
 */
export function windowTitle(unread, shown) {
  const count = unread === 0 ? '' : `(${unread > 99 ? '99+' : unread}) `;
  return `${count}${shown} · Parley`;
}
