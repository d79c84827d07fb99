import { backoffMillis, orderedMillis } from '../connection/backoff.js';
import { ParleyError, QueueError, ServerError, destroyedError } from '../errors.js';
import { describe } from '../options.js';
import { randomId } from '../random-id.js';
import { TypedEvents } from '../typed-events.js';
import { byteLength, chunks } from './chunks.js';
import { heldBack } from './hold-back.js';
import { PacedSender } from './paced-sender.js';
import { TokenBucket } from './token-bucket.js';

/**
 * @typedef {import('../../parley-client.js').Ack} Ack
 * @typedef {import('../../parley-client.js').Draft} Draft
 * @typedef {import('../../parley-client.js').Progress} Progress
 * @typedef {import('../../parley-client.js').SendOptions} SendOptions
 */

/** What passes with the connection, the rate or the database is tried until the message is too old. */
const PASSES = new Set(['rate_limited', 'store_unavailable']);
/** What may pass, or may be about this message and then hold back all others for good. */
const MAY_PASS = new Set(['internal', 'bad_chunk']);
const TRIES_MAX = 6;
const IN_FLIGHT_MAX = 8;
const CAREFUL_SPACING_MILLIS = 100;
const FAILED_MAX = 100;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A message that is not acknowledged. */
export class OutboundEntry {
  /** @type {'waiting' | 'sent' | 'failed'} */
  state = 'waiting';
  /** @type {ParleyError | undefined} */
  error;
  /** @type {Progress | undefined} */
  progress;

  /**
   * @param {string} id
   * @param {Draft} message
   * @param {string} createdAt
   */
  constructor(id, message, createdAt) {
    this.id = id;
    this.message = message;
    this.createdAt = createdAt;
  }
}

/**
 * What the queue knows of an entry beside it.
 * @typedef {{
 *   entry: OutboundEntry, createdAtMillis: number, bytes: number, wasSent: boolean, refusals: number,
 *   onProgress?: (progress: Progress) => void,
 *   promise: Promise<Ack>, resolve: (ack: Ack) => void, reject: (error: ParleyError) => void,
 * }} Item its `bytes` are those of the JSON that is sent
 */

/**
 * The messages that must not get lost, in the order in which they were written. Each stays until its ack and is sent
 * again, with the same id, on every new connection. One that only a WebSocket can carry waits for it, and holds back
 * those after it to the same room or person. Kept in a storage for each user apart. Dispatches `change`, `acked` and
 * `failed`.
 */
export class OutboundQueue extends TypedEvents {
  #settings;
  #link;
  #storage;
  /** @type {Item[]} */
  #items = [];
  /** Whose messages these are; unknown before the first welcome of a client with a token. @type {string | undefined} */
  #owner;
  #isOpen = false;
  #isDestroyed = false;
  /** After a refusal: one message at a time, and slowly, until everything is acknowledged. */
  #isCareful = false;
  #isSaving = false;
  /** The next {@link #pump}. @type {unknown} */
  #timer;
  /** The oldest message becomes too old. @type {unknown} */
  #ageTimer;
  #rate = new TokenBucket();
  #pacer;
  /** The long message that is on its way. @type {Item | undefined} */
  #transfer;
  #limits = { frame: Infinity, message: Infinity, chunks: true };

  /**
   * @internal
   * @param {import('../options.js').Settings} settings
   * @param {{send(frame: string): boolean, readonly bufferedAmount: number}} link
   * @param {import('./queue-storage.js').QueueStorage} storage
   * @param {string} [owner] as far as it is known
   */
  constructor(settings, link, storage, owner) {
    super();
    this.#settings = settings;
    this.#link = link;
    this.#storage = storage;
    this.#pacer = new PacedSender(settings.clock, /** @type {any} */ (link));
    if (owner !== undefined) this.#become(owner);
  }

  /** @returns {readonly OutboundEntry[]} */
  get entries() {
    return this.#items.map(({ entry }) => entry);
  }

  /**
   * @internal
   * @param {Draft} draft
   * @param {SendOptions} [options]
   * @returns {Promise<Ack>}
   */
  add(draft, { id = randomId(), onProgress } = {}) {
    const problem = this.#isDestroyed ? destroyedError() : this.#problemOf(draft, id);
    if (problem) return Promise.reject(problem);
    const now = this.#settings.clock.now();
    const item = this.#append(new OutboundEntry(id, draft, new Date(now).toISOString()), now, onProgress);
    this.#changed();
    this.#pump();
    return item.promise;
  }

