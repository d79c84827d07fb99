/** @typedef {import('../../../parley/parley-client.js').Room} Room */

/**
 * Who may read a private room. The server tells nobody of a change: the list is read when somebody opens it, and from
 * then on after changes that are made here, when somebody comes who is not in it, when a member goes away, who may have
 * been removed, and after a reconnect.
 */
export class RoomMembers {
  /** @type {string | undefined} */
  owner;
  /** Undefined before the first answer. @type {readonly string[] | undefined} */
  names;
  /** @type {Error | undefined} */
  error;
  #room;
  #changed;
  /** The list is on its way. @type {Promise<void> | undefined} */
  #reading;
  /** What is on its way may be older than the last change. */
  #isStale = false;

  /**
   * @param {Room} room
   * @param {() => void} changed
   */
  constructor(room, changed) {
    this.#room = room;
    this.#changed = changed;
    room.on('presence', ({ present = [], joined = [], left = [] }) => {
      const { names } = this;
      if (!names) return;
      const isMember = (/** @type {{username: string}} */ { username }) => names.includes(username);
      if (left.some(isMember) || ![...present, ...joined].every(isMember)) this.read();
    });
    room.on('state', ({ state }) => {
      if (state === 'JOINED' && (this.names || this.error)) this.read();
    });
  }

  /**
   * Reads the list as it is now.
   * @returns {Promise<void>} never rejects: what went wrong is the `error`
   */
  read() {
    this.#isStale = true;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  async #readAll() {
    while (this.#isStale) {
      this.#isStale = false;
      // Inside the loop: a read that fails must not take with it the one that was asked for meanwhile.
      try {
        const { owner, members } = await this.#room.members();
        this.owner = owner;
        this.names = members;
        this.error = undefined;
      } catch (error) {
        this.error = /** @type {Error} */ (error);
      }
    }
    this.#reading = undefined;
    this.#changed();
  }

  /** @param {string} username */
  async invite(username) {
    await this.#room.invite(username);
    await this.read();
  }

  /** @param {string} username */
  async remove(username) {
    await this.#room.remove(username);
    await this.read();
  }
}
