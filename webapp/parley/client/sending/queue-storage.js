import { readJson } from '../storage.js';

/**
 * @typedef {import('../../parley-client.js').Draft} Draft
 * @typedef {{id: string, message: Draft, createdAt: string, error?: {code: string, message: string}}} StoredEntry
 */

/**
 * Keeps the unacknowledged messages of each user of each server, so that they survive a reload of the page. An *owner*
 * names both.
 */
export class QueueStorage {
  #storage;

  /** @param {import('../../parley-client.js').SimpleStorage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /**
   * @param {string} owner
   * @returns {StoredEntry[]}
   */
  load(owner) {
    const entries = readJson(this.#storage, key(owner));
    return Array.isArray(entries) ? entries : [];
  }

  /**
   * @param {string} owner
   * @param {StoredEntry[]} entries
   */
  save(owner, entries) {
    if (entries.length > 0) this.#storage.setItem(key(owner), JSON.stringify(entries));
    else this.#storage.removeItem(key(owner));
  }
}

/** @param {string} owner */
function key(owner) {
  return `parley.queue ${owner}`;
}
