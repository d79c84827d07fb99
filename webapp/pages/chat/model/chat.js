import { ParleyError, senderOf } from '../../../parley/parley-client.js';
import { mentions } from '../format/mentions.js';
import { RoomConversation, directKey } from './conversation.js';
import { InboxMessages } from './inbox-messages.js';
import { JoinedRooms } from './joined-rooms.js';
import { Notifications } from './notifications.js';
import { firstUnread } from './unread.js';
import { Uploads } from './uploads.js';

/** @typedef {import('../../../parley/parley-client.js').Attachment} Attachment */
/** @typedef {import('../../../parley/parley-client.js').OutboundEntry} OutboundEntry */
/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */
/** @typedef {import('../../../parley/parley-client.js').Person} Person */
/** @typedef {import('../../../parley/parley-client.js').Room} Room */
/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */
/** @typedef {import('./conversation.js').DirectConversation} DirectConversation */
/** @typedef {RoomConversation | DirectConversation} AnyConversation */

const LOBBY = 'lobby';

/**
 * What one person sees of Parley: rooms, direct messages and notifications. Dispatches
 *
 * - `change`: something looks different;
 * - `shown`: another conversation is on the screen;
 * - `edit`: a draft was changed from outside of the field;
 * - `notice`: a notification has come, with the message;
 * - `problem`: a text cannot be sent, with `{error, content}`; `content` is the text where nothing else shows it;
 * - `attention`: somebody should know of this even if the window is in the background, with `{message, conversation}`.
 */
