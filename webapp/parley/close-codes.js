const STANDARD_THAT_COME_BACK = new Set([1001, 1005, 1006, 1011, 1012, 1013]);

/** @type {Record<number, string>} */
const SENTENCES = {
  1000: 'The connection was ended.',
  1001: 'The server is going away.',
  1006: 'The server cannot be reached.',
  1008: 'The server refused the connection.',
  1009: 'A message was too big for the server.',
  1011: 'The server met an error.',
  1012: 'The server is restarting.',
  1013: 'The server is busy.',
  4000: 'This page could not keep up with its messages.',
  4001: 'The connection went silent.',
  4002: 'Too many messages in a short time.',
  4003: 'The token has expired.',
  4004: 'Signing in took too long.',
  4501: 'Signing in was refused.',
  4502: 'You are not allowed to connect.',
  4503: 'You connected from somewhere else, which replaced this connection.',
  4504: 'The server could not understand this page. Reload it and try again.',
  4505: 'Your access was revoked.',
};

/**
 * Whether a client reconnects by itself after this close code (protocol.md, "Close codes").
 * @param {number} code
 */
export function allowsReconnect(code) {
  return STANDARD_THAT_COME_BACK.has(code) || (code >= 4000 && code <= 4499);
}

/**
 * What a close code means, as a sentence for people.
 * @param {number} code
 * @returns {string}
 */
export function closeSentence(code) {
  return SENTENCES[code] ?? `The connection ended (${code}).`;
}
