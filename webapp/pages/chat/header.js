import { css, html, nothing } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';

/** @typedef {'people' | 'search' | 'notifications'} PanelName */

/** The name of the conversation on the screen, and what can be opened beside it. Dispatches `panel` with its name. */
class ChatHeader extends ChatElement {
  static properties = { panel: {} };

  static styles = [
    controls,
    css`
      header {
        display: flex;
        gap: 2px;
        align-items: center;
        min-height: 3.5rem;
        padding: 0 var(--s2) 0 var(--s4);
        border-bottom: 1px solid var(--line);
      }

      .title {
        flex: 1;
        min-width: 0;
        line-height: 1.25;
      }

      h1 {
        display: flex;
        gap: var(--s1);
        align-items: center;
      }

      h1 svg.sign {
        width: 1.05rem;
        height: 1.05rem;
        color: var(--quiet);
      }

      .quiet {
        font-size: var(--type-small);
      }

      .icon .badge {
        position: absolute;
        inset-block-start: -0.1rem;
        inset-inline-end: -0.1rem;
        min-width: 1.1rem;
        padding: 0 0.25rem;
        font-size: 0.6875rem;
        line-height: 1.1rem;
      }

      @media (max-width: 45rem) {
        header {
          padding-inline-start: var(--s2);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.panel = '';
  }

  render() {
    const { active, notifications } = this.chat;
    return html`
      <header>
        <slot></slot>
        <div class="title">
          <h1 id="title">
            ${active.isRoom ? sign(active.isPrivate ? 'lock' : 'hash') : nothing}
            <span class="cut" dir="auto">${active.title}</span>
          </h1>
          <p class="quiet cut">${this.#detail()}</p>
        </div>
        ${active.isRoom ? this.#button('search', t('search'), sign('search')) : nothing}
        ${this.#button(
          'notifications',
          notifications.unread > 0
            ? `${t('notifications')}, ${t('unread', { count: notifications.unread })}`
            : t('notifications'),
          html`${sign('bell')}${
            notifications.unread > 0
              ? html`<span class="badge" aria-hidden="true">${notifications.unread}</span>`
              : nothing
          }`,
        )}
        ${active.isRoom ? this.#button('people', t('people'), sign('people')) : nothing}
      </header>
    `;
  }

  #detail() {
    const { active, client } = this.chat;
    if (client.state !== 'OPEN') return t(`state.${client.state}`);
    if (!active.isRoom) return active.person.guest ? t('guest', { tag: active.person.guest }) : t('directs.one');
    // Nobody is here only where nobody tells: one counts oneself, but by HTTP.
    if (active.room.state === 'JOINED') return active.room.count > 0 ? t('present', { count: active.room.count }) : '';
    return t(`room.${active.room.state}`);
  }

  /**
   * @param {PanelName} name
   * @param {string} label
   * @param {unknown} content
   */
  #button(name, label, content) {
    return html`<button
      id="show-${name}"
      class="icon"
      aria-label=${label}
      title=${label}
      aria-expanded=${this.panel === name ? 'true' : 'false'}
      @click=${() => this.tell('panel', name)}
    >
      ${content}
    </button>`;
  }
}

customElements.define('chat-header', ChatHeader);