export class Chat extends EventTarget {
  /** @type {Map<Room, RoomConversation>} */
  #rooms = new Map();
  /** @type {RoomConversation | DirectConversation} */
  #active;
  #changed = () => this.dispatchEvent(new Event('change'));
  #conversationChanged = () => {
    this.markRead();
    this.#changed();
  };
  #joinedRooms;
  /** The list of rooms is on its way; a room was entered that may not be in it. */
  #isReadingList = false;
  #isListStale = false;
  inbox;
  notifications;
  uploads;

  /** @param {ParleyClient} client that nothing was received from yet */
  constructor(client) {
    super();
    this.client = client;
    this.notifications = new Notifications(client, this.#changed);
    this.inbox = new InboxMessages(client, this.#conversationChanged, (notice, isUnread) =>
      this.notifications.add(notice, isUnread),
    );
    this.uploads = new Uploads(client, this.#changed);
    this.#joinedRooms = new JoinedRooms(client);
    client.on('state', this.#changed);
    client.on('welcome', () => this.#welcomed());
    client.on('message', (message) => this.#came(message));
    client.on('created', ({ room }) => this.#enter(client.join(room)));
    client.on('left', ({ room }) => this.#lost(room));
    client.outgoing.on('change', () => this.#outgoingChanged());
    client.outgoing.on('failed', (entry) => this.#failed(entry));
    this.#active = this.#enter(client.join(LOBBY));
    document.addEventListener('visibilitychange', () => this.markRead());
  }

  get me() {
    return this.client.me?.username ?? '';
  }

  get active() {
    return this.#active;
  }

  /** The lobby, and the others by name. */
  get rooms() {
    const order = (/** @type {RoomConversation} */ { name }) => (name === LOBBY ? 0 : 1);
    return [...this.#rooms.values()].sort((a, b) => order(a) - order(b) || a.title.localeCompare(b.title));
  }

  /** Those first with whom something was said last. */
  get directs() {
    const newest = (/** @type {DirectConversation} */ { window }) => window.newestSeq ?? Infinity;
    return [...this.inbox.byPerson.values()].sort((a, b) => newest(b) - newest(a) || a.title.localeCompare(b.title));
  }

  /** What is unread outside of the conversation that somebody is looking at. */
  get unread() {
    let count = this.notifications.unread;
    for (const conversation of [...this.rooms, ...this.directs]) count += conversation.unread;
    return count;
  }

  /**
   * The messages of the conversation on the screen that are not stored yet. The lobby has those that failed in a room
   * that is gone.
   */
  get outgoing() {
    const { isRoom, name, key } = this.#active;
    return this.client.outgoing.entries.filter((entry) => {
      const { type, room, to, toGuest } = entry.message;
      if (type === 'chat') return isRoom && (room === name || (name === LOBBY && this.#isLeftOver(entry)));
      return type === 'message' && to !== undefined && directKey({ username: to, guest: toGuest }) === key;
    });
  }

  /** @param {AnyConversation} conversation */
  show(conversation) {
    this.#active.unreadFrom = undefined;
    this.#active = conversation;
    conversation.isMentioned = false;
    const { window, unread } = conversation;
    conversation.unreadFrom = firstUnread(window.messages, unread, (message) => this.client.isOwn(message));
    conversation.showNewest();
    conversation.reloadIfStale();
    this.dispatchEvent(new Event('shown'));
    this.markRead();
    this.#changed();
  }

  /** @param {Person} person */
  showDirect(person) {
    const conversation = this.inbox.with(person);
    // A guest may have another name by now than in its messages.
    conversation.person = person;
    this.show(conversation);
  }

  /**
   * @param {string} name in any spelling; the server answers with its own
   * @returns {Promise<void>} rejects with the reason why not
   */
  async join(name) {
    const room = this.client.join(name);
    try {
      await room.whenJoined();
    } catch (error) {
      // Or each reconnect would ask for it again.
      room.leave();
      throw error;
    }
    // In another spelling one is in it already.
    const known = this.#inRoom(room.name);
    if (known && known.room !== room) await room.leave();
    this.show(known ?? this.#enter(room));
  }

  /**
   * @param {string} name
   * @param {string[]} members
   */
  async create(name, members) {
    this.show(this.#enter(await this.client.createRoom(name, members)));
  }

  /** @param {RoomConversation} conversation */
  async leave(conversation) {
    await conversation.room.leave();
    this.#forget(conversation.room);
  }

  /**
   * Sends what is written to the conversation on the screen. What becomes of it is shown by {@link outgoing}.
   * @param {string} content
   */
  send(content) {
    const conversation = this.#active;
    conversation.unreadFrom = undefined;
    conversation.showNewest();
    const sent = conversation.isRoom
      ? this.client.chat(conversation.name, content)
      : this.client.message(conversation.person, content);
    this.#follow(sent, () => {
      // What was refused before it was on its way goes back to where it was written.
      conversation.draft ||= content;
      this.dispatchEvent(new Event('edit'));
    });
    this.#changed();
  }

  /**
   * Sends files to the room on the screen: each becomes a message when the server has it.
   * @param {Iterable<File>} files
   */
  sendFiles(files) {
    const { isRoom, name } = this.#active;
    if (!isRoom) return;
    for (const file of files) {
      this.uploads.add(name, file, (attachment) => {
        this.#follow(this.client.chat(name, attachment.name, { attachment }));
      });
    }
  }

  /** @param {string} id of an outgoing message that failed */
  retry(id) {
    this.#follow(this.client.outgoing.retry(id));
  }

  /**
   * Takes a text back to where messages are written, before what stands there.
   * @param {string} content
   */
  edit(content) {
    this.#active.draft = this.#active.draft === '' ? content : `${content}\n${this.#active.draft}`;
    this.dispatchEvent(new Event('edit'));
  }

  /**
   * A failure stays in the list of outgoing messages, with what can be done about it. One that was never taken into the
   * list is told to the person who wrote.
   * @param {Promise<unknown>} sent
   * @param {() => void} [refused]
   */
  #follow(sent, refused) {
    sent.catch((error) => {
      const isListed = this.client.outgoing.entries.some((entry) => entry.error === error);
      if (isListed || ['discarded', 'destroyed'].includes(error.code)) return;
      refused?.();
      this.#tell(error);
    });
  }

  #outgoingChanged() {
    // After a reload nothing else may be known of whom somebody wrote to.
    for (const { message: { type, to, toGuest } } of this.client.outgoing.entries) {
      if (type === 'message' && to !== undefined) this.inbox.with({ username: to, guest: toGuest });
    }
    this.#changed();
  }

  /** @param {OutboundEntry} entry */
  #isLeftOver({ state, message: { type, room } }) {
    return type === 'chat' && state === 'failed' && !this.#inRoom(room ?? LOBBY);
  }

  /** Nobody looks for it in the lobby without being told. @param {OutboundEntry} entry */
  #failed(entry) {
    if (this.#isLeftOver(entry)) this.#tell(entry.error);
  }

  /**
   * @param {ParleyError | undefined} error
   * @param {string} [content]
   */
  #tell(error, content) {
    this.dispatchEvent(new CustomEvent('problem', { detail: { error, content } }));
  }

  /** Whoever looks at the end of a conversation has read it. */
  markRead() {
    const conversation = this.#active;
    // Before its messages are there nobody has read them, and the line before the unread ones has no place yet.
    const isEndThere = !conversation.isStale && !conversation.window.hasNewer;
    if (document.hidden || !isEndThere || !conversation.isReadAtTheEnd || conversation.unread === 0) return;
    this.#keepMark(conversation.markRead());
  }

  /** Whoever looks at the list of notifications has read them. */
  markNotificationsRead() {
    const ofInbox = this.notifications.markRead();
    if (ofInbox.length > 0) this.#keepMark(this.inbox.markRead(ofInbox.map(({ seq }) => seq)));
  }

  /** @param {Promise<void>} marked */
  #keepMark(marked) {
    // A mark that did not get through is sent again by the library, or by the next message that is read.
    marked.catch((error) => console.info(`A read mark was not kept: ${error}`));
  }

  #welcomed() {
    for (const name of this.#joinedRooms.stored()) this.#enter(this.client.join(name));
    this.#readRooms();
    this.#changed();
  }

  /** For the numbers of unread messages, and for the private rooms that one was let into meanwhile. */
  async #readRooms() {
    this.#isListStale = true;
    if (this.#isReadingList) return;
    this.#isReadingList = true;
    try {
      while (this.#isListStale) {
        this.#isListStale = false;
        for (const { room } of await this.client.listRooms()) {
          if (room.startsWith('_')) this.#enter(this.client.join(room));
        }
      }
    } catch (error) {
      // The next welcome reads it again.
      console.info(`The list of rooms could not be read: ${error}`);
    } finally {
      this.#isReadingList = false;
    }
    this.markRead();
    this.#changed();
  }

  /** @param {StoredMessage} message that came live, or was missed */
  #came(message) {
    if (this.client.isOwn(message)) return;
    if (message.type === 'notification') {
      // One in a room is unread there.
      if (!message.inbox) this.notifications.add(message, message.broadcast === true);
      this.dispatchEvent(new CustomEvent('notice', { detail: message }));
      this.#callAttention(message, undefined);
      return;
    }
    const conversation = message.room !== undefined ? this.#inRoom(message.room) : this.inbox.with(senderOf(message));
    if (!conversation) return;
    const isLookedAt = conversation === this.#active && !document.hidden && conversation.isReadAtTheEnd;
    const isMentioned = mentions(message.content, this.me);
    if (isLookedAt) {
      this.markRead();
      return;
    }
    if (isMentioned) conversation.isMentioned = true;
    // Counted already: it is the first one since somebody has looked.
    if (conversation === this.#active && conversation.unread <= 1) conversation.unreadFrom = message.seq;
    if (isMentioned || message.inbox) this.#callAttention(message, conversation);
  }

  /**
   * @param {StoredMessage} message
   * @param {AnyConversation | undefined} conversation
   */
  #callAttention(message, conversation) {
    this.dispatchEvent(new CustomEvent('attention', { detail: { message, conversation } }));
  }

  /** @param {string} name */
  #inRoom(name) {
    return this.rooms.find((conversation) => conversation.name === name);
  }

  /** @param {Room} room */
  #enter(room) {
    let conversation = this.#rooms.get(room);
    if (!conversation) {
      conversation = new RoomConversation(room, (message) => this.client.isOwn(message), this.#conversationChanged);
      this.#rooms.set(room, conversation);
      // A room that was just joined is unread from an unknown message on.
      room.on('state', ({ state }) => {
        if (state === 'JOINED' && room.unread === undefined) this.#readRooms();
        // A private room that one was taken out of while the page was away.
        if (state === 'REFUSED') this.#refused(room);
      });
      if (room.state === 'JOINED' && room.unread === undefined) this.#readRooms();
      this.#keepRooms();
      this.#changed();
    }
    return conversation;
  }

  /** @param {Room} room that this person may not read */
  #refused(room) {
    if (room.name === LOBBY) return;
    // Or each reconnect would ask for it again.
    room.leave();
    this.#takenFrom(room);
  }

  /** @param {string} name of a room that one was taken out of */
  #lost(name) {
    const conversation = this.#inRoom(name);
    if (conversation) this.#takenFrom(conversation.room);
  }

  /** @param {Room} room that is private, and not for this person any more */
  #takenFrom(room) {
    const draft = this.#rooms.get(room)?.draft || undefined;
    this.#forget(room);
    const hasLeftOver = this.client.outgoing.entries.some(
      (entry) => entry.message.room === room.name && this.#isLeftOver(entry),
    );
    if (draft === undefined && !hasLeftOver) return;
    this.#tell(new ParleyError(`You are no longer in the room ${room.name}.`, 'no_such_room'), draft);
  }

  /** @param {Room} room */
  #forget(room) {
    const conversation = this.#rooms.get(room);
    this.#rooms.delete(room);
    this.#keepRooms();
    const [lobby] = this.#rooms.values();
    if (conversation === this.#active && lobby) this.show(lobby);
    this.#changed();
  }

  #keepRooms() {
    if (this.client.me) this.#joinedRooms.store(this.rooms.map(({ name }) => name).filter((name) => name !== LOBBY));
  }
}