  /**
   * Sends a failed message again, behind the others. A `conflict` is about the id itself, so that takes a new one.
   * @param {string} id
   * @returns {Promise<Ack>}
   */
  retry(id) {
    const item = this.#items.find(({ entry }) => entry.id === id && entry.state === 'failed');
    if (!item) {
      return Promise.reject(new QueueError(`No message '${id}' has failed.`, 'discarded'));
    }
    const { message, error } = item.entry;
    const index = this.#items.indexOf(item);
    this.#remove(item);
    const problem = this.#problemOf(message, id);
    if (problem) {
      // It can be tried once more: what somebody wrote goes only when they discard it.
      this.#items.splice(index, 0, item);
      return Promise.reject(problem);
    }
    return this.add(message, { id: error?.code === 'conflict' ? undefined : id, onProgress: item.onProgress });
  }

  /**
   * Forgets a failed message, or one that waits and was never sent.
   * @param {string} id
   * @returns {boolean} false where it may be on its way
   */
  discard(id) {
    const item = this.#items.find(({ entry }) => entry.id === id);
    if (!item || (item.wasSent && item.entry.state !== 'failed')) return false;
    this.#remove(item);
    item.reject(new QueueError('The message was discarded.', 'discarded'));
    this.#changed();
    return true;
  }

