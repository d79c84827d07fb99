import { backoffMillis, orderedMillis } from './backoff.js';
import { randomId } from './random-id.js';

const RETRYABLE = new Set(['rate_limited', 'store_unavailable', 'internal']);
const TRIES_MAX = 6;
const IN_FLIGHT_MAX = 8;
const CAREFUL_SPACING_MILLIS = 100;

/** @typedef {{type: 'chat' | 'message', content: string, room?: string, to?: string}} Draft */
/**
 * A message that the server has not acknowledged. `pending`: on its way, or waiting for a line. `failed`: refused for good,
 * with the server's sentence; only the person can send it again.
 * @typedef {{
 *   id: string, draft: Draft, createdAt: string, state: 'pending' | 'failed',
 *   isSent: boolean, refusals: number, error?: {code: string, message: string},
 * }} Entry
 */

/**
 * The messages that must not get lost, in the order they were written. Each stays until its ack and goes out again, with the
 * same id, on every new line. Dispatches `change`, and `acked` with `{draft, ack}`.
 */
export class Outgoing extends EventTarget {
  /** @type {Entry[]} */
  #entries = [];
  #send;
  #isPaused = true;
  /** After a refusal: one message at a time, and slowly, until everything is acknowledged. */
  #isCareful = false;
  #timer = 0;

  /** The longest message that the server takes, in bytes of UTF-8. */
  frameMax = Infinity;

  /** @param {(message: object) => void} send puts a message on the line */
  constructor(send) {
    super();
    this.#send = send;
  }

  /** @returns {readonly Entry[]} */
  get entries() {
    return this.#entries;
  }

  /**
   * @param {Draft} draft
   * @param {string} [id]
   */
  add(draft, id = randomId()) {
    const createdAt = new Date().toISOString();
    this.#entries.push({ id, draft, createdAt, state: 'pending', isSent: false, refusals: 0 });
    this.#changed();
  }

  /**
   * Sends a failed message again, behind the others. A `conflict` is about the id itself, so that takes a new one.
   * @param {string} id
   */
  retry(id) {
    const entry = this.#take(id);
    if (entry) this.add(entry.draft, entry.error?.code === 'conflict' ? undefined : id);
  }

  /** @param {string} id */
  discard(id) {
    if (this.#take(id)) this.#changed();
  }

  /** A line is open: whatever is unacknowledged goes out again. */
  resume() {
    this.#isPaused = false;
    for (const entry of this.#entries) entry.isSent = false;
    this.#pump();
  }

  /** The line is gone. */
  pause() {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /**
   * The server has stored a message: its ack came, or its copy.
   * @param {{type: string, id?: string}} answer
   * @returns {boolean} whether the message was one of these
   */
  settle(answer) {
    const entry = this.#take(answer.id);
    if (!entry) return false;
    if (answer.type === 'ack') {
      this.dispatchEvent(new CustomEvent('acked', { detail: { draft: entry.draft, ack: answer } }));
    }
    if (this.#isCareful) this.#pumpIn(CAREFUL_SPACING_MILLIS);
    this.#changed();
    return true;
  }

  /**
   * The server did not take a message. After a retryable error it refuses the later ones as well until the first one comes
   * again (protocol.md, "error.code"), so the queue stops and starts again from its head.
   * @param {{id?: string, code: string, message: string, retryAfter?: number}} error
   * @returns {boolean} whether the message was one of these
   */
  refuse(error) {
    const entry = this.#entries.find(({ id }) => id === error.id);
    if (!entry) return false;
    entry.isSent = false;
    if (entry === this.#entries.find(({ state }) => state === 'pending')) entry.refusals++;
    if (RETRYABLE.has(error.code) && entry.refusals < TRIES_MAX) {
      this.#isCareful = true;
      this.#pumpIn(Math.max(orderedMillis(error.retryAfter, 0), backoffMillis(entry.refusals)));
    } else {
      entry.state = 'failed';
      entry.error = error;
    }
    this.#changed();
    return true;
  }

  /** @param {string | undefined} id */
  #take(id) {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
    this.#pump();
  }

  /** @param {number} millis */
  #pumpIn(millis) {
    if (this.#timer || this.#isPaused) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#pump();
    }, millis);
  }

  #pump() {
    if (this.#isPaused || this.#timer) return;
    const pending = this.#entries.filter(({ state }) => state === 'pending');
    if (pending.length === 0) this.#isCareful = false;
    let free = (this.#isCareful ? 1 : IN_FLIGHT_MAX) - pending.filter(({ isSent }) => isSent).length;
    for (const entry of pending) {
      if (entry.isSent) continue;
      if (free-- <= 0) return;
      const message = { ...entry.draft, id: entry.id };
      if (new TextEncoder().encode(JSON.stringify(message)).length > this.frameMax) {
        // On the line it would end the connection, and again after every reconnect.
        entry.state = 'failed';
        entry.error = { code: 'too_long', message: 'This is too long for one message.' };
        this.dispatchEvent(new Event('change'));
        continue;
      }
      entry.isSent = true;
      this.#send(message);
    }
  }
}
