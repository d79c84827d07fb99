import { personKey, senderOf } from '../../../parley/parley-client.js';
import { DirectConversation } from './conversation.js';
import { InboxUnread } from './unread.js';

/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */
/** @typedef {import('../../../parley/parley-client.js').Person} Person */
/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */

const PAGE = 200;
/** Pages of the inbox that are read for one wish to see older messages of one person. */
const PAGES_AT_ONCE = 3;

/** The inbox, sorted by the people with whom one writes. Notifications in it go to the list of notifications. */
export class InboxMessages {
  /** @type {Map<string, DirectConversation>} */
  byPerson = new Map();
  unread = new InboxUnread();
  #client;
  #changed;
  #notified;
  /** The oldest that was read, and whether older ones are stored. */
  #oldest = Infinity;
  #hasOlder = false;
  /** Whether the newest messages must be read, for the first time or anew. */
  isStale = true;
  /** The page of the newest messages that is on its way. @type {object | undefined} */
  #page;

  /**
   * @param {ParleyClient} client
   * @param {() => void} changed
   * @param {(notification: StoredMessage, isUnread: boolean) => void} notified of a notification in here
   */
  constructor(client, changed, notified) {
    this.#client = client;
    this.#changed = changed;
    this.#notified = notified;
    client.inbox.on('recovery', ({ recovered }) => {
      if (recovered && !this.isStale) return;
      if (recovered) this.reloadIfStale();
      else this.reload();
    });
    client.inbox.on('message', (message) => {
      this.#sort(message, !client.isOwn(message));
      changed();
    });
    client.inbox.on('read', ({ seq }) => {
      this.unread.readUpTo(seq);
      changed();
    });
  }

  /**
   * @param {Person} person
   * @returns {DirectConversation}
   */
  with(person) {
    const key = personKey(person);
    let conversation = this.byPerson.get(key);
    if (!conversation) {
      conversation = new DirectConversation(person, this, this.#changed);
      conversation.window.hasOlder = this.#hasOlder;
      this.byPerson.set(key, conversation);
    }
    return conversation;
  }

  /**
   * Reads the newest messages of everybody. What was read before goes: what comes may not connect with it, and after a
   * backup was restored its numbers begin below.
   */
  reload() {
    this.isStale = true;
    this.unread.clear();
    for (const conversation of this.byPerson.values()) conversation.restart();
    return this.#load();
  }

  async reloadIfStale() {
    if (this.isStale && !this.#page) await this.#load();
  }

  async #load() {
    const wanted = (this.#page = {});
    try {
      const unread = this.#client.inbox.unread ?? 0;
      const page = await this.#client.inbox.history({ limit: PAGE });
      if (this.#page !== wanted) return;
      this.isStale = false;
      const readUpTo = (page.messages[page.messages.length - 1]?.seq ?? 0) - unread;
      /** @type {Map<DirectConversation, StoredMessage[]>} */
      const sorted = new Map();
      for (const message of page.messages) {
        const isUnread = message.seq > readUpTo && !this.#client.isOwn(message);
        this.unread.came(message, isUnread);
        if (message.type === 'notification') this.#notified(message, isUnread);
        else collect(sorted, this.with(this.#peer(message)), message);
      }
      // What came live while the page was on its way is in there already.
      for (const [conversation, messages] of sorted) conversation.window.reload(messages, page.more);
      this.#reached(page);
    } catch (error) {
      // It is read again when the channel is opened again.
      console.info(`The inbox could not be read: ${error}`);
    } finally {
      if (this.#page === wanted) {
        this.#page = undefined;
        this.#changed();
      }
    }
  }

  /**
   * Reads on until there is something of this person, or for some pages.
   * @param {DirectConversation} conversation
   * @param {AbortSignal} signal
   */
  async loadOlder(conversation, signal) {
    const before = conversation.window.oldestSeq;
    for (let i = 0; i < PAGES_AT_ONCE && this.#hasOlder && conversation.window.oldestSeq === before; i++) {
      const page = await this.#client.inbox.history({ before: this.#oldest, limit: PAGE });
      signal.throwIfAborted();
      /** @type {Map<DirectConversation, StoredMessage[]>} */
      const sorted = new Map();
      for (const message of page.messages) {
        if (message.type !== 'message') continue;
        collect(sorted, this.with(this.#peer(message)), message);
      }
      for (const [own, messages] of sorted) own.window.prepend(messages, page.more);
      this.#reached(page);
    }
  }

  /**
   * @param {Iterable<{seq: number}>} messages
   * @returns {Promise<void>}
   */
  async markRead(messages) {
    await this.#client.inbox.read(this.unread.read([...messages].map(({ seq }) => seq)));
  }

  /** @param {import('../../../parley/parley-client.js').History} page */
  #reached(page) {
    this.#oldest = page.messages[0]?.seq ?? this.#oldest;
    this.#hasOlder = page.more;
    for (const { window } of this.byPerson.values()) window.hasOlder = page.more;
  }

  /**
   * @param {StoredMessage} message
   * @param {boolean} isUnread
   */
  #sort(message, isUnread) {
    this.unread.came(message, isUnread);
    if (message.type === 'notification') this.#notified(message, isUnread);
    else this.with(this.#peer(message)).came(message);
  }

  /**
   * @param {StoredMessage} message
   * @returns {Person}
   */
  #peer(message) {
    return this.#client.isOwn(message) && message.to !== undefined
      ? { username: message.to, guest: message.toGuest }
      : senderOf(message);
  }
}

/**
 * @param {Map<DirectConversation, StoredMessage[]>} sorted
 * @param {DirectConversation} conversation
 * @param {StoredMessage} message
 */
function collect(sorted, conversation, message) {
  sorted.set(conversation, [...(sorted.get(conversation) ?? []), message]);
}
