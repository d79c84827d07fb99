import { backoffMillis } from './backoff.js';

/** Part of a token's life after which it is renewed. */
const RENEW_AT = 0.8;
const LEAST_MILLIS = 1_000;

/**
 * Renews the token on the open connection, before it expires. A renewal that fails is tried again; the connection stays
 * until the token expires.
 */
export class TokenRenewal {
  #settings;
  #renew;
  #failed;
  /** @type {unknown} */
  #timer;
  #end = new AbortController();

  /**
   * @param {import('../options.js').Settings} settings
   * @param {(signal: AbortSignal) => Promise<{expiresIn?: number}>} renew brings a new token; gives the `welcome`
   * @param {(error: any) => void} failed told of each failure
   */
  constructor(settings, renew, failed) {
    this.#settings = settings;
    this.#renew = renew;
    this.#failed = failed;
  }

  /** @param {number | undefined} expiresIn ms, of a `welcome` */
  start(expiresIn) {
    this.stop();
    if (expiresIn === undefined) return;
    this.#end = new AbortController();
    this.#in(Math.max(LEAST_MILLIS, expiresIn * RENEW_AT), 0);
  }

  stop() {
    this.#settings.clock.clearTimeout(this.#timer);
    this.#end.abort();
  }

  /**
   * @param {number} millis
   * @param {number} failures
   */
  #in(millis, failures) {
    this.#timer = this.#settings.clock.setTimeout(() => this.#run(failures), millis);
  }

  /** @param {number} failures */
  async #run(failures) {
    const { signal } = this.#end;
    try {
      const { expiresIn } = await this.#renew(signal);
      if (!signal.aborted) this.start(expiresIn);
    } catch (error) {
      if (signal.aborted) return;
      const { random, backoff } = this.#settings;
      this.#in(Math.max(LEAST_MILLIS, backoffMillis(failures, random, backoff)), failures + 1);
      this.#failed(error);
    }
  }
}
