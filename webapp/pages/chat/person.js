import { element } from '../shared/element.js';

const HUES = 8;

/**
 * What tells a guest from others of its name; nothing for a user.
 * @param {string} [tag]
 */
export function guestTag(tag) {
  return tag === undefined ? undefined : element('span', { class: 'guest', text: `guest ${tag}` });
}

/**
 * A person's mark: the first character of the name on a colour that stays the same everywhere.
 * @param {string} name
 */
export function avatar(name) {
  // FNV-1a: names that differ in one character get colours that have nothing to do with each other.
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const [first = '?'] = name;
  return element('span', { class: `avatar hue-${(hash >>> 16) % HUES}`, text: first.toUpperCase(), 'aria-hidden': 'true' });
}
