/**
 * A new id: 22 random characters of `A-Za-z0-9_-`. Random, never a counter, since the server keeps ids for a day. Not
 * `crypto.randomUUID`: that exists only on https pages and localhost.
 * @returns {string}
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
