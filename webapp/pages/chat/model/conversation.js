import { personKey, senderOf } from '../../../parley/parley-client.js';
import { MessageWindow } from './message-window.js';
import { RoomMembers } from './room-members.js';
import { firstUnread } from './unread.js';

/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */
/** @typedef {import('../../../parley/parley-client.js').Person} Person */
/** @typedef {import('../../../parley/parley-client.js').Room} Room */
/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */
/** @typedef {import('./inbox-messages.js').InboxMessages} InboxMessages */

export const PAGE = 50;
const TYPING_MILLIS = 5_000;

/** What rooms and direct messages have in common: a window on a log, a draft, and where the unread part begins. */
class Conversation {
  window = new MessageWindow();
  /** What is written and not sent. */
  draft = '';
  /** The first message that was unread when the conversation was opened. @type {number | undefined} */
  unreadFrom;
  /** Whether somebody was mentioned who has not looked yet. */
  isMentioned = false;
  /** Why a page did not come. @type {Error | undefined} */
  loadError;
  /** Whether the newest messages are on the screen. */
  isReadAtTheEnd = true;
  /** The page of the log that is on its way: its signal is aborted when it is not wanted any more.
   * @type {{kind: 'newest' | 'around' | 'edge', end: AbortController} | undefined} */
  #page;

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
  }

  /** What of the log is on its way. */
  get loading() {
    return this.#page?.kind;
  }

  get isLoading() {
    return this.#page !== undefined;
  }

  /**
   * Reads on at an edge of the window. While a page is on its way, a wish for more is none.
   * @param {(signal: AbortSignal) => Promise<void>} load
   */
  loadEdge(load) {
    return this.isLoading ? Promise.resolve() : this.loadPage('edge', load);
  }

  /**
   * Loads a page now. What is still on its way belongs to what was wanted before, and may not connect with this page:
   * it is not waited for, and dropped when it comes.
   * @param {'newest' | 'around' | 'edge'} kind
   * @param {(signal: AbortSignal) => Promise<void>} load throws if the signal is aborted when its page has come
   */
  async loadPage(kind, load) {
    const page = { kind, end: new AbortController() };
    this.#page?.end.abort();
    this.#page = page;
    this.loadError = undefined;
    this.changed();
    try {
      await load(page.end.signal);
    } catch (error) {
      if (this.#page === page) this.loadError = /** @type {Error} */ (error);
    } finally {
      if (this.#page === page) {
        this.#page = undefined;
        this.changed();
      }
    }
  }

  /** The log begins anew: nothing that was read or asked for is of use any more. */
  restart() {
    this.#page?.end.abort();
    this.#page = undefined;
    this.loadError = undefined;
    this.window.clear();
  }
}

/** A room that somebody is in. */
export class RoomConversation extends Conversation {
  isRoom = /** @type {const} */ (true);
  /** Who is typing, by key. @type {Map<string, {person: Person, timer: ReturnType<typeof setTimeout>}>} */
  typing = new Map();
  /** Whether the log must be read, for the first time or anew. */
  isStale = true;

