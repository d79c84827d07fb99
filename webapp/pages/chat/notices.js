import { css, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { errorText, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { formatStyles } from './format/render.js';
import { content } from './long-content.js';
import { level } from './message-rows.js';

/**
 * @typedef {{
 *   key: number, title: string, message: {content: string}, level: 'info' | 'warning' | 'critical', isKept: boolean,
 * }} Shown
 */

const SHOWN_MILLIS = 10_000;
const SHOWN_MAX = 3;

/**
 * What has just come, in the corner. It goes by itself, since the list of notifications keeps it; but a warning stays
 * until somebody closes it, and nothing goes while somebody points at it or has the focus in it.
 */
class ChatNotices extends ChatElement {
  static properties = { shown: { state: true } };

  static styles = [
    controls,
    formatStyles,
    css`
      :host {
        position: fixed;
        z-index: 5;
        inset-block-start: 4.25rem;
        inset-inline-end: var(--s4);
        width: min(22rem, calc(100vw - 2rem));
      }

      /* Not over a panel that stands beside the conversation. */
      @media (min-width: 60.01rem) {
        :host(.beside) {
          inset-inline-end: calc(19rem + var(--s4));
        }
      }

      li.card {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 var(--s2);
        margin-bottom: var(--s2);
        padding: var(--s2) var(--s2) var(--s3) var(--s4);
        border-inline-start: 4px solid var(--accent);
        background: var(--raised);
        box-shadow: var(--raise);
      }

      li.card.warning {
        border-inline-start-color: var(--warning);
      }

      li.card.critical {
        border-inline-start-color: var(--danger);
      }

      .title {
        align-self: center;
        font-weight: 650;
        overflow-wrap: anywhere;
      }

      .content {
        grid-column: 1 / -1;
        max-height: 8rem;
        overflow: auto;
        font-size: var(--type-quiet);
      }
    `,
  ];

  #next = 0;

  constructor() {
    super();
    /** @type {Shown[]} */
    this.shown = [];
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (!changed.has('chat')) return;
    this.watch(this.chat, 'notice', ({ detail }) => {
      // One in the room on the screen is there to be seen.
      const { active } = this.chat;
      if (active.isRoom && active.name === detail.room && active.isReadAtTheEnd) return;
      this.#show(detail.title ?? detail.sender, detail, level(detail));
    });
    this.watch(this.chat, 'problem', ({ detail: { error, content: lost } }) => {
      const reason = errorText(error);
      const told = lost === undefined ? reason : `${reason}\n\n${lost}`;
      this.#show(t('delivery.failed'), { content: told }, 'warning', lost !== undefined);
    });
  }

  render() {
    return html`
      <ol id="notifications" aria-label=${t('notifications')} aria-live="polite" role="list">
        ${repeat(
          this.shown,
          ({ key }) => key,
          (notice) => html`
            <li class="card ${notice.level}">
              <span class="title" dir="auto">${notice.title}</span>
              <button class="icon" aria-label=${t('close')} @click=${() => this.#close(notice)}>
                ${sign('close')}
              </button>
              ${content(notice.message)}
            </li>
          `,
        )}
      </ol>
    `;
  }

  /**
   * @param {string} title
   * @param {{content: string}} message
   * @param {'info' | 'warning' | 'critical'} level
   * @param {boolean} [isKept] whether it stays until somebody closes it, however many come: its text is nowhere else
   */
  #show(title, message, level, isKept = false) {
    const notice = { key: this.#next++, title, message, level, isKept };
    const mayGo = this.shown.filter((shown) => !shown.isKept);
    const gone = mayGo.slice(0, Math.max(0, mayGo.length + 1 - SHOWN_MAX));
    this.shown = [...this.shown.filter((shown) => !gone.includes(shown)), notice];
    if (level === 'info') this.#closeLater(notice);
  }

  /** @param {Shown} notice */
  #closeLater(notice) {
    setTimeout(() => {
      if (this.matches(':hover, :focus-within')) this.#closeLater(notice);
      else this.#close(notice);
    }, SHOWN_MILLIS);
  }

  /** @param {Shown} notice */
  #close(notice) {
    const hadFocus = this.matches(':focus-within');
    this.shown = this.shown.filter((other) => other !== notice);
    if (hadFocus) this.tell('focus-lost');
  }
}

customElements.define('chat-notices', ChatNotices);
