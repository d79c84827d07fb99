/** @typedef {import('../../../parley/parley-client.js').Room} Room */
/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */

const PAGE = 50;

/** What a search in the history of one room has found so far. An answer that comes after `clear` is dropped. */
export class RoomSearch {
  query = '';
  /** The newest first; undefined before the first answer. @type {StoredMessage[] | undefined} */
  found;
  /** Where the search may go on: it looks at so many messages at a time. @type {number | undefined} */
  more;
  /** @type {Error | undefined} */
  error;
  /** The request that is on its way. @type {object | undefined} */
  #asked;
  #changed;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get isBusy() {
    return this.#asked !== undefined;
  }

  clear() {
    this.found = this.more = this.error = this.#asked = undefined;
  }

  /**
   * @param {Room} room
   * @param {string} query
   */
  begin(room, query) {
    this.query = query;
    return this.#search(room, undefined);
  }

  /**
   * Older ones than those that were found.
   * @param {Room} room
   */
  goOn(room) {
    return this.#search(room, this.more);
  }

  /**
   * @param {Room} room
   * @param {number | undefined} before
   */
  async #search(room, before) {
    const asked = (this.#asked = {});
    this.error = undefined;
    this.#changed();
    try {
      const { messages, more, searched } = await room.search(this.query, { before, limit: PAGE });
      if (this.#asked !== asked) return;
      this.found = [...(before === undefined ? [] : (this.found ?? [])), ...messages.reverse()];
      this.more = more ? searched : undefined;
    } catch (error) {
      if (this.#asked === asked) this.error = /** @type {Error} */ (error);
    } finally {
      if (this.#asked === asked) {
        this.#asked = undefined;
        this.#changed();
      }
    }
  }
}
