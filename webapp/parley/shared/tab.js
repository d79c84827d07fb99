/**
 * What goes over the port between a tab and the worker, as arrays that begin with a word. From the tab: `open` with a
 * request, `frame` with what a WebSocket would send, `alive`, `close`. From the worker: `hello`, `opened` with the
 * transport, or `failed` with an error; `frame`; `taken` with the size of a frame that the network has; `alive?`;
 * `closed` with a code.
 * @typedef {{
 *   postMessage(message: any): void, close(): void, onmessage: ((event: any) => any) | null,
 * }} Port
 */
/**
 * @typedef {{
 *   opening(tab: Tab, request: any): void, received(tab: Tab, frame: any): void, gone(tab: Tab): void,
 * }} TabListener
 */

const ASK_MILLIS = 20_000;
const UNANSWERED_MAX = 2;

/**
 * A tab, as the worker sees it. One that vanishes without a word answers no more, and is given up after a minute: a
 * port does not tell. Chromium 156 gives a SharedWorker no `close` event of it; a Web Lock would tell at once, but only
 * on https.
 */
export class Tab {
  #port;
  #clock;
  #listener;
  #isGone = false;
  #unanswered = 0;
  /** @type {unknown} */
  #timer;
  /** Whether it has its `welcome`. */
  isSignedIn = false;
  /** Whether it asked for the binary payloads of others. */
  wantsBinary = false;

  /**
   * @param {Port} port
   * @param {import('../parley-client.js').Clock} clock
   * @param {TabListener} listener
   */
  constructor(port, clock, listener) {
    this.#port = port;
    this.#clock = clock;
    this.#listener = listener;
    port.onmessage = ({ data }) => this.#received(data);
    port.postMessage(['hello']);
    this.#askLater();
  }

  get isGone() {
    return this.#isGone;
  }

  /** @param {string | undefined} transport */
  opened(transport) {
    this.#post(['opened', transport]);
  }

  /**
   * It was not connected; the last word.
   * @param {import('../client/errors.js').ParleyError} error
   */
  failed({ message, code, closeCode, retryAfter }) {
    this.#post(['failed', { message, code, closeCode, retryAfter }]);
    this.#end();
  }

  /** @param {object} message */
  send(message) {
    this.sendFrame(JSON.stringify(message));
  }

  /** @param {string | ArrayBuffer} frame as the server sends it */
  sendFrame(frame) {
    this.#post(['frame', frame]);
  }

  /** @param {number} size of a frame */
  taken(size) {
    this.#post(['taken', size]);
  }

  /** @param {number} code of the close; the last word */
  closed(code) {
    this.#post(['closed', code]);
    this.#end();
  }

  /** @param {any[]} message */
  #post(message) {
    if (!this.#isGone) this.#port.postMessage(message);
  }

  /** @param {any[]} message */
  #received([word, value]) {
    this.#unanswered = 0;
    if (this.#isGone) return;
    if (word === 'open') this.#listener.opening(this, value);
    else if (word === 'frame') this.#listener.received(this, value);
    else if (word === 'close') this.#goes();
  }

  #askLater() {
    this.#timer = this.#clock.setTimeout(() => {
      if (++this.#unanswered > UNANSWERED_MAX) {
        // Should it be there after all, it connects again.
        this.#post(['closed', 1006]);
        this.#goes();
        return;
      }
      this.#post(['alive?']);
      this.#askLater();
    }, ASK_MILLIS);
  }

  #goes() {
    this.#end();
    this.#listener.gone(this);
  }

  #end() {
    this.#isGone = true;
    this.#clock.clearTimeout(this.#timer);
    this.#port.close();
  }
}
