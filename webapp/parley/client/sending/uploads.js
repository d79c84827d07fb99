import { orderedMillis } from '../connection/backoff.js';
import { ConnectionError, ParleyError, QueueError, ServerError, destroyedError } from '../errors.js';
import { randomId } from '../random-id.js';
import { bytesOf, sizeOf } from './binary-frames.js';
import { PacedSender } from './paced-sender.js';

/**
 * @typedef {import('../../parley-client.js').Attachment} Attachment
 * @typedef {import('../../parley-client.js').FileContent} FileContent
 * @typedef {import('../../parley-client.js').UploadOptions} UploadOptions
 */
/**
 * @typedef {{
 *   message: {type: 'upload', room: string, name: string, mediaType: string, size: number},
 *   content: Blob | Uint8Array<ArrayBuffer>, id: string, tries: number, isAborted: boolean,
 *   options: UploadOptions, resolve: (attachment: Attachment) => void, reject: (error: any) => void,
 * }} Upload
 */

const WAITING_MAX = 100;
const TRIES_MAX = 6;
const PART_BYTES = 60 * 1024;
const PAUSE_LEAST_MILLIS = 500;
/** The server gives an upload up on which nothing came for 15 s, and says so. */
const SILENCE_MAX_MILLIS = 30_000;
const PASSES = new Set(['rate_limited', 'store_unavailable']);
const MAY_PASS = new Set(['internal', 'bad_chunk']);

/** Sends files, one at a time, as the server takes them. One that a lost connection cuts off begins anew. */
export class Uploads {
  #settings;
  #link;
  #pacer;
  #isOpen = false;
  #isDestroyed = false;
  #frameMax = PART_BYTES;
  /** @type {Upload[]} the first is under way, or will be */
  #waiting = [];
  /** Whether the server knows of the first. */
  #isAnnounced = false;
  /** The next look at the queue, or the deadline of what is under way. @type {unknown} */
  #timer;

  /**
   * @param {import('../options.js').Settings} settings
   * @param {{
   *   send(frame: string | ArrayBufferView<ArrayBuffer> | Blob): boolean, readonly bufferedAmount: number,
   * }} link
   */
  constructor(settings, link) {
    this.#settings = settings;
    this.#link = link;
    this.#pacer = new PacedSender(settings.clock, link);
  }

  /** While an upload is under way, every binary frame is taken for a part of it. */
  get isUnderWay() {
    return this.#isAnnounced;
  }

  /**
   * @param {string} room
   * @param {FileContent} file
   * @param {UploadOptions} [options]
   * @returns {Promise<Attachment>}
   */
  add(room, file, options = {}) {
    if (this.#isDestroyed) return Promise.reject(destroyedError());
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new QueueError(`${WAITING_MAX} files wait already.`, 'queue_full'));
    }
    return new Promise((resolve, reject) => {
      const size = sizeOf(file);
      const isBlob = file instanceof Blob;
      const name = options.name ?? (isBlob && 'name' in file ? String(file.name) : 'file');
      // Parameters, as in text/plain;charset=utf-8, are not taken.
      const type = (options.mediaType ?? (isBlob ? file.type : '')).split(';')[0].trim();
      const mediaType = type || 'application/octet-stream';
      /** @type {Upload} */
      const upload = {
        message: { type: 'upload', room, name, mediaType, size },
        content: isBlob ? file : bytesOf(file), id: '', tries: 0, isAborted: false, options, resolve, reject,
      };
      options.signal?.throwIfAborted();
      options.signal?.addEventListener('abort', () => this.#abort(upload));
      this.#waiting.push(upload);
      this.#next();
    });
  }

  /** @param {{frame: number}} limits of the `welcome` */
  opened({ frame }) {
    this.#isOpen = true;
    this.#frameMax = Math.min(PART_BYTES, frame);
    this.#next();
  }

  /** The connection is gone: what was under way begins anew. */
  released() {
    this.#isOpen = false;
    if (this.#isAnnounced && this.#waiting[0].tries >= TRIES_MAX) {
      this.#settle()?.reject(new ConnectionError(`The connection was lost ${TRIES_MAX} times during the upload.`,
        'disconnected'));
    } else if (this.#isAnnounced && this.#waiting[0].isAborted) this.#settle();
    else this.#pause();
  }

  destroy() {
    this.#isDestroyed = true;
    this.#isOpen = false;
    this.#pause();
    for (const { reject } of this.#waiting.splice(0)) reject(destroyedError());
  }

  /**
   * @param {any} message
   * @returns {boolean} whether it is about the upload that is under way
   */
  receive(message) {
    const upload = this.#waiting[0];
    if (!this.#isAnnounced || message.id !== upload.id) return false;
    if (message.type === 'uploaded') {
      const { size } = upload.message;
      this.#settle();
      upload.options.onProgress?.({ sent: size, total: size });
      upload.resolve(message.attachment);
      this.#next();
    } else if (message.type === 'error') this.#refused(upload, message);
    else if (message.type === 'ack') this.#sendBytes(upload);
    return true;
  }

  #next() {
    const upload = this.#waiting[0];
    if (!upload || !this.#isOpen || this.#isAnnounced || this.#timer !== undefined) return;
    upload.id = randomId();
    upload.tries++;
    this.#isAnnounced = this.#link.send(JSON.stringify({ ...upload.message, id: upload.id }));
    this.#watch();
  }

  /** @param {Upload} upload */
  #sendBytes(upload) {
    const { content, message: { size: total }, options } = upload;
    const frameMax = this.#frameMax;
    const before = this.#link.bufferedAmount;
    let handedOver = 0;
    const parts = function* () {
      while (handedOver < total && !upload.isAborted) {
        const start = handedOver;
        handedOver = Math.min(total, start + frameMax);
        yield content instanceof Blob ? content.slice(start, handedOver) : content.subarray(start, handedOver);
      }
    };
    this.#pacer.start(parts(), () => {
      this.#watch();
      if (upload.isAborted) return;
      const waiting = Math.max(0, this.#link.bufferedAmount - before);
      options.onProgress?.({ sent: Math.max(0, Math.min(total, handedOver - waiting)), total });
    });
  }

  /**
   * @param {Upload} upload
   * @param {{code: string, message: string, retryAfter?: number}} error
   */
  #refused(upload, error) {
    const mayPass = PASSES.has(error.code) || (MAY_PASS.has(error.code) && upload.tries < TRIES_MAX);
    if (upload.isAborted || !mayPass) {
      this.#settle()?.reject(ServerError.of(error));
      this.#next();
      return;
    }
    this.#pause();
    this.#timer = this.#settings.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, orderedMillis(error.retryAfter, PAUSE_LEAST_MILLIS));
  }

  /**
   * An upload that is under way cannot be taken back: the server ends it when no more bytes come.
   * @param {Upload} upload
   */
  #abort(upload) {
    const index = this.#waiting.indexOf(upload);
    if (index < 0) return;
    upload.reject(upload.options.signal?.reason);
    if (index === 0 && this.#isAnnounced) upload.isAborted = true;
    else this.#waiting.splice(index, 1);
  }

  /** @returns {Upload | undefined} the first, which has ended */
  #settle() {
    this.#pause();
    return this.#waiting.shift();
  }

  #pause() {
    this.#pacer.stop();
    this.#settings.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isAnnounced = false;
  }

  #watch() {
    const { clock } = this.#settings;
    clock.clearTimeout(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.#settle()?.reject(new ParleyError('The server did not answer to the upload in time.', 'timeout'));
      this.#next();
    }, SILENCE_MAX_MILLIS);
  }
}
