import { HttpProblem, positionFrom, positionText } from './api.js';
import { eventsOf } from './event-stream.js';

/** Tries in a row of which none brings anything. */
const RETRIES = 3;
const RETRY_MILLIS = 1_000;
/** A stream without a sign of life for so long is dead: the server sends one every 30 s. */
const SILENCE_MILLIS = 45_000;

/** @typedef {import('./api.js').Position} Position */

/**
 * @typedef {object} ReaderListener
 * @property {(position: Position, isRecovered: boolean, channel: string) => void} begun once, before the first
 *   message, with the channel as the server calls it
 * @property {(message: any) => void} received in the order of the channel, each message once
 * @property {() => number} pollMillis between two questions of a reader that asks
 * @property {() => void} alive whenever something came from the server
 * @property {(error: unknown) => void} ended an {@link HttpProblem}, or what `fetch` threw; the last call
 */

/**
 * Reads one channel from a position on, until it is stopped or cannot go on. What breaks off is taken up where it was.
 */
class ChannelReader {
  #end = new AbortController();
  #hasBegun = false;
  #failures = 0;
  /** @type {string | undefined} the position that was read last */
  after;

  /**
   * @param {import('./api.js').HttpApi} api
   * @param {string} channel as in `positions`
   * @param {Position | undefined} position of the last message that the application has
   * @param {ReaderListener} listener
   */
  constructor(api, channel, position, listener) {
    this.api = api;
    this.channel = channel;
    this.listener = listener;
    this.isRecovered = position !== undefined;
    this.after = position && positionText(position);
  }

  start() {
    this.#run();
    return this;
  }

  get signal() {
    return this.#end.signal;
  }

  stop() {
    this.#end.abort();
  }

  /**
   * Reads for a while.
   * @abstract
   * @returns {Promise<number>} ms to wait before the next call
   */
  async read() {
    throw new Error('Each reader has its own.');
  }

  async #run() {
    while (!this.signal.aborted) {
      const pause = await this.#readOrRecover();
      if (pause > 0) await waited(pause, this.signal);
    }
  }

  /** @returns {Promise<number>} ms until the next call */
  async #readOrRecover() {
    try {
      return await this.read();
    } catch (error) {
      if (this.signal.aborted) return 0;
      const pause = this.#pauseAfter(error);
      if (pause !== undefined) return pause;
      this.stop();
      this.listener.ended(error);
      return 0;
    }
  }

  /**
   * @param {unknown} error
   * @returns {number | undefined} ms until the next try; `undefined` to give up
   */
  #pauseAfter(error) {
    this.#failures++;
    if (error instanceof HttpProblem) {
      const { status, body, retryAfter } = error.problem;
      if (status === 410 && body.position && !this.#hasBegun) {
        // The application is told that it must reload the channel.
        this.isRecovered = false;
        this.after = positionText(body.position);
        return 0;
      }
      if (error instanceof EndOfStream || (status < 500 && status !== 429)) return undefined;
      if (retryAfter !== undefined && this.#failures <= RETRIES) return retryAfter;
    }
    return this.#failures <= RETRIES ? RETRY_MILLIS * Math.random() * 2 ** this.#failures : undefined;
  }

  /** Something came from the server. */
  heard() {
    this.#failures = 0;
    this.listener.alive();
  }

  /**
   * @param {string} position
   * @param {string} channel as the server calls it
   */
  begin(position, channel) {
    this.after = position;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.listener.begun(positionFrom(position), this.isRecovered, channel);
  }
}

/** Reads by a stream of server-sent events. */
export class StreamReader extends ChannelReader {
  /** @override */
  async read() {
    const silence = new Silence(this.signal);
    try {
      const body = await this.api.stream(this.channel, this.after, silence.signal);
      for await (const { event, id, data, retry } of eventsOf(body)) {
        silence.end();
        this.heard();
        if (this.signal.aborted) return 0;
        if (event === 'end') return endOf(JSON.parse(data), retry);
        if (id === undefined) continue;
        if (event === 'position') this.begin(id, JSON.parse(data).channel);
        else if (event === '') {
          this.after = id;
          this.listener.received(JSON.parse(data));
        }
      }
      // It broke off.
      throw new Error('The stream of the server ended.');
    } finally {
      silence.stop();
    }
  }
}

/** Reads by asking from time to time, for more channels than a browser has connections. */
export class PollReader extends ChannelReader {
  /** @override */
  async read() {
    const silence = new Silence(this.signal);
    try {
      const query = this.after === undefined ? {} : { after: this.after };
      const { channel, position, messages, more } = await this.api.page(this.channel, query, silence.signal);
      this.heard();
      if (this.signal.aborted) return 0;
      this.begin(this.after ?? positionText(position), channel);
      for (const message of messages) this.listener.received(message);
      this.after = positionText(position);
      return more ? 0 : this.listener.pollMillis();
    } finally {
      silence.stop();
    }
  }
}

/** What the server says at the end of a stream, for good. */
class EndOfStream extends HttpProblem {}

/**
 * @param {{code: string, status: number, detail?: string}} problem
 * @param {number | undefined} retry ms
 * @returns {number} ms after which to go on
 * @throws {EndOfStream} if there is no going on
 */
function endOf(problem, retry) {
  const { code, status, detail = code } = problem;
  if (code === 'try_again_later') return retry ?? RETRY_MILLIS * Math.random();
  throw new EndOfStream({ code, message: detail, status, retryAfter: retry, body: problem });
}

/** Aborts what has been silent for too long. */
class Silence {
  #silent = new AbortController();
  #isSilent = () => this.#silent.abort(new Error(`Nothing came from the server within ${SILENCE_MILLIS} ms.`));
  /** @type {ReturnType<typeof setTimeout>} */
  #timer = setTimeout(this.#isSilent, SILENCE_MILLIS);
  #outer;
  #stopped = () => this.#silent.abort();

  /** @param {AbortSignal} outer */
  constructor(outer) {
    this.#outer = outer;
    outer.addEventListener('abort', this.#stopped);
    if (outer.aborted) this.#stopped();
  }

  get signal() {
    return this.#silent.signal;
  }

  /** Something came. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#isSilent, SILENCE_MILLIS);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#stopped);
  }
}

/**
 * @param {number} millis
 * @param {AbortSignal} signal ends the wait
 * @returns {Promise<void>}
 */
function waited(millis, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, millis);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
