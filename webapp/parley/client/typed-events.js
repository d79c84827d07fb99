/**
 * An EventTarget to TypeScript, whose own would take no listener of a CustomEvent.
 * @typedef {{
 *   new(): {
 *     addEventListener(type: string, listener: any, options?: boolean | AddEventListenerOptions): void,
 *     removeEventListener(type: string, listener: any, options?: boolean | EventListenerOptions): void,
 *     dispatchEvent(event: Event): boolean,
 *   },
 * }} CustomEventTarget
 */

/** An EventTarget whose events are CustomEvents, with a shorter form to listen. */
export class TypedEvents extends /** @type {CustomEventTarget} */ (EventTarget) {
  /**
   * @param {string} type
   * @param {(detail: any) => void} listener gets the `detail` of each event
   * @param {{signal?: AbortSignal}} [options]
   * @returns {() => void} takes the listener away
   */
  on(type, listener, { signal } = {}) {
    const wrapped = (/** @type {Event} */ event) => listener(/** @type {CustomEvent} */ (event).detail);
    this.addEventListener(type, wrapped, { signal });
    return () => this.removeEventListener(type, wrapped);
  }

  /**
   * @internal
   * @param {string} type
   * @param {any} [detail]
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
