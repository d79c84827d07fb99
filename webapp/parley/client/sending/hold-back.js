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
    const own = targetsOf(item.entry.message);
    if (item.bytes <= frameMax && !own.some((target) => targets.has(target))) continue;
    held.add(item);
    for (const target of own) targets.add(target);
  }
  return held;
}

/**
 * Where a message goes, or may go: a guest keeps its tag under another name, and a name alone may lead to that guest
 * too. Two spellings of a name that the server takes for one are one here; if others are too, some message waits that
 * need not.
 * @param {Draft} draft
 * @returns {string[]}
 */
function targetsOf({ room, to, toGuest }) {
  if (room !== undefined) return [`room:${folded(room)}`];
  if (to === undefined) return ['broadcast'];
  return toGuest === undefined ? [`to:${folded(to)}`] : [`to:${folded(to)}`, `guest:${toGuest}`];
}

/** @param {string} name */
function folded(name) {
  const visible = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return visible.toUpperCase().toLowerCase().normalize('NFKC');
}
