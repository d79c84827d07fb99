/**
 * The secret with which a guest comes back as the same guest, with its inbox and its message ids. Kept in the storage
 * of the tab, so that it survives a reload and goes with the tab: two tabs are two guests, and nobody else at this
 * computer finds it later.
 */
export class GuestSecret {
  #key;

  /** @param {string} url of the endpoint: another server, or another application of this one, has other guests */
  constructor(url) {
    this.#key = `parley.guest ${url}`;
  }

  /**
   * @param {string} [username] that the person asks for now
   * @returns {string | undefined} the secret of the guest that had this name; under another name, one is a new guest
   */
  of(username = '') {
    const { names, secret } = this.#stored();
    return names.includes(username) ? secret : undefined;
  }

  /**
   * @param {{username: string, guestSecret?: string}} welcome
   * @param {string} [asked] name that was asked for
   */
  welcomed({ username, guestSecret }, asked = '') {
    const before = this.#stored();
    const secret = guestSecret ?? before.secret;
    const names = guestSecret ? [asked, username] : [...new Set([...before.names, username])];
    if (secret) sessionStorage.setItem(this.#key, JSON.stringify({ names, secret }));
  }

  forget() {
    sessionStorage.removeItem(this.#key);
  }

  /** @returns {{names: string[], secret?: string}} */
  #stored() {
    return JSON.parse(sessionStorage.getItem(this.#key) ?? '{"names":[]}');
  }
}
