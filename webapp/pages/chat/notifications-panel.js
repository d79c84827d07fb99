import { css, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { formatStyles } from './format/render.js';
import { content } from './long-content.js';
import { dateText, level } from './message-rows.js';
import { panelStyles } from './panel-styles.js';

/** @typedef {import('./model/notifications.js').Notice} Notice */

/** The notifications of the past. Whoever opens the list has read them; what was new stays marked while it is open. */
class NotificationsPanel extends ChatElement {
  static styles = [
    controls,
    formatStyles,
    panelStyles,
    css`
      li.card {
        margin-bottom: var(--s3);
        padding: var(--s3);
        border-inline-start: 3px solid var(--accent);
      }

      li.card.warning {
        border-inline-start-color: var(--warning);
      }

      li.card.critical {
        border-inline-start-color: var(--danger);
      }

      h3 {
        font-size: var(--type-body);
        font-weight: 650;
        overflow-wrap: anywhere;
      }

      .new {
        color: var(--danger);
        font-size: var(--type-small);
        font-weight: 650;
      }

      .content {
        font-size: var(--type-quiet);
      }

      li .quiet {
        overflow-wrap: anywhere;
      }
    `,
  ];

  /** Those that were unread when the list was opened, or have come since. @type {WeakSet<object>} */
  #new = new WeakSet();

  updated() {
    const { notifications } = this.chat;
    if (notifications.unread === 0 || document.hidden) return;
    for (const { message, isUnread } of notifications.list) if (isUnread) this.#new.add(message);
    this.chat.markNotificationsRead();
  }

  render() {
    const { list } = this.chat.notifications;
    return html`
      <div class="top">
        <h2>${t('notifications')}</h2>
        <button class="icon push" aria-label=${t('close')} @click=${() => this.tell('close-panel')}>
          ${sign('close')}
        </button>
      </div>
      <div class="scroll">
        ${
          list.length === 0
            ? html`<div class="empty">
                ${sign('bell')}
                <p>${t('notifications.none')}</p>
              </div>`
            : ''
        }
        <ul id="past-notifications">
          ${repeat(
            list,
            ({ message }) => message,
            (notice) => this.#notice(notice),
          )}
        </ul>
      </div>
    `;
  }

  /** @param {Notice} notice */
  #notice({ message, isUnread }) {
    return html`
      <li class="card ${level(message)}" data-id=${message.id}>
        ${isUnread || this.#new.has(message) ? html`<span class="new">${t('notifications.new')}</span>` : ''}
        ${level(message) === 'info' ? '' : html`<span class="unseen">${t(`level.${level(message)}`)}</span>`}
        <h3 dir="auto">${message.title ?? message.sender}</h3>
        ${content(message)}
        <p class="quiet"><bdi>${message.sender}</bdi> · ${dateText(message.sentAt)}</p>
      </li>
    `;
  }
}

customElements.define('notifications-panel', NotificationsPanel);
