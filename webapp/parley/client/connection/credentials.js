import { CredentialError } from '../errors.js';
import { badOption, describe } from '../options.js';

/**
 * @typedef {import('../../parley-client.js').Attempt} Attempt
 * @typedef {import('../../parley-client.js').ConnectOptions} ConnectOptions
 * @typedef {{url: string, token?: string, ticket?: string, username?: string}} Credential what one attempt brings
 */
/**
 * One of the four things that an application gives as a value or by a function.
 * @typedef {{name: string, kind: 'url' | 'token' | 'ticket' | 'username', value: unknown}} Source
 */

/** What tells who somebody is: all that a client may be given anew. */
const WHO = ['token', 'getToken', 'ticket', 'getTicket', 'username'];
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
/** The failure of a function of the application is like a server that cannot be reached: it may be the same network. */
const COMES_BACK = 1006;

/** @type {Record<Source['kind'], (value: unknown) => string>} each returns the checked value, or throws WrongValue */
const CHECKS = {
  url: checkedUrl,
  token: (value) => checkedSecret(value, 'a JWT as text was expected'),
  ticket: (value) => checkedSecret(value, 'a ticket as text was expected'),
  username: checkedName,
};

/**
 * Asks the application for URL, token or ticket, and username, anew for each attempt. What is of the wrong kind is an
 * error that says what was got, at once for a value and when it is asked for a function: an `async` function that was
 * not awaited must not make its user a guest.
 */
export class Credentials {
  #sources;
  #isTicketUsed = false;

  /** @param {ConnectOptions} options */
  constructor(options) {
    const url = source(options, 'url', ['url']);
    if (!url) {
      throw new CredentialError("The option 'url' is missing: give the address of an endpoint, such as"
        + " 'wss://chat.example/chat'.", 'bad_url');
    }
    this.#sources = { url, ...sourcesOf(options) };
  }

  /**
   * Puts somebody in the place of who it was; the address stays. Where it throws, nothing has changed.
   * @param {import('../../parley-client.js').SignIn} who
   */
  replace(who) {
    if (typeof who !== 'object' || who === null) {
      throw badOption(`login() was given ${describe(who)}: an object was expected, as in login({ token }).`);
    }
    for (const name of Object.keys(who)) {
      // A misspelled 'token' would otherwise be a guest.
      if (!WHO.includes(name)) throw badOption(`login() takes no '${name}'. It takes: ${WHO.join(', ')}.`);
    }
    this.#sources = { url: this.#sources.url, ...sourcesOf(who) };
    this.#isTicketUsed = false;
  }

