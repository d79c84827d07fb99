/** As much may wait in the browser, so that a heartbeat between two frames of a file gets through in time. */
const BUFFERED_MAX = 128 * 1024;
/** A WebSocket has no event for an empty buffer. */
const LOOK_AGAIN_MILLIS = 20;

/** @typedef {string | ArrayBufferView<ArrayBuffer> | Blob} Frame */

/**
 * Sends many frames one after the other, as fast as the connection takes them and no faster.
 */
export class PacedSender {
  #clock;
  #link;
  /** @type {unknown} */
  #timer;
  /** @type {(() => void) | undefined} */
  #step;

  /**
   * @param {import('../../parley-client.js').Clock} clock
   * @param {{send(frame: Frame): boolean, readonly bufferedAmount: number}} link
   */
  constructor(clock, link) {
    this.#clock = clock;
    this.#link = link;
  }

  get isBusy() {
    return this.#step !== undefined;
  }

  /**
   * @param {Iterator<Frame>} frames
   * @param {(isDone: boolean) => void} advanced called after each step; with true when the last frame was handed over
   */
  start(frames, advanced) {
    this.#step = () => {
      while (this.#link.bufferedAmount < BUFFERED_MAX) {
        const next = frames.next();
        if (next.done) {
          this.#step = undefined;
          advanced(true);
          return;
        }
        // Where the connection has gone, whoever started this is told of it and stops it.
        this.#link.send(next.value);
      }
      this.#timer = this.#clock.setTimeout(() => this.#step?.(), LOOK_AGAIN_MILLIS);
      advanced(false);
    };
    this.#step();
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#step = undefined;
  }
}
