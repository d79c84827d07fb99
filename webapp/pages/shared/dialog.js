import { css, html } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from './controls.js';
import { ParleyElement } from './element.js';
import { sign } from './signs.js';

/**
 * A modal dialog with a title and a close button. The browser's own `<dialog>` keeps the focus inside, closes with
 * Escape and gives the focus back to where it was. Dispatches `closed`.
 */
export class ParleyDialog extends ParleyElement {
  static properties = { heading: {} };

  static styles = [
    controls,
    css`
      dialog {
        width: min(30rem, calc(100vw - 2rem));
        max-height: min(44rem, calc(100dvh - 2rem));
        padding: 0;
        border: 1px solid var(--line);
        border-radius: var(--round-large);
        background: var(--surface);
        color: var(--text);
        box-shadow: var(--raise);
      }

      dialog::backdrop {
        background: var(--scrim);
      }

      .top {
        display: flex;
        align-items: center;
        padding: var(--s4) var(--s4) 0 var(--s5);
      }

      /* It may have a name of somebody in it. */
      h2 {
        min-width: 0;
        overflow-wrap: anywhere;
      }

      .body {
        padding: var(--s3) var(--s5) var(--s5);
      }
    `,
  ];

  constructor() {
    super();
    this.heading = '';
  }

  async show() {
    await this.updateComplete;
    this.byId('dialog').showModal();
  }

  close() {
    this.byId('dialog').close();
  }

  render() {
    return html`
      <dialog id="dialog" aria-labelledby="heading" @close=${() => this.tell('closed')}>
        <div class="top">
          <h2 id="heading">${this.heading}</h2>
          <button class="icon push" aria-label=${t('close')} @click=${this.close}>${sign('close')}</button>
        </div>
        <div class="body"><slot></slot></div>
      </dialog>
    `;
  }
}

customElements.define('parley-dialog', ParleyDialog);
