import { ConnectionError } from '../errors.js';
import { Channel } from './channel.js';
import { personKey } from './people.js';

/**
 * @typedef {import('../../parley-client.js').Ack} Ack
 * @typedef {import('../../parley-client.js').Person} Person
 * @typedef {import('../../parley-client.js').Presence} Presence
 * @typedef {import('../../parley-client.js').RoomState} RoomState
 * @typedef {import('../errors.js').ParleyError} ParleyError
 */

const TYPING_EVERY_MILLIS = 3_000;

/** @type {Record<RoomState, RoomState[]>} */
const MOVES = {
  JOINING: ['JOINED', 'REFUSED', 'LEFT'],
  JOINED: ['JOINING', 'LEFT'],
  REFUSED: ['JOINING', 'LEFT'],
  LEFT: ['JOINING'],
};

/** A room that was joined, and stays so over reconnects until it is left. */
export class Room extends Channel {
  #list;
  #name;
  /** @type {RoomState} */
  #state = 'JOINING';
  /** @type {ParleyError | undefined} */
  #error;
  /** @type {Map<string, Person>} */
  #present = new Map();
  #count = 0;
  #typedAt = -Infinity;

  /**
   * @internal
   * @param {import('./channel.js').ChannelDependencies} dependencies
   * @param {{join(room: Room): void, leave(room: Room): Promise<void>}} list
   * @param {string} name as it was asked for
   */
  constructor(dependencies, list, name) {
    super(dependencies, { room: name });
    this.#list = list;
    this.#name = name;
  }

  /** As the server writes it, from the first answer on. */
  get name() {
    return this.#name;
  }

  get state() {
    return this.#state;
  }

  get error() {
    return this.#error;
  }

  /** @returns {readonly Person[]} */
  get present() {
    return [...this.#present.values()];
  }

  get count() {
    return this.#count;
  }

  /**
   * Resolves in state `JOINED`; rejects in `REFUSED` and `LEFT`.
   * @returns {Promise<Room>}
   */
  whenJoined() {
    const promise = new Promise((/** @type {any} */ resolve, reject) => {
      const settle = () => {
        if (this.#state === 'JOINING') return false;
        if (this.#state === 'JOINED') resolve(this);
        else reject(this.#error ?? new ConnectionError(`The room '${this.#name}' was left.`, 'left'));
        return true;
      };
      if (settle()) return;
      const off = this.on('state', () => settle() && off());
    });
    // Whoever does not wait for it learns of a refusal by `state`.
    promise.catch(() => {});
    return promise;
  }

  /** After `REFUSED` or `LEFT`: joins again. */
  join() {
    if (this.#state === 'JOINING' || this.#state === 'JOINED') return;
    this.moveTo('JOINING');
    this.#list.join(this);
  }

  /** @returns {Promise<void>} */
  leave() {
    if (this.#state === 'LEFT') return Promise.resolve();
    this.moveTo('LEFT');
    const promise = this.#list.leave(this);
    // Mostly said in passing. Where it fails, what still comes of the room is dropped.
    promise.catch(() => {});
    return promise;
  }

  /**
   * @param {string} content
   * @param {import('../../parley-client.js').ChatOptions} [options]
   * @returns {Promise<Ack>}
   */
  chat(content, { attachment, ...options } = {}) {
    return this.dependencies.outgoing.add({ type: 'chat', room: this.#name, content, attachment }, options);
  }

  /** Tells the others that somebody is writing; at most once in 3 s, more calls do nothing. */
  typing() {
    const now = this.dependencies.settings.clock.now();
    if (now - this.#typedAt < TYPING_EVERY_MILLIS) return;
    if (this.dependencies.send({ type: 'typing', room: this.#name })) this.#typedAt = now;
  }

  /**
   * Asks who is connected, the first 100.
   * @returns {Promise<{present: Person[], count: number}>}
   */
  async presence() {
    const onAnswer = (/** @type {Presence} */ answer) => this.presenceChanged(answer);
    const request = { type: 'presence', room: this.#name };
    const { present, count } = await this.dependencies.requests.start(request, { onAnswer });
    return { present, count };
  }

  /**
   * Asks who the members of a private room are, connected or not.
   * @returns {Promise<import('../../parley-client.js').Members>}
   */
  async members() {
    const { owner, members } = await this.dependencies.requests.start({ type: 'members', room: this.#name });
    return { owner, members };
  }

  /**
   * Lets a user into a private room.
   * @param {string} username
   */
  async invite(username) {
    await this.dependencies.requests.start({ type: 'invite', room: this.#name, username });
  }

  /**
   * Takes a user, or oneself, out of a private room.
   * @param {string} username
   */
  async remove(username) {
    await this.dependencies.requests.start({ type: 'remove', room: this.#name, username });
  }

  /**
   * @param {import('../../parley-client.js').FileContent} file
   * @param {import('../../parley-client.js').UploadOptions} [options]
   */
  upload(file, options) {
    return this.dependencies.uploads.add(this.#name, file, options);
  }

  /**
   * @param {import('../../parley-client.js').BinaryContent} data
   * @param {{mediaType?: string}} [options]
   * @returns {boolean}
   */
  sendBinary(data, options) {
    return this.dependencies.sendBinary(this.#name, data, options);
  }

  /**
   * @internal
   * @param {string} name as the server writes it
   */
  renamed(name) {
    super.renamed(name);
    this.#name = name;
  }

  /**
   * @internal
   * @param {Presence} presence
   */
  presenceChanged(presence) {
    const { present, joined = [], left = [], count } = presence;
    if (present) this.#present.clear();
    for (const person of [...(present ?? []), ...joined]) this.#present.set(personKey(person), person);
    for (const person of left) this.#present.delete(personKey(person));
    // Of a large room only the number is told, and who is known of it may have gone.
    if (!present && !presence.joined && !presence.left) this.#present.clear();
    this.#count = count;
    this.emit('presence', { ...presence, room: this.#name });
  }

  /**
   * @internal
   * @param {RoomState} next
   * @param {ParleyError} [error]
   */
  moveTo(next, error) {
    const previous = this.#state;
    if (previous === next) return;
    if (!MOVES[previous].includes(next)) throw new Error(`A room cannot move from ${previous} to ${next}.`);
    this.#state = next;
    this.#error = error;
    if (next === 'LEFT' || next === 'REFUSED') {
      this.#present.clear();
      this.#count = 0;
    }
    this.emit('state', { state: next, previous, error });
  }
}
