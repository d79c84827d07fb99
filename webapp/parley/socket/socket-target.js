import { EventHandlers } from './events.js';

/**
 * The part of a `WebSocket` that does not depend on what carries its messages: the constants of its state, and the
 * `on…` attributes.
 */
export class SocketTarget extends EventTarget {
  /** @returns {0} */
  static get CONNECTING() {
    return 0;
  }

  /** @returns {1} */
  static get OPEN() {
    return 1;
  }

  /** @returns {2} */
  static get CLOSING() {
    return 2;
  }

  /** @returns {3} */
  static get CLOSED() {
    return 3;
  }

  #handlers = new EventHandlers(this);

  /** @returns {0} */
  get CONNECTING() {
    return SocketTarget.CONNECTING;
  }

  /** @returns {1} */
  get OPEN() {
    return SocketTarget.OPEN;
  }

  /** @returns {2} */
  get CLOSING() {
    return SocketTarget.CLOSING;
  }

  /** @returns {3} */
  get CLOSED() {
    return SocketTarget.CLOSED;
  }

  /** @returns {((event: Event) => void) | null} */
  get onopen() {
    return this.#handlers.get('open');
  }

  set onopen(handler) {
    this.#handlers.set('open', handler);
  }

  /** @returns {((event: MessageEvent) => void) | null} */
  get onmessage() {
    return this.#handlers.get('message');
  }

  set onmessage(handler) {
    this.#handlers.set('message', handler);
  }

  /** @returns {((event: ErrorEvent) => void) | null} */
  get onerror() {
    return this.#handlers.get('error');
  }

  set onerror(handler) {
    this.#handlers.set('error', handler);
  }

  /** @returns {((event: CloseEvent) => void) | null} */
  get onclose() {
    return this.#handlers.get('close');
  }

  set onclose(handler) {
    this.#handlers.set('close', handler);
  }
}
