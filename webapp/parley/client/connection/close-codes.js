import { ConnectionError } from '../errors.js';

/** @type {Record<number, [string, string]>} name of the code, and what it means for people */
const CODES = {
  1000: ['closed', 'The connection was ended.'],
  1001: ['going_away', 'The server is going away.'],
  1002: ['protocol_error', 'The server took something for a breach of the WebSocket protocol.'],
  1003: ['unsupported_data', 'The server does not take this kind of data.'],
  1005: ['disconnected', 'The connection was lost.'],
  1006: ['disconnected', 'The connection was lost.'],
  1007: ['invalid_payload', 'The server could not read what it was sent.'],
  1008: ['policy_violation', 'The server refused the connection.'],
  1009: ['message_too_big', 'A message was too big for the server.'],
  1011: ['internal_error', 'The server met an error.'],
  1012: ['service_restart', 'The server is restarting.'],
  1013: ['try_again_later', 'The server is busy.'],
  4000: ['slow_consumer', 'This page could not keep up with its messages.'],
  4001: ['heartbeat_timeout', 'The connection went silent.'],
  4002: ['rate_limited', 'Too many messages in a short time.'],
  4003: ['token_expired', 'The token has expired.'],
  4004: ['login_timeout', 'Signing in took too long.'],
  4501: ['login_refused', 'Signing in was refused.'],
  4502: ['forbidden', 'You are not allowed to connect.'],
  4503: ['replaced', 'You connected from somewhere else, which replaced this connection.'],
  4504: ['bad_messages', 'The server could not understand this page. Reload it and try again.'],
  4505: ['revoked', 'Your access was revoked.'],
};

const STANDARD_THAT_COME_BACK = new Set([1001, 1005, 1006, 1011, 1012, 1013]);

/**
 * Whether a client reconnects by itself after this close code (protocol.md, "Close codes").
 * @param {number} code
 */
export function allowsReconnect(code) {
  return STANDARD_THAT_COME_BACK.has(code) || (code >= 4000 && code <= 4499);
}

/**
 * A close code as an error.
 * @param {number} closeCode
 * @param {string} [sentence] a better one than that of the code
 */
export function closeError(closeCode, sentence) {
  const [code, meaning] = CODES[closeCode] ?? ['closed', `The connection ended (${closeCode}).`];
  return new ConnectionError(sentence ?? meaning, code, { closeCode });
}