  /** Whether the application, asked again, may give another credential. */
  get isRenewable() {
    return isFunction(this.#sources.token) || isFunction(this.#sources.ticket);
  }

  /** Whether a token can be renewed on the open connection. */
  get hasTokenFunction() {
    return isFunction(this.#sources.token);
  }

  get isGuest() {
    return !this.#sources.token && !this.#sources.ticket;
  }

  /** The username, where it is known without asking. */
  get knownUsername() {
    const value = this.#sources.username?.value;
    return typeof value === 'string' ? value : undefined;
  }

  /** The address, where it is known without asking. */
  get knownUrl() {
    const { url } = this.#sources;
    return isFunction(url) ? undefined : checkedUrl(url.value);
  }

  /**
   * @param {Attempt} attempt
   * @returns {Promise<Credential>} rejects with a {@link CredentialError}, or with the signal's reason
   */
  async resolve(attempt) {
    const { url, ticket, username } = this.#sources;
    return {
      url: await ask(url, attempt),
      token: await this.token(attempt),
      ticket: ticket && await this.#freshTicket(ticket, attempt),
      username: username && await ask(username, attempt),
    };
  }

  /**
   * @param {Attempt} attempt
   * @returns {Promise<string | undefined>}
   */
  async token(attempt) {
    return this.#sources.token && ask(this.#sources.token, attempt);
  }

  /**
   * @param {Attempt} attempt
   * @returns {Promise<string | undefined>} a ticket for something else than a connection, such as a file
   */
  async ticket(attempt) {
    return isFunction(this.#sources.ticket) ? ask(/** @type {Source} */ (this.#sources.ticket), attempt) : undefined;
  }

  /**
   * @param {Source} source
   * @param {Attempt} attempt
   */
  async #freshTicket(source, attempt) {
    if (!isFunction(source) && this.#isTicketUsed) {
      throw new CredentialError('The ticket was used, and is good once. To reconnect, give a function that gets a new'
        + " one: connect({ url, getTicket: async () => … }).", 'bad_ticket');
    }
    this.#isTicketUsed = true;
    return ask(source, attempt);
  }
}

/** @param {import('../../parley-client.js').SignIn} options */
function sourcesOf(options) {
  const token = source(options, 'token', ['token', 'getToken']);
  const ticket = source(options, 'ticket', ['ticket', 'getTicket']);
  if (token && ticket) {
    throw badOption(`Give a token or a ticket, not both: '${token.name}' and '${ticket.name}' are there.`);
  }
  return { token, ticket, username: source(options, 'username', ['username']) };
}

/**
 * @param {object} options
 * @param {Source['kind']} kind
 * @param {string[]} names of the option and its alias
 * @returns {Source | undefined}
 */
function source(options, kind, names) {
  const given = names.filter((name) => name in options);
  if (given.length === 0) return undefined;
  if (given.length > 1) throw badOption(`Give '${given[0]}' or '${given[1]}', not both: they mean the same.`);
  const name = given[0];
  const value = /** @type {any} */ (options)[name];
  if (kind === 'username' && value === undefined) return undefined;
  const source = { name, kind, value };
  if (!isFunction(source)) check(source, value);
  return source;
}

/** @param {Source | undefined} source */
function isFunction(source) {
  return typeof source?.value === 'function';
}

/**
 * @param {Source} source
 * @param {Attempt} attempt
 * @returns {Promise<string>}
 */
async function ask(source, attempt) {
  if (typeof source.value !== 'function') return check(source, source.value);
  let value;
  try {
    value = await unlessAborted(source.value(attempt), attempt.signal);
  } catch (cause) {
    if (attempt.signal.aborted) throw attempt.signal.reason;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CredentialError(`The function '${source.name}' failed: ${reason}`, `${source.kind}_failed`,
      { cause, closeCode: COMES_BACK });
  }
  return check(source, value);
}

/**
 * @param {Source} source
 * @param {unknown} value
 * @returns {string}
 */
function check({ name, kind, value: given }, value) {
  try {
    return CHECKS[kind](value);
  } catch (cause) {
    if (!(cause instanceof WrongValue)) throw cause;
    const subject = typeof given === 'function' ? `The function '${name}' gave` : `The option '${name}' is`;
    const isOptional = kind !== 'url' && typeof given !== 'function';
    const hint = isOptional ? ` Leave '${name}' out to do without.` : '';
    throw new CredentialError(`${subject} ${cause.message}.${hint}`, `bad_${kind}`);
  }
}

class WrongValue extends Error {}

/**
 * @param {unknown} value
 * @param {string} expected
 * @returns {never}
 */
function wrong(value, expected) {
  const what = describe(value);
  const hint = what === 'a promise' ? '; give the function that makes the promise' : '';
  throw new WrongValue(`${what}: ${expected}${hint}`);
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function checkedName(value) {
  return typeof value === 'string' && value !== '' ? value : wrong(value, 'a name as text was expected');
}

/**
 * @param {unknown} value
 * @param {string} expected
 * @returns {string}
 */
function checkedSecret(value, expected) {
  if (typeof value !== 'string' || value === '') return wrong(value, expected);
  if (!VISIBLE_ASCII.test(value)) {
    throw new WrongValue(`a text with white space or other characters that none has: ${expected}`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @returns {string} absolute, with `ws` or `wss`
 */
function checkedUrl(value) {
  const expected = "an address such as 'wss://chat.example/chat' was expected";
  if (!(value instanceof URL) && (typeof value !== 'string' || value === '')) return wrong(value, expected);
  const base = typeof document === 'undefined' ? undefined : document.baseURI;
  if (!URL.canParse(value, base)) {
    const hint = base ? '' : ' (without a page it must be absolute)';
    throw new WrongValue(`'${value}', which is no address${hint}: ${expected}`);
  }
  const url = new URL(value, base);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (!/^wss?:$/.test(url.protocol)) throw new WrongValue(`'${value}': ws, wss, http or https was expected`);
  if (url.username || url.password) throw new WrongValue('an address with a user or a password, which browsers refuse');
  url.hash = '';
  return url.href;
}

/**
 * @template T
 * @param {T | PromiseLike<T>} value
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
export async function unlessAborted(value, signal) {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
  });
  try {
    return /** @type {T} */ (await Promise.race([value, aborted]));
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
