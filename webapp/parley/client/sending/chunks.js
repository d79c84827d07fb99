/** The server's bound. */
const CHUNKS_MAX = 4_096;
/** Bytes of a `chunk` beside its `data`: 64 characters each for id and transfer, and the names. */
const ENVELOPE_BYTES = 256;

const encoder = new TextEncoder();

/**
 * Bytes of a text in UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/**
 * Cuts the JSON of a message that is longer than a frame into `chunk`s, each of which fits into one. All carry the
 * message's id, so that an error about any of them names the message.
 * @param {string} json
 * @param {string} id of the message, and of the transfer
 * @param {number} frameMax bytes of a frame
 * @returns {string[]} frames
 */
export function chunks(json, id, frameMax) {
  const room = frameMax - ENVELOPE_BYTES;
  const parts = cut(json, room);
  if (parts.length > CHUNKS_MAX) {
    throw new RangeError(`A message has ${parts.length} chunks; ${CHUNKS_MAX} are the most.`);
  }
  return parts.map((data, index) =>
    JSON.stringify({ type: 'chunk', id, transfer: id, index, count: parts.length, data }));
}

/**
 * @param {string} text
 * @param {number} bytesMax of each part, as JSON in UTF-8
 * @returns {string[]}
 */
function cut(text, bytesMax) {
  const parts = [];
  let start = 0;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const size = escapedBytes(text.charCodeAt(i));
    if (bytes + size > bytesMax) {
      parts.push(text.slice(start, i));
      start = i;
      bytes = 0;
    }
    bytes += size;
  }
  parts.push(text.slice(start));
  return parts;
}

/**
 * Bytes of a UTF-16 code unit of JSON in a text of JSON, at most. Half of a surrogate pair at the end of a part is
 * escaped; control characters are so already.
 * @param {number} unit
 */
function escapedBytes(unit) {
  if (unit === 0x22 || unit === 0x5c) return 2;
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return unit >= 0xd800 && unit <= 0xdfff ? 6 : 3;
}
