import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../i18n/language.js';
import { avatar, avatarStyles } from '../shared/avatar.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import './account.js';

/** @typedef {import('./model/chat.js').AnyConversation} AnyConversation */

/** Rooms, direct messages and who one is. Dispatches `choose-room`, and `chosen` when a conversation was chosen. */
class ChatSidebar extends ChatElement {
  static styles = [
    controls,
    avatarStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        border-inline-end: 1px solid var(--line);
        background: var(--ground);
      }

      .top {
        display: flex;
        gap: var(--s2);
        align-items: center;
        min-height: 3.5rem;
        padding: 0 var(--s2) 0 var(--s4);
        font-size: var(--type-title);
        font-weight: 650;
      }

      nav {
        display: grid;
        align-content: start;
        gap: var(--s4);
        flex: 1;
        min-height: 0;
        padding: var(--s2);
        overflow-y: auto;
      }

      .head {
        display: flex;
        align-items: center;
        min-height: 2.25rem;
        padding-inline-start: var(--s2);
      }

      h2 {
        color: var(--quiet);
        font-size: var(--type-quiet);
      }

      li button {
        display: flex;
        width: 100%;
        min-height: 2.25rem;
        gap: var(--s2);
        justify-content: start;
        padding: 0 var(--s2);
        border-color: transparent;
        background: none;
        font-weight: 400;
        text-align: start;
      }

      li button:hover {
        background: var(--hover);
      }

      li button[aria-current='true'] {
        background: var(--selected);
        font-weight: 600;
      }

      li button.unread {
        font-weight: 650;
      }

      li svg.sign {
        width: 1rem;
        height: 1rem;
        color: var(--quiet);
      }

      .badge.mention {
        background: var(--danger);
        color: var(--surface);
      }

      .hint {
        padding: 0 var(--s2);
      }
    `,
  ];

  render() {
    const { rooms, directs } = this.chat;
    return html`
      <div class="top">
        <img src="favicon.svg" alt="" width="26" height="26" />
        <span>Parley</span>
        <slot name="close"></slot>
      </div>
      <nav aria-label=${t('conversations')}>
        <section aria-labelledby="rooms-title">
          <div class="head">
            <h2 id="rooms-title">${t('rooms')}</h2>
            <button
              id="choose-room"
              class="icon push"
              aria-label=${t('rooms.choose')}
              title=${t('rooms.choose')}
              @click=${() => this.tell('choose-room')}
            >
              ${sign('plus')}
            </button>
          </div>
          <ul id="rooms">
            ${repeat(
              rooms,
              ({ room }) => room,
              (room) => this.#entry(room, sign(room.isPrivate ? 'lock' : 'hash')),
            )}
          </ul>
        </section>
        <section aria-labelledby="directs-title">
          <div class="head"><h2 id="directs-title">${t('directs')}</h2></div>
          ${directs.length === 0 ? html`<p class="quiet hint">${t('directs.none')}</p>` : nothing}
          <ul id="directs">
            ${repeat(
              directs,
              ({ key }) => key,
              (direct) => this.#entry(direct, avatar(direct.name, 'little')),
            )}
          </ul>
        </section>
      </nav>
      <chat-account .chat=${this.chat}></chat-account>
    `;
  }

  /**
   * @param {AnyConversation} conversation
   * @param {unknown} mark
   */
  #entry(conversation, mark) {
    const { key, title, unread, isMentioned } = conversation;
    const isShown = conversation === this.chat.active;
    const guest = conversation.isRoom ? undefined : conversation.person.guest;
    return html`
      <li>
        <button
          data-key=${key}
          class=${unread > 0 ? 'unread' : ''}
          aria-current=${isShown ? 'true' : nothing}
          @click=${() => this.#choose(conversation)}
        >
          ${mark}
          <span class="cut" dir="auto">${title}</span>
          ${guest === undefined ? nothing : html`<span class="tag">${guest}</span>`}
          ${
            unread > 0
              ? html`<span class="badge push ${isMentioned ? 'mention' : ''}">
                  <span aria-hidden="true">${unread > 99 ? '99+' : unread}</span>
                  <span class="unseen">${t('unread', { count: unread })}</span>
                </span>`
              : nothing
          }
        </button>
      </li>
    `;
  }

  /** @param {AnyConversation} conversation */
  #choose(conversation) {
    this.chat.show(conversation);
    this.tell('chosen');
  }
}

customElements.define('chat-sidebar', ChatSidebar);
