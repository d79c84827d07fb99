import { senderOf } from '../../../parley/parley-client.js';
import { DirectConversation, directKey } from './conversation.js';
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
  /** From where on all was sorted by people, and whether older ones are stored. */
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
    const key = directKey(person);
    let conversation = this.byPerson.get(key);
    if (!conversation) {
      conversation = new DirectConversation(person, this, this.#changed);
      conversation.window.begin(this.#oldest, this.#hasOlder);
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
    this.#oldest = Infinity;
    this.#hasOlder = false;
    for (const conversation of this.byPerson.values()) conversation.restart();
    return this.#load();
  }

  async reloadIfStale() {
    if (this.isStale && !this.#page) await this.#load();
  }

  async #load() {
    const wanted = (this.#page = {});
    for (const conversation of this.byPerson.values()) conversation.loadError = undefined;
    try {
      const unread = this.#client.inbox.unread ?? 0;
      const page = await this.#client.inbox.history({ limit: PAGE });
      if (this.#page !== wanted) return;
      this.isStale = false;
      const readUpTo = (page.messages[page.messages.length - 1]?.seq ?? 0) - unread;
      this.#oldest = page.messages[0]?.seq ?? Infinity;
      this.#hasOlder = page.more;
      for (const message of page.messages) {
        const isUnread = message.seq > readUpTo && !this.#client.isOwn(message);
        this.#count(message, isUnread);
        if (message.type === 'notification') this.#notified(message, isUnread);
      }
      // What came live while the page was on its way is in there already.
      for (const conversation of this.byPerson.values()) {
        conversation.window.reload(this.#of(conversation, page), page.more, this.#oldest);
      }
    } catch (error) {
      if (this.#page !== wanted) return;
      // It is read again when somebody tries again, or looks at another conversation, or at the next connection.
      console.info(`The inbox could not be read: ${error}`);
      for (const conversation of this.byPerson.values()) conversation.loadError = /** @type {Error} */ (error);
    } finally {
      if (this.#page === wanted) {
        this.#page = undefined;
        this.#changed();
      }
    }
  }

  /**
   * The newest messages of one person, however many of others are behind them.
   * @param {DirectConversation} conversation
   * @param {AbortSignal} signal
   */
  async readNewest(conversation, signal) {
    let before;
    for (;;) {
      const page = await this.#client.inbox.history({ before, limit: PAGE });
      signal.throwIfAborted();
      const messages = this.#of(conversation, page);
      before = page.messages[0]?.seq;
      if (messages.length > 0 || !page.more || before === undefined) {
        conversation.window.reload(messages, page.more, before);
        return;
      }
    }
  }

  /**
   * Reads on until there is something of this person, or for some pages.
   * @param {DirectConversation} conversation
   * @param {AbortSignal} signal
   */
  async readOlder(conversation, signal) {
    const { window } = conversation;
    const before = window.oldestSeq;
    for (let i = 0; i < PAGES_AT_ONCE && window.hasOlder && window.oldestSeq === before; i++) {
      const page = await this.#client.inbox.history({ before: window.readFrom, limit: PAGE });
      signal.throwIfAborted();
      window.prepend(this.#of(conversation, page), page.more, page.messages[0]?.seq);
    }
  }

  /**
   * Reads on until there is something of this person, or to the end.
   * @param {DirectConversation} conversation
   * @param {AbortSignal} signal
   */
  async readNewer(conversation, signal) {
    const { window } = conversation;
    for (let newest = window.newestSeq ?? 0, isEnd = false; !isEnd;) {
      // Numbers have no gaps: the page that ends PAGE further on begins behind the newest.
      const page = await this.#client.inbox.history({ before: newest + PAGE + 1, limit: PAGE });
      signal.throwIfAborted();
      const end = page.messages[page.messages.length - 1]?.seq ?? Math.max(newest, page.oldest - 1);
      const messages = this.#of(conversation, page);
      isEnd = end <= newest || end >= (this.#client.inbox.position?.seq ?? end);
      window.extend(messages, !isEnd);
      if (messages.some(({ seq }) => seq > newest)) return;
      newest = end;
    }
  }

  /**
   * @param {number[]} seqs
   * @returns {Promise<void>}
   */
  async markRead(seqs) {
    await this.#client.inbox.read(this.unread.read(seqs));
  }

  /**
   * @param {DirectConversation} conversation
   * @param {import('../../../parley/parley-client.js').History} page
   */
  #of(conversation, page) {
    return page.messages.filter(
      (message) => message.type === 'message' && this.#conversationOf(message) === conversation,
    );
  }

  /**
   * @param {StoredMessage} message
   * @param {boolean} isUnread
   */
  #count(message, isUnread) {
    const isDirect = message.type === 'message';
    this.unread.came(message, isUnread, isDirect ? this.#conversationOf(message).key : '');
  }

  /**
   * @param {StoredMessage} message that came live
   * @param {boolean} isUnread
   */
  #sort(message, isUnread) {
    this.#count(message, isUnread);
    if (message.type === 'notification') this.#notified(message, isUnread);
    else this.#conversationOf(message).came(message);
  }

  /** @param {StoredMessage} message */
  #conversationOf(message) {
    const peer =
      this.#client.isOwn(message) && message.to !== undefined
        ? { username: message.to, guest: message.toGuest }
        : senderOf(message);
    const conversation = this.with(peer);
    conversation.named(peer, message.seq);
    return conversation;
  }
}
