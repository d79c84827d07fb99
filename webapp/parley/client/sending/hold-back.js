/** @typedef {import('../../parley-client.js').Draft} Draft */

/**
 * What has to wait for a WebSocket while the connection takes no chunks: messages that are longer than a frame, and
 * those after them to the same room or person, which would overtake them.
 * @template {{entry: {message: Draft}, bytes: number}} T
 * @param {readonly T[]} items in the order in which they are to be stored
 * @param {number} frameMax bytes of a frame
 * @returns {Set<T>}
 */
export function heldBack(items, frameMax) {
  /** @type {Set<T>} */
  const held = new Set();
  /** @type {Set<string>} */
  const targets = new Set();
  for (const item of items) {
    const target = targetOf(item.entry.message);
    if (item.bytes > frameMax) targets.add(target);
    if (targets.has(target)) held.add(item);
  }
  return held;
}

/**
 * Where a message goes. Two spellings of a name that the server takes for one are one here; if others are too, some
 * message waits that need not.
 * @param {Draft} draft
 */
function targetOf({ room, to }) {
  if (room !== undefined) return `room:${folded(room)}`;
  return to === undefined ? 'broadcast' : `to:${folded(to)}`;
}

/** @param {string} name */
function folded(name) {
  const visible = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return visible.toUpperCase().toLowerCase().normalize('NFKC');
}
