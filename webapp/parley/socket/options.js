/** The longest delay that a timer takes; it takes a longer one for "at once". */
const LONGEST_MILLIS = 2 ** 31 - 1;

/**
 * @typedef {object} SocketOptions
 * @property {new (url: string, protocols?: string[]) => any} [WebSocket] the class that connects, for Node before 22,
 *   for tests, or to wrap it. The global `WebSocket` by default.
 * @property {number} [minReconnectionDelay] ms before the first try after a connection was lost, 1,000 by default
 * @property {number} [maxReconnectionDelay] ms before any try at most, 10,000 by default
 * @property {number} [reconnectionDelayGrowFactor] by how much the delay grows with each try, 1.3 by default
 * @property {boolean} [jitter] `true`, the default: each delay is a random part of that (full jitter), so that clients
 *   which lost the same server do not come back together. `false`: exactly that delay.
 * @property {number} [minUptime] ms after which a connection counts as stable and the delays begin anew, 5,000 by
 *   default
 * @property {number} [connectionTimeout] ms within which the functions must give the address, and as many again within
 *   which the socket must open; 4,000 by default, `Infinity` for no limit
 * @property {number} [maxRetries] tries in a row after the first, without a stable connection between them, `Infinity`
 *   by default
 * @property {number} [maxEnqueuedMessages] messages that wait for a connection at most, 1,000 by default
 * @property {boolean} [startClosed] connect only when `reconnect()` is called, `false` by default
 * @property {(event: CloseEvent) => boolean} [shouldReconnect] whether to come back after this close. By default
 *   always, except after the codes from 4500 to 4999.
 * @property {boolean} [debug] log what happens by `console.log`, `false` by default
 * @property {number} [maxReconnectAttempts] another name of `maxRetries`
 * @property {number} [reconnectDelay] another name of `minReconnectionDelay`
 * @property {number} [reconnectDelayMultiplier] another name of `reconnectionDelayGrowFactor`
 */

/** @type {Record<string, string>} */
const ALIASES = {
  maxReconnectAttempts: 'maxRetries',
  reconnectDelay: 'minReconnectionDelay',
  reconnectDelayMultiplier: 'reconnectionDelayGrowFactor',
};

const DEFAULTS = {
  minReconnectionDelay: 1_000,
  maxReconnectionDelay: 10_000,
  reconnectionDelayGrowFactor: 1.3,
  jitter: true,
  minUptime: 5_000,
  connectionTimeout: 4_000,
  maxRetries: Infinity,
  maxEnqueuedMessages: 1_000,
  startClosed: false,
  shouldReconnect: isWorthComingBack,
  debug: false,
};

/**
 * Whether to come back after this close, by default. By 4500 to 4999 a server says that another try changes nothing.
 * @param {{code: number}} event
 */
export function isWorthComingBack({ code }) {
  return code < 4500;
}

/** The options with their defaults. */
export class CheckedSocketOptions {
  #values;
  /** @type {typeof WebSocket} */
  WebSocket;

  /**
   * @param {SocketOptions} options
   * @throws {TypeError} for a value of the wrong kind, and where there is no `WebSocket`
   * @throws {RangeError} for a number that makes no sense
   */
  constructor(options) {
    if (typeof options !== 'object' || options === null) {
      throw new TypeError(`The options must be an object, not ${String(options)}.`);
    }
    const given = /** @type {Record<string, unknown>} */ (withoutAliases(options));
    this.#values = { ...DEFAULTS };
    for (const name of /** @type {(keyof typeof DEFAULTS)[]} */ (Object.keys(DEFAULTS))) {
      if (given[name] === undefined) continue;
      check(name, given[name], DEFAULTS[name]);
      Object.assign(this.#values, { [name]: given[name] });
    }
    this.WebSocket = checkedClass(given.WebSocket ?? globalThis.WebSocket);
  }

  get minUptime() {
    return Math.min(LONGEST_MILLIS, this.#values.minUptime);
  }

  /** `undefined` for no limit. */
  get connectionTimeout() {
    const millis = this.#values.connectionTimeout;
    return millis === Infinity ? undefined : Math.min(LONGEST_MILLIS, millis);
  }

  get maxRetries() {
    return this.#values.maxRetries;
  }

  get maxEnqueuedMessages() {
    return this.#values.maxEnqueuedMessages;
  }

  get startClosed() {
    return this.#values.startClosed;
  }

  get debug() {
    return this.#values.debug;
  }

  /**
   * Whether to come back after this close.
   * @param {CloseEvent} event
   * @throws {TypeError} if the application's function gives anything but `true` or `false`
   */
  shouldReconnect(event) {
    const answer = this.#values.shouldReconnect(event);
    // A promise would count as "yes", and a forgotten return as "no".
    if (typeof answer === 'boolean') return answer;
    throw new TypeError(`shouldReconnect must give true or false, not ${String(answer)}.`);
  }

  /**
   * The delay before a try.
   * @param {number} retry from 1
   * @returns {number} ms
   */
  delayMillis(retry) {
    const { minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor, jitter } = this.#values;
    const grown = minReconnectionDelay * reconnectionDelayGrowFactor ** (retry - 1);
    const delay = Math.min(LONGEST_MILLIS, maxReconnectionDelay, grown);
    return jitter ? Math.random() * delay : delay;
  }
}

/** @param {SocketOptions} options */
function withoutAliases(options) {
  const given = /** @type {Record<string, unknown>} */ ({ ...options });
  for (const [alias, name] of Object.entries(ALIASES)) {
    if (given[alias] === undefined) continue;
    if (given[name] !== undefined) throw new TypeError(`${alias} is another name of ${name}: give one of them.`);
    given[name] = given[alias];
  }
  return given;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {unknown} example
 */
function check(name, value, example) {
  if (typeof value !== typeof example) {
    throw new TypeError(`The option ${name} must be a ${typeof example}, not ${String(value)}.`);
  }
  if (typeof value === 'number' && !(value >= 0)) {
    throw new RangeError(`The option ${name} must be 0 or more, not ${value}.`);
  }
}

/**
 * @param {unknown} candidate
 * @returns {typeof WebSocket}
 */
function checkedClass(candidate) {
  if (candidate === undefined) {
    throw new TypeError('There is no WebSocket here: pass a class in the option WebSocket, for instance that of "ws".');
  }
  if (typeof candidate !== 'function') {
    throw new TypeError(`The option WebSocket must be a class, not ${String(candidate)}.`);
  }
  return /** @type {typeof WebSocket} */ (candidate);
}