  /**
   * @param {Room} room
   * @param {(person: {sender: string, guest?: string}) => boolean} isOwn
   * @param {() => void} changed
   */
  constructor(room, isOwn, changed) {
    super(changed);
    this.room = room;
    this.members = new RoomMembers(room, changed);
    this.isOwn = isOwn;
    room.on('recovery', ({ recovered }) => {
      if (recovered && !this.isStale) return;
      this.isStale = true;
      // What comes does not connect with what was read before. After a backup was restored, its numbers even begin
      // below.
      if (!recovered) this.restart();
      this.#reload();
    });
    room.on('message', (message) => this.#came(message));
    room.on('typing', (person) => this.#types(person));
    for (const type of /** @type {const} */ (['presence', 'state', 'unread'])) room.on(type, changed);
  }

  get key() {
    return `room:${this.room.name}`;
  }

  get name() {
    return this.room.name;
  }

  /** Members alone know of a private room. */
  get isPrivate() {
    return this.name.startsWith('_');
  }

  /** The name for people: that of a private room ends with random characters. */
  get title() {
    return this.isPrivate ? this.name.slice(1).replace(/-[^-]*$/, '') : this.name;
  }

  get unread() {
    return this.room.unread ?? 0;
  }

  /** Reads the log if that has not been done, or if the connection could not go on where it was. */
  reloadIfStale() {
    if (this.isStale && this.loading !== 'newest') this.#reload();
  }

  /** The newest messages, after somebody has read far above them, or wanted to. */
  async showNewest() {
    this.isReadAtTheEnd = true;
    if (!this.window.hasNewer && this.loading !== 'around') return;
    this.isStale = true;
    this.reloadIfStale();
  }

  loadOlder() {
    if (!this.window.hasOlder) return Promise.resolve();
    return this.loadEdge(async (signal) => {
      const page = await this.room.history({ before: this.window.readFrom, limit: PAGE });
      signal.throwIfAborted();
      this.window.prepend(page.messages, page.more);
    });
  }

  loadNewer() {
    const newest = this.window.newestSeq;
    if (!this.window.hasNewer || newest === undefined) return Promise.resolve();
    return this.loadEdge(async (signal) => {
      // Numbers have no gaps: the page that ends PAGE further on begins behind the newest.
      const page = await this.room.history({ before: newest + PAGE + 1, limit: PAGE });
      signal.throwIfAborted();
      const end = page.messages[page.messages.length - 1]?.seq ?? newest;
      this.window.extend(page.messages, end < (this.room.position?.seq ?? end));
    });
  }

  /**
   * The part of the log around a message, which a search has found.
   * @param {number} seq
   */
  async showAround(seq) {
    this.isReadAtTheEnd = false;
    const isStaying = !this.isLoading || this.loading === 'edge';
    if (isStaying && this.window.messages.some((message) => message.seq === seq)) return;
    await this.loadPage('around', async (signal) => {
      const page = await this.room.history({ before: seq + PAGE / 2, limit: PAGE });
      signal.throwIfAborted();
      const end = page.messages[page.messages.length - 1]?.seq ?? seq;
      this.isStale = false;
      this.window.clear();
      this.window.reload(page.messages, page.more);
      this.window.hasNewer = end < (this.room.position?.seq ?? end);
    });
  }

  #reload() {
    this.loadPage('newest', async (signal) => {
      const unread = this.unread;
      const page = await this.room.history({ limit: PAGE });
      signal.throwIfAborted();
      this.isStale = false;
      this.window.reload(page.messages, page.more);
      this.unreadFrom = firstUnread(this.window.messages, unread, this.isOwn);
    });
  }

  markRead() {
    return this.unread > 0 ? this.room.read() : Promise.resolve();
  }

  /** @param {StoredMessage} message */
  #came(message) {
    this.window.append(message, this.isReadAtTheEnd);
    this.#typed(personKey(senderOf(message)));
    this.changed();
  }

  /** @param {Person} person */
  #types(person) {
    const key = personKey(person);
    clearTimeout(this.typing.get(key)?.timer);
    this.typing.set(key, { person, timer: setTimeout(() => this.#typed(key), TYPING_MILLIS) });
    this.changed();
  }

  /** @param {string} key */
  #typed(key) {
    const typing = this.typing.get(key);
    if (!typing) return;
    clearTimeout(typing.timer);
    this.typing.delete(key);
    this.changed();
  }
}

/**
 * Tells a conversation with one person from all others. A guest is the same one under another name.
 * @param {Person} person
 */
export function directKey({ username, guest }) {
  return guest === undefined ? `direct:${username}` : `guest:${guest}`;
}

/** What was said with one person. Its messages are those of the inbox that one of the two sent. */
export class DirectConversation extends Conversation {
  isRoom = /** @type {const} */ (false);
  typing = new Map();
  /** The newest message that was looked at for the name of the person. */
  #namedBy = 0;

  /**
   * @param {Person} person
   * @param {InboxMessages} inbox
   * @param {() => void} changed
   */
  constructor(person, inbox, changed) {
    super(changed);
    this.person = person;
    this.inbox = inbox;
  }

  get key() {
    return directKey(this.person);
  }

  get name() {
    return this.person.username;
  }

  get title() {
    return this.person.username;
  }

  /** Whether the inbox must be read, for the first time or anew. */
  get isStale() {
    return this.inbox.isStale;
  }

  get unread() {
    return this.inbox.unread.of(this.key).length;
  }

  /**
   * Takes the name that the person had in a message: the newest one is shown.
   * @param {Person} person
   * @param {number} seq
   */
  named(person, seq) {
    if (seq <= this.#namedBy) return;
    this.#namedBy = seq;
    this.person = person;
  }

  restart() {
    super.restart();
    this.#namedBy = 0;
  }

  /** @param {StoredMessage} message */
  came(message) {
    this.window.append(message, this.isReadAtTheEnd);
    this.changed();
  }

  reloadIfStale() {
    this.inbox.reloadIfStale();
  }

  async showNewest() {
    this.isReadAtTheEnd = true;
    if (!this.window.hasNewer || this.loading === 'newest') return;
    await this.loadPage('newest', async (signal) => {
      await this.inbox.readNewest(this, signal);
      this.unreadFrom = this.window.messages.find(({ seq }) => this.inbox.unread.isUnread(seq))?.seq;
    });
  }

  loadOlder() {
    if (!this.window.hasOlder) return Promise.resolve();
    return this.loadEdge((signal) => this.inbox.readOlder(this, signal));
  }

  loadNewer() {
    if (!this.window.hasNewer) return Promise.resolve();
    return this.loadEdge((signal) => this.inbox.readNewer(this, signal));
  }

  markRead() {
    const unread = this.inbox.unread.of(this.key);
    return unread.length > 0 ? this.inbox.markRead(unread) : Promise.resolve();
  }
}
