import { DEFAULT_BACKOFF } from './connection/backoff.js';
import { CredentialError } from './errors.js';
import { MemoryStorage, SafeStorage } from './storage.js';

/**
 * @typedef {import('../parley-client.js').ConnectOptions} ConnectOptions
 * @typedef {import('../parley-client.js').Clock} Clock
 * @typedef {import('./connection/backoff.js').BackoffSettings} BackoffSettings
 */
/**
 * The options, checked and complete.
 * @typedef {{
 *   options: ConnectOptions,
 *   positions: import('../parley-client.js').Positions,
 *   backoff: BackoffSettings, maxRetries: number, connectionTimeout: number, requestTimeout: number,
 *   queue: {maxMessages: number, maxBytes: number, maxAge: number},
 *   binary: boolean, heartbeat: {interval?: number, timeout?: number},
 *   WebSocket: import('../parley-client.js').WebSocketConstructor | undefined, fetch: typeof fetch,
 *   storage: import('../parley-client.js').SimpleStorage,
 *   clock: Clock, random: () => number, window: ConnectOptions['window'],
 *   fallback: boolean, shared: boolean, connector: import('../parley-client.js').Connector | undefined,
 * }} Settings
 */

const HOUR_MILLIS = 3_600_000;
/** The server recognises a repeated id for a day. */
const AGE_MAX_MILLIS = 12 * HOUR_MILLIS;
const TIMER_MAX_MILLIS = 2 ** 31 - 1;

const NAMES = new Set([
  'url', 'token', 'getToken', 'ticket', 'getTicket', 'username', 'startClosed', 'positions', 'backoff', 'maxRetries',
  'connectionTimeout', 'requestTimeout', 'queue', 'binary', 'heartbeat', 'WebSocket', 'fetch', 'storage', 'clock',
  'random', 'window', 'fallback', 'shared', 'connector',
]);

/** @type {Clock} */
export const SYSTEM_CLOCK = {
  now: () => Date.now(),
  setTimeout: (callback, millis) => setTimeout(callback, Math.min(millis, TIMER_MAX_MILLIS)),
  clearTimeout: (timer) => clearTimeout(timer),
};

/**
 * Checks the options and fills in the defaults.
 * @param {ConnectOptions} options
 * @returns {Settings}
 */
export function readOptions(options) {
  if (typeof options !== 'object' || options === null) {
    throw badOption(`connect() was given ${describe(options)}: an object was expected, as in`
      + " connect({ url: 'chat' }).");
  }
  for (const name of Object.keys(options)) {
    // A misspelled 'token' would otherwise be a guest.
    if (!NAMES.has(name)) throw badOption(`There is no option '${name}'. There are: ${[...NAMES].join(', ')}.`);
  }
  if (options.shared) {
    const own = ['WebSocket', 'fetch', 'connector'].filter((name) => name in options);
    if (own.length > 0) throw badOption(`Give 'shared' or '${own[0]}', not both: the shared connection has its own.`);
  }
  const { backoff = {}, queue = {}, heartbeat = {} } = options;
  return {
    options,
    positions: options.positions ?? {},
    backoff: {
      minDelay: millis('backoff.minDelay', backoff.minDelay, DEFAULT_BACKOFF.minDelay, 0),
      maxDelay: millis('backoff.maxDelay', backoff.maxDelay, DEFAULT_BACKOFF.maxDelay, 0),
      growFactor: number('backoff.growFactor', backoff.growFactor, DEFAULT_BACKOFF.growFactor, 1),
      jitter: backoff.jitter ?? DEFAULT_BACKOFF.jitter,
    },
    maxRetries: number('maxRetries', options.maxRetries, Infinity, 0),
    connectionTimeout: millis('connectionTimeout', options.connectionTimeout, 15_000, 1),
    requestTimeout: millis('requestTimeout', options.requestTimeout, 15_000, 1),
    queue: {
      maxMessages: number('queue.maxMessages', queue.maxMessages, 1_000, 1),
      maxBytes: number('queue.maxBytes', queue.maxBytes, 4 * 1024 * 1024, 1),
      maxAge: Math.min(AGE_MAX_MILLIS, millis('queue.maxAge', queue.maxAge, AGE_MAX_MILLIS, 1)),
    },
    binary: options.binary ?? false,
    heartbeat: {
      interval: heartbeat.interval === undefined ? undefined : millis('heartbeat.interval', heartbeat.interval, 0, 1),
      timeout: heartbeat.timeout === undefined ? undefined : millis('heartbeat.timeout', heartbeat.timeout, 0, 1),
    },
    WebSocket: options.WebSocket ?? /** @type {any} */ (globalThis).WebSocket,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    storage: storageOf(options.storage),
    clock: options.clock ?? SYSTEM_CLOCK,
    random: options.random ?? Math.random,
    window: options.window === undefined ? /** @type {any} */ (globalThis).window : options.window,
    fallback: options.fallback ?? true,
    shared: options.shared ?? false,
    connector: options.connector,
  };
}

/** @param {ConnectOptions['storage']} given */
function storageOf(given) {
  if (given === null) return new MemoryStorage();
  return new SafeStorage(() => given ?? (typeof window === 'undefined' ? undefined : window.sessionStorage));
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} byDefault
 * @param {number} least
 */
function millis(name, value, byDefault, least) {
  return number(name, value, byDefault, least, 'a number of milliseconds');
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {number} byDefault
 * @param {number} least
 * @param {string} [expected]
 */
function number(name, value, byDefault, least, expected = 'a number') {
  if (value === undefined) return byDefault;
  if (typeof value === 'number' && value >= least) return value;
  throw badOption(`The option '${name}' is ${describe(value)}: ${expected} from ${least} on was expected.`);
}

/** @param {string} sentence */
export function badOption(sentence) {
  return new CredentialError(sentence, 'bad_option');
}

/**
 * What a value is, in words; never what a text says, since it may be a secret.
 * @param {unknown} value
 * @returns {string}
 */
export function describe(value) {
  if (value === null || value === undefined) return String(value);
  if (value === '') return 'an empty text';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'then' in value ? 'a promise' : 'an object';
  return `a ${typeof value} (${String(value)})`;
}
