/**
 * @typedef {{suspend(): void, resume(): void, check(): void, probe(): void}} Suspendable
 */

/**
 * Tells a connection what happens to its page: the network comes and goes, the page is hidden and shown, frozen and
 * resumed, put into the back/forward cache and taken out. Browsers keep no page there that has an open WebSocket.
 */
export class PageLifecycle {
  #end = new AbortController();

  /**
   * @param {EventTarget & {document?: EventTarget & {visibilityState?: string}}} page
   * @param {Suspendable} connection
   */
  constructor(page, connection) {
    const { document } = page;
    this.#listen(page, 'online', () => connection.check());
    // Browsers are wrong about this now and then, so the connection is asked, not ended.
    this.#listen(page, 'offline', () => connection.probe());
    this.#listen(page, 'pagehide', () => connection.suspend());
    this.#listen(page, 'pageshow', () => connection.resume());
    if (!document) return;
    this.#listen(document, 'freeze', () => connection.suspend());
    this.#listen(document, 'resume', () => connection.resume());
    this.#listen(document, 'visibilitychange', () => {
      if (document.visibilityState === 'visible') connection.check();
    });
  }

  /** Takes all listeners away. */
  destroy() {
    this.#end.abort();
  }

  /**
   * @param {EventTarget} target
   * @param {string} type
   * @param {() => void} listener
   */
  #listen(target, type, listener) {
    target.addEventListener(type, listener, { signal: this.#end.signal });
  }
}
