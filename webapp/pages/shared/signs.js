import { html, svg } from 'lit';

/** The drawings, on a square of 24. */
const PATHS = {
  attach: svg`<path d="m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.5
    a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7"/>`,
  bell: svg`<path d="M6 9a6 6 0 1 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7M10 20a2.2 2.2 0 0 0 4 0"/>`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  clock: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  chart: svg`<path d="M4 4v16h16M8 15l3.5-4 3 2.5L20 7"/>`,
  chat: svg`<path d="M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z"/>`,
  down: svg`<path d="M12 5v13M6 12.5l6 6 6-6"/>`,
  emoji: svg`<circle cx="12" cy="12" r="8.5"/><path d="M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.5M15 9.5v.5"/>`,
  file: svg`<path d="M13 3.5H7a1.5 1.5 0 0 0-1.5 1.5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V9z
    M13 3.5V9h5.5"/>`,
  hash: svg`<path d="M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h15M4 15h15"/>`,
  leave: svg`<path d="M14 4H6.5A1.5 1.5 0 0 0 5 5.5v13A1.5 1.5 0 0 0 6.5 20H14M10 12h10M16.5 8.5 20 12l-3.5 3.5"/>`,
  lock: svg`<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>`,
  menu: svg`<path d="M4 7h16M4 12h16M4 17h16"/>`,
  pause: svg`<path d="M9 6v12M15 6v12"/>`,
  people: svg`<circle cx="9" cy="8.5" r="3.5"/>
    <path d="M2.5 19.5c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M15.5 5.5a3.5 3.5 0 0 1 0 6.2M18 14.7c2 .8 3.2 2.5 3.5 4.8"/>`,
  play: svg`<path d="M8 5.5v13l11-6.5z"/>`,
  plus: svg`<path d="M12 5v14M5 12h14"/>`,
  retry: svg`<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"/>`,
  search: svg`<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`,
  send: svg`<path d="M4 12 20.5 4.5 15 20l-3.5-6.5zM11.5 13.5l4-4"/>`,
  settings: svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
  shield: svg`<path d="M12 3.5 5 6v5.5c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6z"/>`,
  warning: svg`<path d="M12 4 2.5 20h19zM12 10v4.5M12 17.2v.3"/>`,
};

/** @typedef {keyof typeof PATHS} Sign */

/**
 * A drawing beside or instead of words. It is hidden from screen readers: the words, or the label of its button, say
 * it.
 * @param {Sign} sign
 */
export function sign(sign) {
  return html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PATHS[sign]}</svg>`;
}
