/**
 * A `close` event.
 * @param {number} code
 * @param {string} [reason]
 * @param {boolean} [wasClean]
 * @returns {CloseEvent}
 */
export function closeEvent(code, reason = '', wasClean = false) {
  return /** @type {CloseEvent} */ (create('CloseEvent', 'close', { code, reason, wasClean }));
}

/**
 * An `error` event.
 * @param {string} [message]
 * @param {unknown} [error] what is known of the cause; a browser tells nothing of it
 * @returns {ErrorEvent}
 */
export function errorEvent(message = '', error = undefined) {
  return /** @type {ErrorEvent} */ (create('ErrorEvent', 'error', { message, error, cancelable: true }));
}

/**
 * @param {string} className an event of browsers that Node has not, or not in all versions
 * @param {string} type
 * @param {object} fields
 */
function create(className, type, fields) {
  const EventClass = /** @type {any} */ (globalThis)[className];
  if (EventClass) return new EventClass(type, fields);
  const { cancelable, ...others } = /** @type {any} */ (fields);
  return Object.assign(new Event(type, { cancelable }), others);
}

/** The `on…` attributes of an event target: each holds one handler, in the place at which it was set. */
export class EventHandlers {
  #target;
  /** @type {Map<string, Function>} */
  #handlers = new Map();
  #call = (/** @type {Event} */ event) => this.#handlers.get(event.type)?.call(this.#target, event);

  /** @param {EventTarget} target */
  constructor(target) {
    this.#target = target;
  }

  /**
   * @param {string} type
   * @returns {any}
   */
  get(type) {
    return this.#handlers.get(type) ?? null;
  }

  /**
   * @param {string} type
   * @param {unknown} handler anything but a function takes the handler away
   */
  set(type, handler) {
    if (typeof handler !== 'function') {
      this.#handlers.delete(type);
      this.#target.removeEventListener(type, this.#call);
      return;
    }
    this.#handlers.set(type, handler);
    // Adding it again changes nothing.
    this.#target.addEventListener(type, this.#call);
  }
}

/**
 * Reports an error in a function of the application, as an event target reports one in a listener.
 * @param {unknown} error
 */
export function reportUncaught(error) {
  if (typeof reportError === 'function') {
    reportError(error);
    return;
  }
  // Node has no reportError.
  queueMicrotask(() => {
    throw error;
  });
}