  /**
   * Signed in: whatever is unacknowledged goes out again. Messages of another user stay in the storage for that user.
   * @internal
   * @param {string} owner
   * @param {import('../../parley-client.js').Welcome['limits']} limits
   */
  opened(owner, { frame, message, rate, burst, chunks = true }) {
    this.#limits = { frame, message, chunks };
    this.#rate.reset(rate, burst, this.#settings.clock.now());
    if (owner !== this.#owner) this.#become(owner);
    this.#isOpen = true;
    for (const { entry } of this.#items) if (entry.state === 'sent') entry.state = 'waiting';
    this.#pump();
  }

  /** @internal The connection is gone. */
  released() {
    this.#isOpen = false;
    this.#endTransfer();
    this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @internal */
  destroy() {
    this.#isDestroyed = true;
    this.released();
    this.#settings.clock.clearTimeout(this.#ageTimer);
    this.#save();
    for (const { reject } of this.#items.splice(0)) reject(destroyedError());
  }

  /**
   * The server has stored a message: its ack came, or its copy.
   * @internal
   * @param {any} answer
   * @returns {boolean} whether the message was one of these
   */
  settle(answer) {
    const item = this.#items.find(({ entry }) => entry.id === answer.id);
    // A `failed` one too: it was on its way when it became too old.
    if (!item) return false;
    this.#remove(item);
    const ack = ackOf(answer);
    if (item.entry.progress) item.onProgress?.({ ...item.entry.progress, sent: item.entry.progress.total });
    item.resolve(ack);
    this.emit('acked', { entry: item.entry, ack });
    if (this.#isCareful) this.#pumpIn(CAREFUL_SPACING_MILLIS);
    this.#changed();
    this.#pump();
    return true;
  }

  /**
   * The server did not take a message. After a retryable error it refuses the later ones as well until the first one
   * comes again (protocol.md, "Errors"), so the queue stops and starts again from its head.
   * @internal
   * @param {{id?: string, code: string, message: string, retryAfter?: number}} error
   * @returns {boolean} whether it was about one of these
   */
  refuse(error) {
    const item = this.#items.find(({ entry }) => isAbout(error, entry.id));
    if (!item) return false;
    if (item.entry.state === 'failed') return true;
    if (item === this.#transfer) this.#endTransfer();
    item.entry.state = 'waiting';
    item.entry.progress = undefined;
    if (item === this.#pending()[0]) item.refusals++;
    if (PASSES.has(error.code) || (MAY_PASS.has(error.code) && item.refusals < TRIES_MAX)) {
      this.#isCareful = true;
      const backoff = backoffMillis(item.refusals, this.#settings.random, this.#settings.backoff);
      this.#pumpIn(Math.max(orderedMillis(error.retryAfter, 0), backoff));
    } else this.#fail(item, ServerError.of(error));
    this.#changed();
    this.#pump();
    return true;
  }

  /**
   * @param {Draft} draft
   * @param {string} id
   * @returns {ParleyError | undefined} why it cannot be taken
   */
  #problemOf(draft, id) {
    const { maxMessages, maxBytes } = this.#settings.queue;
    if (typeof draft.content !== 'string') {
      return new QueueError(`The content of a message is a text, not ${describe(draft.content)}.`, 'bad_message');
    }
    if (draft.type === 'message' && typeof draft.to !== 'string') {
      // Without a name it would go to everybody in the lobby.
      return new QueueError(`A message goes to a name, or to a person with a username, not to ${describe(draft.to)}.`,
        'bad_message');
    }
    if (!ID.test(id)) {
      return new QueueError(`'${id}' is no id: 1 to 64 characters of A-Z, a-z, 0-9, _ and - were expected.`,
        'bad_message');
    }
    if (this.#items.some(({ entry }) => entry.id === id)) {
      return new QueueError(`A message with the id '${id}' is on its way already.`, 'duplicate');
    }
    if (byteLength(draft.content) > this.#limits.message) return this.#tooLong(draft);
    const waiting = this.#items.filter(({ entry }) => entry.state !== 'failed');
    if (waiting.length >= maxMessages) {
      return new QueueError(`${maxMessages} messages wait already. Send less, or wait for the connection.`,
        'queue_full');
    }
    const own = byteLength(jsonOf(id, draft));
    const bytes = waiting.reduce((sum, item) => sum + item.bytes, own);
    if (bytes > maxBytes) {
      return new QueueError(`With this message ${bytes} bytes would wait; ${maxBytes} are the most.`, 'queue_full');
    }
    const { frame, chunks: takesChunks } = this.#limits;
    if (this.#isOpen && !takesChunks && own > frame) {
      // Whoever writes can still shorten it. Taken in, it would hold the room back, for hours where no WebSocket opens.
      return new QueueError(`This message has ${own} bytes of JSON; without a WebSocket ${frame} are the most.`,
        'too_long');
    }
    return undefined;
  }

  /** @param {Draft} draft */
  #tooLong({ content }) {
    return new QueueError(`This message has ${byteLength(content)} bytes; the server takes ${this.#limits.message}.`,
      'too_long');
  }

  /**
   * @param {OutboundEntry} entry
   * @param {number} createdAtMillis
   * @param {((progress: Progress) => void)} [onProgress]
   * @returns {Item}
   */
  #append(entry, createdAtMillis, onProgress) {
    let resolve = (/** @type {Ack} */ _) => {};
    let reject = (/** @type {ParleyError} */ _) => {};
    const promise = new Promise((/** @type {any} */ yes, no) => {
      resolve = yes;
      reject = no;
    });
    // Whoever does not wait for it learns of a failure by `failed`.
    promise.catch(() => {});
    const bytes = byteLength(jsonOf(entry.id, entry.message));
    const item = { entry, createdAtMillis, bytes, wasSent: false, refusals: 0, onProgress, promise, resolve, reject };
    this.#items.push(item);
    return item;
  }

  /** @param {string} owner whose messages these are from now on */
  #become(owner) {
    const written = this.#owner === undefined ? this.#items : [];
    if (this.#owner !== undefined) {
      this.#save();
      for (const { entry, reject } of this.#items) {
        if (entry.state === 'failed') continue;
        reject(new QueueError('Somebody else has signed in; the message waits for its sender.', 'user_changed'));
      }
    }
    this.#owner = owner;
    this.#items = [];
    for (const { id, message, createdAt, error } of this.#storage.load(owner)) {
      // An application that keeps its messages itself has given this one to the queue again.
      if (written.some(({ entry }) => entry.id === id)) continue;
      const item = this.#append(new OutboundEntry(id, message, createdAt), Date.parse(createdAt));
      item.wasSent = true;
      if (error) {
        item.entry.state = 'failed';
        item.entry.error = new ParleyError(error.message, error.code);
      }
    }
    this.#items.push(...written);
    this.#changed();
  }

  /** @param {Item} item */
  #remove(item) {
    if (item === this.#transfer) this.#endTransfer();
    const index = this.#items.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
  }

  /**
   * @param {Item} item
   * @param {ParleyError} error
   */
  #fail(item, error) {
    item.entry.state = 'failed';
    item.entry.error = error;
    item.reject(error);
    const failed = this.#items.filter(({ entry }) => entry.state === 'failed');
    for (const oldest of failed.slice(0, Math.max(0, failed.length - FAILED_MAX))) this.#remove(oldest);
    this.emit('failed', item.entry);
  }

  #changed() {
    this.#saveSoon();
    this.#watchAge();
    this.emit('change', this.entries);
  }

  /** Many changes of one turn are written once, before anything else happens to the page. */
  #saveSoon() {
    if (this.#isSaving || this.#owner === undefined) return;
    this.#isSaving = true;
    queueMicrotask(() => {
      this.#isSaving = false;
      // Then all was saved, and the list was emptied.
      if (!this.#isDestroyed) this.#save();
    });
  }

  #save() {
    if (this.#owner === undefined) return;
    this.#storage.save(this.#owner, this.#items.map(({ entry: { id, message, createdAt, error } }) => ({
      id, message, createdAt, error: error && { code: error.code, message: error.message },
    })));
  }

