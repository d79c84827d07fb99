/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */
/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */
/** @typedef {{message: StoredMessage, isUnread: boolean}} Notice */

const PAGE = 50;
const KEPT = 200;

/**
 * The notifications of the past, to everybody, to this user and in rooms. What was sent while somebody was away is read
 * from the log of the broadcasts and from the inbox.
 */
export class Notifications {
  /** @type {Map<string, Notice>} */
  #byKey = new Map();
  #client;
  #changed;
  #isStale = true;

  /**
   * @param {ParleyClient} client
   * @param {() => void} changed
   */
  constructor(client, changed) {
    this.#client = client;
    this.#changed = changed;
    client.broadcasts.on('recovery', ({ recovered }) => {
      if (recovered && !this.#isStale) return;
      this.#isStale = true;
      this.reloadIfStale();
    });
    client.broadcasts.on('read', ({ seq }) => {
      for (const notice of this.#byKey.values()) {
        if (notice.message.broadcast && notice.message.seq <= seq) notice.isUnread = false;
      }
      changed();
    });
  }

  /** The newest first. @returns {Notice[]} */
  get list() {
    return [...this.#byKey.values()].sort((a, b) => b.message.sentAt.localeCompare(a.message.sentAt));
  }

  get unread() {
    let count = 0;
    for (const { isUnread } of this.#byKey.values()) if (isUnread) count++;
    return count;
  }

  /**
   * @param {StoredMessage} message
   * @param {boolean} isUnread
   */
  add(message, isUnread) {
    // By its number it would be taken for another one after a backup was restored: there the numbers begin below.
    const key = [channelOf(message), message.id, message.sentAt].join(' ');
    const known = this.#byKey.get(key);
    if (known) {
      known.message = message;
      return;
    }
    this.#byKey.set(key, { message, isUnread });
    if (this.#byKey.size > KEPT) {
      const oldest = this.list[KEPT];
      for (const [old, notice] of this.#byKey) if (notice === oldest) this.#byKey.delete(old);
    }
    this.#changed();
  }

  /** @returns {StoredMessage[]} those of the inbox that were unread: their mark is the inbox's */
  markRead() {
    /** @type {StoredMessage[]} */
    const ofInbox = [];
    let isBroadcastUnread = false;
    for (const notice of this.#byKey.values()) {
      if (!notice.isUnread) continue;
      notice.isUnread = false;
      if (notice.message.inbox) ofInbox.push(notice.message);
      isBroadcastUnread ||= notice.message.broadcast === true;
    }
    if (isBroadcastUnread) {
      this.#client.broadcasts
        .read()
        .catch((error) => console.info(`The mark of the broadcasts was not kept: ${error}`));
    }
    this.#changed();
    return ofInbox;
  }

  async reloadIfStale() {
    if (!this.#isStale) return;
    try {
      const unread = this.#client.broadcasts.unread ?? 0;
      const page = await this.#client.broadcasts.history({ limit: PAGE });
      this.#isStale = false;
      const readUpTo = (page.messages[page.messages.length - 1]?.seq ?? 0) - unread;
      for (const message of page.messages) {
        this.add(message, message.seq > readUpTo && !this.#client.isOwn(message));
      }
    } catch (error) {
      // It is read again when the channel is opened again.
      console.info(`The notifications to everybody could not be read: ${error}`);
    }
  }
}

/** @param {StoredMessage} message */
function channelOf({ room, inbox }) {
  return room ?? (inbox ? 'inbox:' : 'broadcast:');
}
