import { css, html, nothing } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { formatted, formatStyles } from './format/render.js';

/** @typedef {{content: string}} Message */

/** What is longer is shown by its beginning. */
const LONG_CHARACTERS = 2_500;
const LONG_LINES = 30;

/**
 * Characters that are laid out before somebody asks for more: more than the clip shows, and so many that neither they
 * nor the whole are formatted.
 */
const FIRST = 4_000;
/** Characters that each question for more brings. A browser needs a minute for a megabyte of emoji in one paragraph. */
const MORE = 20_000;

/**
 * The content of a message; of a long one the beginning, with a button for more.
 * @param {Message} message stays the same object
 * @param {string} [me] whose mentions stand out
 */
export function content(message, me = '') {
  const isLong =
    message.content.length > LONG_CHARACTERS || message.content.split('\n', LONG_LINES + 1).length > LONG_LINES;
  return isLong ? html`<long-content .message=${message} .me=${me}></long-content>` : formatted(message, me);
}

class LongContent extends ParleyElement {
  static properties = { message: { attribute: false }, me: { attribute: false }, shown: { state: true } };

  static styles = [
    controls,
    formatStyles,
    css`
      .clip {
        max-height: 18rem;
        overflow: hidden;
        mask-image: linear-gradient(#000 80%, transparent);
      }
    `,
  ];

  constructor() {
    super();
    /** @type {Message} */
    this.message = { content: '' };
    this.me = '';
    /** Characters that somebody asked for; 0 until then. */
    this.shown = 0;
  }

  render() {
    const { message, me, shown } = this;
    const isOpen = shown > 0;
    const text = beginning(message.content, Math.max(FIRST, shown));
    const isWhole = text.length === message.content.length;
    const isNextWhole = message.content.length <= shown + MORE;
    const label = isOpen && isWhole ? 'showLess' : isNextWhole ? 'showAll' : 'showMore';
    const more = () => (this.shown += MORE);
    const less = () => (this.shown = 0);
    const lessFromSecond = () => {
      less();
      this.byId('more').focus();
    };
    // The first button stays where it is, and keeps the focus.
    return html`
      <div class=${isOpen ? '' : 'clip'}>${formatted(isWhole ? message : { content: text }, me)}</div>
      <button id="more" class="small" aria-expanded=${isOpen ? 'true' : 'false'} @click=${isOpen && isWhole ? less : more}>
        ${t(label)}
      </button>
      ${isOpen && !isWhole ? html`<button class="small" @click=${lessFromSecond}>${t('showLess')}</button>` : nothing}
    `;
  }
}

/**
 * The beginning of a text, with no half of a character at its end.
 * @param {string} text
 * @param {number} length
 */
function beginning(text, length) {
  const isHalf = (text.codePointAt(length - 1) ?? 0) > 0xffff;
  return text.slice(0, isHalf ? length + 1 : length);
}

customElements.define('long-content', LongContent);
