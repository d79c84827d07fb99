/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */

/** The most that the server lets a session be in, but the lobby. */
const KEPT = 99;

/**
 * The rooms that somebody is in, over a reload: the server knows them of a session alone. Of a user in all tabs, of a
 * guest in this one.
 */
export class JoinedRooms {
  #client;

  /** @param {ParleyClient} client */
  constructor(client) {
    this.#client = client;
  }

  /** @returns {string[]} */
  stored() {
    try {
      const names = JSON.parse(this.#storage.getItem(this.#key) ?? '[]');
      return Array.isArray(names) ? names.filter((name) => typeof name === 'string').slice(0, KEPT) : [];
    } catch {
      return [];
    }
  }

  /** @param {string[]} names */
  store(names) {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(names.slice(0, KEPT)));
    } catch (error) {
      console.info(`The list of rooms cannot be kept over a reload: ${error}`);
    }
  }

  get #storage() {
    return this.#client.me?.guest === undefined ? localStorage : sessionStorage;
  }

  get #key() {
    return `parley.rooms.${this.#client.me?.username}`;
  }
}
