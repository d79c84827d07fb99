import { css, html } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';

/** The beginning of a long message, and a button for the whole. */
class LongContent extends ParleyElement {
  static properties = { isOpen: { state: true } };

  static styles = [
    controls,
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
    this.isOpen = false;
  }

  render() {
    return html`
      <div class=${this.isOpen ? '' : 'clip'}><slot></slot></div>
      <button
        class="small"
        aria-expanded=${this.isOpen ? 'true' : 'false'}
        @click=${() => (this.isOpen = !this.isOpen)}
      >
        ${t(this.isOpen ? 'showLess' : 'showAll')}
      </button>
    `;
  }
}

customElements.define('long-content', LongContent);
