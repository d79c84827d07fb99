/** @typedef {import('../parley-client.js').SimpleStorage} SimpleStorage */

/**
 * What a tab's storage is where there is none.
 * @implements {SimpleStorage}
 */
export class MemoryStorage {
  /** @type {Map<string, string>} */
  #values = new Map();

  /** @param {string} key */
  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#values.set(key, value);
  }

  /** @param {string} key */
  removeItem(key) {
    this.#values.delete(key);
  }
}

/**
 * What was stored as JSON, by this or another version of the library, or by hand.
 * @param {SimpleStorage} storage
 * @param {string} key
 * @returns {any} undefined where there is nothing that can be read
 */
export function readJson(storage, key) {
  const text = storage.getItem(key);
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A browser's storage that may be forbidden (it throws when it is named) or full (it throws when it is written). What
 * it does not take stays in memory, so that everything goes on, except over a reload.
 * @implements {SimpleStorage}
 */
export class SafeStorage {
  #memory = new MemoryStorage();
  /** @type {SimpleStorage | undefined} */
  #storage;
  /** Called with the reason, once, when something could not be stored. @type {(cause: unknown) => void} */
  onFailure = () => {};

  /** @param {() => SimpleStorage | undefined} open */
  constructor(open) {
    try {
      this.#storage = open();
    } catch {
      // Cookies and storage are forbidden for this page: the person wants nothing to be kept.
    }
  }

  /** @param {string} key */
  getItem(key) {
    return this.#memory.getItem(key) ?? this.#storage?.getItem(key) ?? null;
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  setItem(key, value) {
    this.#memory.removeItem(key);
    if (!this.#storage) {
      this.#memory.setItem(key, value);
      return;
    }
    try {
      this.#storage.setItem(key, value);
    } catch (cause) {
      this.#memory.setItem(key, value);
      this.#failed(cause);
    }
  }

  /** @param {string} key */
  removeItem(key) {
    this.#memory.removeItem(key);
    this.#storage?.removeItem(key);
  }

  /** @param {unknown} cause */
  #failed(cause) {
    const report = this.onFailure;
    this.onFailure = () => {};
    report(cause);
  }
}
