import { personKey, senderOf } from '../../parley/people.js';
import { channelKey } from '../../parley/positions.js';

/** @typedef {import('../../parley/connection.js').Connection} Connection */
/** @typedef {import('../../parley/people.js').Person} Person */
/**
 * A room, or what was said with one person, who may be a guest. Members and those who type are found by `personKey`.
 * @typedef {{
 *   key: string, name: string, guest?: string, isRoom: boolean, messages: any[], hasMore: boolean, unread: number,
 *   members: Map<string, Person>, memberCount: number, typing: Map<string, {username: string, timer: number}>,
 * }} Conversation
 */

const KEPT = 1_000;
const PAGE = 50;
const TYPING_MILLIS = 5_000;

/**
 * What this person reads: rooms and direct messages. Dispatches `change` (something in the lists), `messages` with the
 * key of a conversation that got or lost messages, and `notification`.
 */
export class Conversations extends EventTarget {
  #connection;
  /** @type {Map<string, Conversation>} */
  #byKey = new Map();
  /** @type {Set<string>} wire keys of marks that are on their way */
  #telling = new Set();
  /** @type {Map<string, number>} what was told as read, or is about to be, by wire key */
  #marks = new Map();
  /** Channels whose history has not arrived yet; asked for again after each welcome. */
  #toReload = new Set();
  activeKey = 'room:lobby';

  /** @param {Connection} connection */
  constructor(connection) {
    super();
    this.#connection = connection;
    connection.addEventListener('welcome', (event) => this.#welcomed(/** @type {CustomEvent} */ (event).detail));
    connection.addEventListener('message', (event) => this.#received(/** @type {CustomEvent} */ (event).detail));
  }

  get me() {
    return this.#connection.welcome?.username ?? '';
  }

  /** @returns {Person} */
  get self() {
    return { username: this.me, guest: this.#connection.welcome?.guest };
  }

  /** @param {any} message that is stored */
  isOwn(message) {
    return this.#connection.isOwn(message);
  }

  get active() {
    return this.#conversation(this.activeKey);
  }

  get rooms() {
    return this.#sorted((conversation) => conversation.isRoom);
  }

  get directs() {
    return this.#sorted((conversation) => !conversation.isRoom);
  }

  /** @param {string} key */
  show(key) {
    this.activeKey = key;
    this.#askMembers(this.#conversation(key));
    this.#messagesChanged(key);
    this.markRead();
    this.#changed();
  }

  /** @param {Person} person */
  showDirect(person) {
    this.show(this.#direct(person).key);
  }

  /** @param {string} room in any spelling; the answer has the server's */
  async join(room) {
    const joined = await this.#connection.request({ type: 'join', room });
    const key = `room:${joined.room}`;
    this.#membersAre(this.#conversation(key), joined);
    if (!joined.recovered) await this.#reload(key);
    this.show(key);
  }

  async leave() {
    const { key, name } = this.active;
    await this.#connection.request({ type: 'leave', room: name });
    this.#byKey.delete(key);
    this.show('room:lobby');
  }

  /** One more page of what was said before. */
  async loadOlder() {
    const conversation = this.active;
    const oldest = conversation.messages[0]?.seq;
    const page = await this.#history(conversation.key, oldest);
    conversation.hasMore = page.more;
    if (conversation.isRoom) conversation.messages.unshift(...page.messages);
    else this.#sortIntoDirects(page.messages);
    this.#messagesChanged(conversation.key);
  }

  /** Tells the server how far the conversation on the screen has been read. */
  markRead() {
    const { messages, isRoom, name } = this.active;
    if (document.hidden || messages.length === 0 || this.#connection.state !== 'OPEN') return;
    this.active.unread = 0;
    const wireKey = isRoom ? `room:${name}` : 'inbox';
    const seq = messages[messages.length - 1].seq;
    if (seq <= (this.#marks.get(wireKey) ?? 0)) return;
    this.#marks.set(wireKey, seq);
    this.#tellMark(wireKey, isRoom ? { room: name } : { inbox: true });
  }

  /**
   * One `read` of a channel is on its way at a time. What is read meanwhile follows in one.
   * @param {string} wireKey
   * @param {object} target
   */
  async #tellMark(wireKey, target) {
    if (this.#telling.has(wireKey)) return;
    this.#telling.add(wireKey);
    try {
      let told = 0;
      while ((this.#marks.get(wireKey) ?? 0) > told) {
        const seq = this.#marks.get(wireKey) ?? 0;
        await this.#connection.request({ type: 'read', ...target, seq });
        told = seq;
      }
    } catch {
      // The line went away, or the room did. The next message that is read tells the mark again.
      this.#marks.delete(wireKey);
    } finally {
      this.#telling.delete(wireKey);
    }
  }

  /** @param {any} welcome */
  #welcomed(welcome) {
    // A mark that was sent on a dying line may be lost; telling it again costs nothing.
    this.#marks.clear();
    for (const [wireKey, opened] of Object.entries(welcome.channels)) {
      if (wireKey.startsWith('room:')) {
        const conversation = this.#conversation(wireKey);
        // What was missed in a recovered room follows, and is counted as it comes.
        if (wireKey !== this.activeKey && !opened.recovered) conversation.unread = opened.unread;
      }
      if (!opened.recovered && wireKey !== 'broadcast') {
        this.#forget(wireKey);
        this.#toReload.add(wireKey);
      }
    }
    this.#askMembers(this.active);
    this.#toReload.forEach((wireKey) => this.#reload(wireKey).catch(() => this.#changed()));
    this.#changed();
  }

  /** @param {string} wireKey whose log may be another one now */
  #forget(wireKey) {
    const stale = wireKey === 'inbox' ? this.directs : [this.#conversation(wireKey)];
    stale.forEach((conversation) => (conversation.messages = []));
    this.#messagesChanged(this.activeKey);
  }

  /** @param {string} wireKey whose position could not be served, or that is new here */
  async #reload(wireKey) {
    const page = await this.#history(wireKey);
    this.#toReload.delete(wireKey);
    if (wireKey === 'inbox') {
      this.#sortIntoDirects(page.messages);
      this.directs.forEach((conversation) => (conversation.hasMore = page.more));
      this.#messagesChanged(this.activeKey);
    } else {
      const conversation = this.#conversation(wireKey);
      const newest = page.messages[page.messages.length - 1]?.seq ?? 0;
      // What came live while the page was on its way stays.
      conversation.messages = [...page.messages, ...conversation.messages.filter(({ seq }) => seq > newest)];
      conversation.hasMore = page.more;
      this.#messagesChanged(wireKey);
    }
    this.markRead();
    this.#changed();
  }

  /**
   * @param {string} key
   * @param {number} [before]
   */
  #history(key, before) {
    const target = key.startsWith('room:') ? { room: key.slice('room:'.length) } : { inbox: true };
    return this.#connection.request({ type: 'history', ...target, before, limit: PAGE });
  }

  /** @param {any} message */
  #received(message) {
    switch (message.type) {
      case 'chat':
      case 'message':
      case 'notification':
        this.#stored(message);
        break;
      case 'presence':
        this.#membersAre(this.#conversation(`room:${message.room}`), message);
        this.#changed();
        break;
      case 'typing':
        this.#typing(message);
        break;
      case 'read':
        this.#readElsewhere(message);
        break;
    }
  }

  /** @param {any} message */
  #stored(message) {
    if (message.type === 'notification') this.dispatchEvent(new CustomEvent('notification', { detail: message }));
    if (message.broadcast) return;
    const conversation = message.room
      ? this.#conversation(`room:${message.room}`)
      : this.#direct(this.#peer(message));
    conversation.messages.push(message);
    if (conversation.messages.length > KEPT) {
      conversation.messages.splice(0, conversation.messages.length - KEPT);
      conversation.hasMore = true;
    }
    conversation.typing.delete(personKey(senderOf(message)));
    if (conversation.key !== this.activeKey || document.hidden) {
      if (!this.isOwn(message)) conversation.unread++;
    } else this.markRead();
    this.#messagesChanged(conversation.key);
    this.#changed();
  }

  /**
   * @param {any} message of the inbox
   * @returns {Person}
   */
  #peer(message) {
    return this.isOwn(message) && message.to
      ? { username: message.to, guest: message.toGuest }
      : senderOf(message);
  }

  /** @param {any[]} messages of the inbox */
  #sortIntoDirects(messages) {
    for (const message of messages) {
      const conversation = this.#direct(this.#peer(message));
      if (conversation.messages.some(({ seq }) => seq === message.seq)) continue;
      conversation.messages.push(message);
      conversation.messages.sort((a, b) => a.seq - b.seq);
    }
  }

  /** @param {Conversation} conversation */
  async #askMembers(conversation) {
    if (!conversation.isRoom) return;
    try {
      this.#membersAre(conversation, await this.#connection.request({ type: 'presence', room: conversation.name }));
      this.#changed();
    } catch {
      // The line went away; the next welcome asks again.
    }
  }

