const SCHEMES = new Map([
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
  // Newer browsers take these too.
  ['http:', 'ws:'],
  ['https:', 'wss:'],
]);
/** The characters of a token (RFC 9110 section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REASON_MAX_BYTES = 123;

/**
 * The address as a WebSocket takes it. A relative one is resolved against the page's.
 * @param {unknown} url
 * @returns {string}
 * @throws {DOMException} a `SyntaxError`, as from `WebSocket`
 */
export function checkedUrl(url) {
  if (typeof url !== 'string' && !(url instanceof URL)) {
    throw syntaxError(`A WebSocket needs a URL, not ${describe(url)}.`);
  }
  const parsed = parse(String(url));
  const scheme = SCHEMES.get(parsed.protocol);
  if (scheme === undefined) {
    throw syntaxError(`The URL of a WebSocket begins with ws:, wss:, http: or https:, unlike '${url}'.`);
  }
  if (parsed.href.includes('#')) throw syntaxError(`The URL of a WebSocket has no fragment, unlike '${url}'.`);
  parsed.protocol = scheme;
  return parsed.href;
}

/** @param {string} url */
function parse(url) {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    return new URL(url, base);
  } catch (error) {
    throw syntaxError(`'${url}' is no URL: ${/** @type {Error} */ (error).message}.`);
  }
}

/**
 * The subprotocols as an array.
 * @param {unknown} protocols one, several, or none (`undefined`, `null`)
 * @returns {string[]}
 * @throws {DOMException} a `SyntaxError`, as from `WebSocket`
 */
export function checkedProtocols(protocols) {
  const all = /** @type {any[]} */ ([protocols ?? []].flat());
  for (const protocol of all) {
    if (typeof protocol !== 'string' || !TOKEN.test(protocol)) {
      throw syntaxError(`A subprotocol is a word without spaces and separators, not ${describe(protocol)}.`
        + (typeof protocol === 'object' ? ' The options are the third argument.' : ''));
    }
  }
  if (new Set(all).size < all.length) throw syntaxError(`A subprotocol stands twice in '${all.join(', ')}'.`);
  return all;
}

/**
 * Checks the arguments of `close`.
 * @param {number | undefined} code
 * @param {string | undefined} reason
 * @throws {DOMException} an `InvalidAccessError` for the code, a `SyntaxError` for the reason, as from `WebSocket`
 */
export function checkClose(code, reason) {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException(`A close code is 1000 or from 3000 to 4999, not ${code}.`, 'InvalidAccessError');
  }
  if (reason !== undefined && new TextEncoder().encode(reason).length > REASON_MAX_BYTES) {
    throw syntaxError(`The reason of a close has ${REASON_MAX_BYTES} bytes of UTF-8 at most, unlike '${reason}'.`);
  }
}

/** @param {string} message */
function syntaxError(message) {
  return new DOMException(message, 'SyntaxError');
}

/** @param {unknown} value */
function describe(value) {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
