import { css, html } from 'lit';

const HUES = 8;

/** Colours of people: apart from each other, with white text readable on each, in both themes. */
export const avatarStyles = css`
  .avatar {
    display: grid;
    flex: none;
    place-items: center;
    width: 2.25rem;
    height: 2.25rem;
    border-radius: 0.7rem;
    color: #fff;
    font-weight: 650;
    line-height: 1;
    user-select: none;
  }

  .avatar.little {
    width: 1.625rem;
    height: 1.625rem;
    border-radius: 0.5rem;
    font-size: var(--type-small);
  }

  .hue-0 {
    background: #4150c7;
  }
  .hue-1 {
    background: #0b7a5a;
  }
  .hue-2 {
    background: #a3285c;
  }
  .hue-3 {
    background: #7448d8;
  }
  .hue-4 {
    background: #9c5200;
  }
  .hue-5 {
    background: #0c6d86;
  }
  .hue-6 {
    background: #bc3048;
  }
  .hue-7 {
    background: #5a6b1d;
  }
`;

/**
 * A person's mark: the first character of the name, on a colour that stays the same everywhere.
 * @param {string} name
 * @param {'' | 'little'} [size]
 */
export function avatar(name, size = '') {
  const [first = '?'] = name;
  return html`<span class="avatar ${size} hue-${hue(name)}" aria-hidden="true">${first.toUpperCase()}</span>`;
}

/**
 * FNV-1a: names that differ in one character get colours that have nothing to do with each other.
 * @param {string} name
 */
function hue(name) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash >>> 16) % HUES;
}