  /**
   * @param {Conversation} conversation
   * @param {{present?: Person[], joined?: Person[], left?: Person[], count: number}} presence
   */
  #membersAre(conversation, { present, joined = [], left = [], count }) {
    if (present) conversation.members.clear();
    [...(present ?? []), ...joined].forEach((person) => conversation.members.set(personKey(person), person));
    left.forEach((person) => conversation.members.delete(personKey(person)));
    conversation.memberCount = count;
  }

  /** @param {{room: string, username: string, guest?: string}} message */
  #typing({ room, username, guest }) {
    const conversation = this.#conversation(`room:${room}`);
    const key = personKey({ username, guest });
    clearTimeout(conversation.typing.get(key)?.timer);
    const forget = () => {
      conversation.typing.delete(key);
      this.#changed();
    };
    conversation.typing.set(key, { username, timer: setTimeout(forget, TYPING_MILLIS) });
    this.#changed();
  }

  /** @param {any} mark this person's own, set on another device or here */
  #readElsewhere(mark) {
    const wireKey = channelKey(mark);
    if (!wireKey?.startsWith('room:')) return;
    const conversation = this.#byKey.get(wireKey);
    if (!conversation) return;
    const newest = conversation.messages[conversation.messages.length - 1]?.seq ?? 0;
    if (mark.seq >= newest) conversation.unread = 0;
    this.#changed();
  }

  /** @param {Person} person */
  #direct(person) {
    return this.#conversation(`direct:${personKey(person)}`, person);
  }

  /**
   * @param {string} key
   * @param {Person} [person] whom a direct conversation is with; needed the first time
   */
  #conversation(key, person) {
    let conversation = this.#byKey.get(key);
    if (!conversation) {
      conversation = {
        key,
        name: person?.username ?? key.slice(key.indexOf(':') + 1),
        guest: person?.guest,
        isRoom: key.startsWith('room:'),
        messages: [],
        hasMore: false,
        unread: 0,
        members: new Map(),
        memberCount: 0,
        typing: new Map(),
      };
      this.#byKey.set(key, conversation);
    }
    return conversation;
  }

  /** @param {(conversation: Conversation) => boolean} which */
  #sorted(which) {
    return [...this.#byKey.values()].filter(which).sort((a, b) => a.name.localeCompare(b.name));
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  /** @param {string} key */
  #messagesChanged(key) {
    this.dispatchEvent(new CustomEvent('messages', { detail: key }));
  }
}
