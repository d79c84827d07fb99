import { ParleyError } from '../errors.js';

/**
 * @typedef {import('../../parley-client.js').BinaryContent} BinaryContent
 * @typedef {{
 *   room: string, mediaType: string, sender: string, guest?: string, payload: Uint8Array<ArrayBuffer>,
 * }} BinaryFrame
 */

/** Bytes of the length that begins a frame: 16 bits, the higher byte first. */
const LENGTH_BYTES = 2;
const HEADER_MAX = 4_096;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A binary frame: the length of its header, the header as JSON, the payload (protocol.md, "Binary frames").
 * @param {{room: string, mediaType?: string}} header
 * @param {BinaryContent} payload
 * @returns {Blob | Uint8Array<ArrayBuffer>} a Blob for a Blob, whose bytes the browser reads by itself and in order
 */
export function encodeBinary(header, payload) {
  const json = encoder.encode(JSON.stringify(header));
  if (json.length > HEADER_MAX) {
    throw new ParleyError(`The header of a binary frame has ${json.length} bytes; ${HEADER_MAX} are the most.`,
      'too_long');
  }
  const head = new Uint8Array(LENGTH_BYTES + json.length);
  new DataView(head.buffer).setUint16(0, json.length);
  head.set(json, LENGTH_BYTES);
  if (payload instanceof Blob) return new Blob([head, payload]);
  const bytes = bytesOf(payload);
  const frame = new Uint8Array(head.length + bytes.length);
  frame.set(head);
  frame.set(bytes, head.length);
  return frame;
}

/**
 * @param {ArrayBuffer} frame
 * @returns {BinaryFrame} whose payload is a part of the frame; throws a {@link ParleyError}
 */
export function decodeBinary(frame) {
  const end = frame.byteLength < LENGTH_BYTES ? 0 : LENGTH_BYTES + new DataView(frame).getUint16(0);
  if (end <= LENGTH_BYTES || end > frame.byteLength) {
    throw new ParleyError(`A binary frame of ${frame.byteLength} bytes has no whole header.`, 'bad_server');
  }
  const header = headerOf(new Uint8Array(frame, LENGTH_BYTES, end - LENGTH_BYTES));
  const { room, sender, guest, mediaType } = header ?? {};
  const isWhole = [room, sender, mediaType].every((value) => typeof value === 'string');
  if (!isWhole || (guest !== undefined && typeof guest !== 'string')) {
    throw new ParleyError('The header of a binary frame lacks a room, sender or media type.', 'bad_server');
  }
  return { room, sender, guest, mediaType, payload: new Uint8Array(frame, end) };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {any}
 */
function headerOf(bytes) {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new ParleyError('The header of a binary frame is no JSON in UTF-8.', 'bad_server', { cause });
  }
}

/**
 * @param {unknown} content
 * @returns {number} bytes; throws a {@link ParleyError} for what is neither a Blob, an ArrayBuffer nor a view of one
 */
export function sizeOf(content) {
  if (content instanceof Blob) return content.size;
  if (content instanceof ArrayBuffer || ArrayBuffer.isView(content)) return content.byteLength;
  throw new ParleyError('Binary content is an ArrayBuffer, a view of one or a Blob, not'
    + ` ${content === null ? 'null' : typeof content}.`, 'bad_message');
}

/**
 * The bytes of a buffer, or of the part of it that a view shows.
 * @param {ArrayBuffer | ArrayBufferView<ArrayBuffer>} content
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(content) {
  return ArrayBuffer.isView(content)
    ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
    : new Uint8Array(content);
}
