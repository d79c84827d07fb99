import { readJson } from '../storage.js';

/** @typedef {import('../../parley-client.js').SimpleStorage} SimpleStorage */

/**
 * The secret with which a guest comes back as the same guest, with its inbox and its message ids. In the tab's storage
 * it survives a reload and goes with the tab: two tabs are two guests, and nobody else at this computer finds it later.
 */
export class GuestSecret {
  #storage;
  #key;

  /**
   * @param {SimpleStorage} storage
   * @param {string} application address: another server, or another application of it, has other guests
   */
  constructor(storage, application) {
    this.#storage = storage;
    this.#key = `parley.guest ${application}`;
  }

  /**
   * @param {string} [username] that is asked for now
   * @returns {string | undefined} the secret of the guest that had this name; under another name, one is a new guest
   */
  of(username = '') {
    const { names, secret } = this.#stored();
    return names.includes(username) ? secret : undefined;
  }

  /**
   * @param {string} [username] that is asked for now
   * @returns {string | undefined} the tag of the guest that had this name
   */
  tagOf(username = '') {
    const { names, guest } = this.#stored();
    return names.includes(username) ? guest : undefined;
  }

  /**
   * @param {{username: string, guest?: string, guestSecret?: string}} welcome
   * @param {string} [asked] name that was asked for
   */
  welcomed({ username, guest, guestSecret }, asked = '') {
    const before = this.#stored();
    const secret = guestSecret ?? before.secret;
    const names = guestSecret ? [asked, username] : [...new Set([...before.names, username])];
    if (secret) this.#storage.setItem(this.#key, JSON.stringify({ names, secret, guest }));
  }

  forget() {
    this.#storage.removeItem(this.#key);
  }

  /** @returns {{names: string[], secret?: string, guest?: string}} */
  #stored() {
    const stored = readJson(this.#storage, this.#key);
    return Array.isArray(stored?.names) ? stored : { names: [] };
  }
}