  #watchAge() {
    const { clock, queue } = this.#settings;
    clock.clearTimeout(this.#ageTimer);
    const oldest = this.#items.find(({ entry }) => entry.state !== 'failed');
    if (!oldest) return;
    const millis = Math.max(0, oldest.createdAtMillis + queue.maxAge - clock.now());
    this.#ageTimer = clock.setTimeout(() => this.#expire(), millis);
  }

  #expire() {
    const { clock, queue } = this.#settings;
    const before = clock.now() - queue.maxAge;
    for (const item of [...this.#items]) {
      if (item.entry.state === 'failed' || item.createdAtMillis > before) continue;
      if (item === this.#transfer) this.#endTransfer();
      this.#fail(item, new QueueError(item.wasSent
        ? 'The server did not confirm this message in time. It may have been stored all the same.'
        : 'This message could not be sent in time.', 'expired'));
    }
    this.#changed();
    this.#pump();
  }

  /** @param {number} millis */
  #pumpIn(millis) {
    if (this.#timer || !this.#isOpen) return;
    this.#timer = this.#settings.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, millis);
  }

  /** What this connection can carry. */
  #pending() {
    const items = this.#items.filter(({ entry }) => entry.state !== 'failed');
    if (this.#limits.chunks) return items;
    const held = heldBack(items, this.#limits.frame);
    return items.filter((item) => !held.has(item));
  }

  #pump() {
    if (!this.#isOpen || this.#timer || this.#transfer) return;
    const pending = this.#pending();
    if (pending.length === 0) this.#isCareful = false;
    let free = (this.#isCareful ? 1 : IN_FLIGHT_MAX) - pending.filter(({ entry }) => entry.state === 'sent').length;
    for (const item of pending) {
      if (item.entry.state === 'sent') continue;
      if (free-- <= 0) return;
      if (byteLength(item.entry.message.content) > this.#limits.message) {
        // It was written before the limit was known.
        this.#fail(item, this.#tooLong(item.entry.message));
        this.#changed();
        continue;
      }
      const pause = this.#rate.take(this.#settings.clock.now());
      if (pause > 0) {
        this.#pumpIn(pause);
        return;
      }
      this.#put(item);
      if (this.#transfer) return;
    }
  }

  /** @param {Item} item */
  #put(item) {
    const { entry } = item;
    const json = jsonOf(entry.id, entry.message);
    if (item.bytes > this.#limits.frame) this.#putInChunks(item, json);
    else if (this.#link.send(json)) this.#sent(item);
  }

  /** @param {Item} item */
  #sent(item) {
    item.wasSent = true;
    item.entry.state = 'sent';
    this.emit('change', this.entries);
  }

  /**
   * The messages after it wait until the last chunk is handed over: a message is stored when it is complete.
   * @param {Item} item
   * @param {string} json
   */
  #putInChunks(item, json) {
    const { entry } = item;
    const frames = chunks(json, entry.id, this.#limits.frame);
    const total = frames.reduce((sum, frame) => sum + frame.length, 0);
    const before = this.#link.bufferedAmount;
    let handedOver = 0;
    this.#transfer = item;
    this.#sent(item);
    const counted = function* () {
      for (const frame of frames) {
        handedOver += frame.length;
        yield frame;
      }
    };
    this.#pacer.start(counted(), (isDone) => {
      // What waits in the browser is not sent yet.
      const waiting = Math.max(0, this.#link.bufferedAmount - before);
      entry.progress = { sent: Math.max(0, Math.min(total, handedOver - waiting)), total };
      item.onProgress?.(entry.progress);
      this.emit('change', this.entries);
      if (!isDone) return;
      this.#transfer = undefined;
      this.#pump();
    });
  }

  #endTransfer() {
    this.#pacer.stop();
    this.#transfer = undefined;
  }
}

/**
 * @param {string} id
 * @param {Draft} message
 */
function jsonOf(id, message) {
  return JSON.stringify({ ...message, id });
}

/**
 * The ack, as the server sends it, of an ack or of the copy of a message.
 * @param {any} answer
 * @returns {Ack}
 */
function ackOf({ id, room, inbox, broadcast, seq, sentAt }) {
  const target = room === undefined ? (inbox ? { inbox } : { broadcast }) : { room };
  return { id, ...target, seq, sentAt };
}

/**
 * A transfer that is too slow is refused without an id, by a sentence that names it.
 * @param {{id?: string, code: string, message: string}} error
 * @param {string} id
 */
function isAbout(error, id) {
  return error.id === id || (error.id === undefined && error.code === 'bad_chunk' && error.message.includes(`'${id}'`));
}
