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
  /** The conversation of each. @type {Map<number, string>} */
  #keys = new Map();
  #head = 0;

  /**
   * @param {{seq: number}} message that came, of somebody else or not
   * @param {boolean} [isUnread]
   * @param {string} [key] of its conversation, if it is in one
   */
  came({ seq }, isUnread = true, key = '') {
    this.#head = Math.max(this.#head, seq);
    if (isUnread) this.#keys.set(seq, key);
  }

  /**
   * @param {string} key
   * @returns {number[]} what is unread in a conversation, on the page or not
   */
  of(key) {
    const seqs = [];
    for (const [seq, own] of this.#keys) if (own === key) seqs.push(seq);
    return seqs;
  }

  /** @param {number} seq */
  isUnread(seq) {
    return this.#keys.has(seq);
  }

  /**
   * @param {Iterable<number>} seqs that somebody has read
   * @returns {number} how far the mark may go: before the oldest that is still unread
   */
  read(seqs) {
    for (const seq of seqs) this.#keys.delete(seq);
    return this.#keys.size === 0 ? this.#head : Math.min(...this.#keys.keys()) - 1;
  }

  /** @param {number} seq that was read elsewhere, with all before it */
  readUpTo(seq) {
    for (const unread of this.#keys.keys()) if (unread <= seq) this.#keys.delete(unread);
  }

  /** The inbox begins anew, maybe with lower numbers. */
  clear() {
    this.#keys.clear();
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
