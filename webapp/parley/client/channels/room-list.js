import { Room } from './room.js';

/**
 * @typedef {import('./channel.js').ChannelDependencies} ChannelDependencies
 * @typedef {import('../../parley-client.js').Position} Position
 * @typedef {import('../errors.js').ParleyError} ParleyError
 */

const LOBBY = 'lobby';
const RETRYABLE = new Set(['rate_limited', 'store_unavailable', 'internal', 'timeout', 'disconnected']);
const RETRY_MILLIS = 5_000;

/**
 * The rooms that the application has joined. A room goes into the next `login` by its position; one without a position,
 * or that is not in the `welcome`, is joined by a message. Rooms are found as they were asked for, and as the server
 * writes them: it folds names.
 */
export class RoomList {
  #dependencies;
  #isOpen = false;
  /** @type {Map<string, Room>} by the name that was asked for */
  #asked = new Map();
  /** What tells the `join` of a room that is on its way from one before it. @type {Map<Room, object>} */
  #joining = new Map();
  /** Rooms of which it is to be asked who is there, one after the other. @type {Set<Room>} */
  #toLookAt = new Set();
  #isLooking = false;
  /** @type {unknown} */
  #timer;

  /** @param {ChannelDependencies} dependencies */
  constructor(dependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns {Room[]} */
  get joined() {
    return [...new Set(this.#asked.values())].filter(({ state }) => state !== 'LEFT');
  }

  /**
   * @param {string} name in any spelling that was used or that the server uses
   * @returns {Room | undefined}
   */
  find(name) {
    return this.#asked.get(name) ?? this.named(name)[0];
  }

  /**
   * @param {string} name as the server writes it
   * @returns {Room[]} more than one where it was joined under several spellings before the server knew of it
   */
  named(name) {
    return [...new Set(this.#asked.values())].filter((room) => room.name === name);
  }

  /**
   * @param {string} name
   * @param {Position} [position]
   * @returns {Room}
   */
  add(name, position) {
    let room = this.find(name);
    if (room) {
      room.join();
      return room;
    }
    room = new Room(this.#dependencies, this, name);
    this.#asked.set(name, room);
    if (position) this.#dependencies.positions.set(room.key, position);
    this.join(room);
    return room;
  }

  /** @param {Room} room in state `JOINING` */
  join(room) {
    if (!this.#asked.has(room.name)) this.#asked.set(room.name, room);
    if (!this.#isOpen || this.#joining.has(room)) return;
    const turn = {};
    this.#joining.set(room, turn);
    const isCurrent = () => this.#joining.get(room) === turn && this.#joining.delete(room);
    const onAnswer = (/** @type {any} */ joined) => {
      room.renamed(joined.room);
      if (isCurrent()) this.#joined(room, joined);
    };
    this.#dependencies.requests.start({ type: 'join', room: room.name, position: room.position }, { onAnswer })
      .catch((error) => isCurrent() && this.#refused(room, error));
  }

  /** @param {Room} room in state `LEFT` */
  async leave(room) {
    this.#joining.delete(room);
    this.#forget(room);
    if (this.named(room.name).some(({ state }) => state !== 'LEFT')) return;
    // What is under way for it is dropped from now on.
    this.#dependencies.positions.forget(room.key);
    if (!this.#isOpen) return;
    try {
      await this.#dependencies.requests.start({ type: 'leave', room: room.name });
    } catch (error) {
      // A lost connection is in no room, and the next one does not ask for this one.
      if (/** @type {ParleyError} */ (error).code !== 'disconnected') throw error;
    }
  }

  /** @param {Record<string, {position: Position, recovered: boolean, unread: number}>} channels of the `welcome` */
  opened(channels) {
    this.#isOpen = true;
    for (const room of new Set(this.#asked.values())) {
      const opened = channels[room.key];
      if (room.state === 'LEFT') {
        // Every session is in the lobby at first.
        if (room.name === LOBBY && opened) this.#leaveAgain(room);
      } else if (room.state !== 'REFUSED') {
        if (opened) this.#entered(room, opened);
        else this.join(room);
      }
    }
  }

  released() {
    this.#isOpen = false;
    this.#toLookAt.clear();
    this.#dependencies.settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const room of this.joined) if (room.state === 'JOINED') room.moveTo('JOINING');
  }

  /** @param {ParleyError} error */
  destroy(error) {
    this.released();
    for (const room of this.joined) if (room.state === 'JOINING') room.moveTo('REFUSED', error);
  }

  /**
   * The owner of a private room took this user out.
   * @param {string} name
   */
  takenOut(name) {
    this.#dependencies.positions.forget(`room:${name}`);
    for (const room of this.named(name)) {
      room.moveTo('LEFT');
      this.#forget(room);
    }
  }

  /** @param {Room} room in state `LEFT`; of the lobby it is remembered, since every session begins in it */
  #forget(room) {
    if (room.name === LOBBY) return;
    for (const [name, other] of this.#asked) if (other === room) this.#asked.delete(name);
  }

  /**
   * @param {Room} room
   * @param {any} joined
   */
  #joined(room, joined) {
    // A reconnect may have been faster.
    if (room.state !== 'JOINING') return;
    room.presenceChanged(joined);
    room.moveTo('JOINED');
    room.opened(joined);
  }

  /**
   * @param {Room} room
   * @param {{position: Position, recovered: boolean, unread: number}} opened
   */
  #entered(room, opened) {
    room.moveTo('JOINED');
    room.opened(opened);
    this.#toLookAt.add(room);
    this.#look();
  }

  /** A `welcome` does not tell who is there. */
  async #look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const room of this.#toLookAt) {
        this.#toLookAt.delete(room);
        // Where it fails, the connection or the room is gone; either is told otherwise.
        if (room.state === 'JOINED') await room.presence().catch(() => {});
      }
    } finally {
      this.#isLooking = false;
    }
  }

  /**
   * @param {Room} room
   * @param {ParleyError} error
   */
  #refused(room, error) {
    if (room.state !== 'JOINING') return;
    if (!RETRYABLE.has(error.code)) {
      this.#dependencies.positions.forget(room.key);
      room.moveTo('REFUSED', error);
    } else if (this.#isOpen) {
      this.#timer ??= this.#dependencies.settings.clock.setTimeout(() => {
        this.#timer = undefined;
        for (const other of this.joined) if (other.state === 'JOINING') this.join(other);
      }, RETRY_MILLIS);
    }
  }

  /** @param {Room} room */
  #leaveAgain(room) {
    // Where it fails, its messages come, and are dropped.
    this.leave(room).catch(() => {});
  }
}
