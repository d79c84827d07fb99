import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { errorText, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { dateText } from './message-rows.js';
import { RoomSearch } from './model/room-search.js';
import { panelStyles } from './panel-styles.js';

/** @typedef {import('../../parley/parley-client.js').StoredMessage} StoredMessage */

const EXCERPT_BEFORE = 40;
const EXCERPT = 160;

/** Searches the history of a room. Dispatches `found` with the `seq` of a message that was chosen. */
class SearchPanel extends ChatElement {
  static styles = [
    controls,
    panelStyles,
    css`
      form {
        display: flex;
        gap: var(--s2);
        padding: var(--s3) var(--s3) 0;
      }

      li button {
        display: block;
        width: 100%;
        margin-bottom: var(--s2);
        padding: var(--s2) var(--s3);
        font-weight: 400;
        text-align: start;
        white-space: normal;
        overflow-wrap: anywhere;
      }

      strong {
        font-size: var(--type-quiet);
      }

      mark {
        border-radius: 0.2em;
        background: var(--mention);
        color: inherit;
      }
    `,
  ];

  #searchedKey = '';
  #search = new RoomSearch(() => this.requestUpdate());

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    const { key } = this.chat.active;
    // What was found in another room leads nowhere in this one.
    if (key !== this.#searchedKey) this.#search.clear();
    this.#searchedKey = key;
  }

  render() {
    const { found, more, error, isBusy } = this.#search;
    return html`
      <div class="top">
        <h2>${t('search')}</h2>
        <button class="icon push" aria-label=${t('close')} @click=${() => this.tell('close-panel')}>
          ${sign('close')}
        </button>
      </div>
      <form role="search" @submit=${this.#submit}>
        <label class="unseen" for="query">${t('search.in', { name: this.chat.active.title })}</label>
        <input id="query" type="search" maxlength="200" dir="auto" placeholder=${t('search.words')} required />
        <button class="primary" ?disabled=${isBusy} aria-label=${t('search')}>${sign('search')}</button>
      </form>
      <div class="scroll">
        <p class="problem" role="alert" ?hidden=${!error}>${error ? errorText(error) : nothing}</p>
        <p class="quiet" role="status">${found ? t('search.found', { count: found.length }) : nothing}</p>
        <ul id="found">
          ${repeat(
            found ?? [],
            ({ seq }) => seq,
            (message) => this.#result(message),
          )}
        </ul>
        ${
          more !== undefined
            ? html`<button id="search-on" class="small" ?disabled=${isBusy} @click=${this.#goOn}>
                ${t('search.more')}
              </button>`
            : nothing
        }
      </div>
    `;
  }

  /** @param {StoredMessage} message */
  #result(message) {
    return html`
      <li>
        <button @click=${() => this.tell('found', message.seq)}>
          <strong><bdi>${message.sender}</bdi></strong>
          <span class="quiet">${dateText(message.sentAt)}</span><br />
          <bdi>${this.#excerpt(message.content)}</bdi>
        </button>
      </li>
    `;
  }

  /** @param {string} content */
  #excerpt(content) {
    const text = this.#search.query.toLowerCase();
    const first = Math.max(0, content.toLowerCase().indexOf(text));
    const start = Math.max(0, first - EXCERPT_BEFORE);
    const excerpt = content.slice(start, start + EXCERPT);
    const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const parts = excerpt.split(new RegExp(`(${escaped})`, 'iu'));
    return html`${start > 0 ? '…' : ''}${parts.map((part, i) => (i % 2 === 1 ? html`<mark>${part}</mark>` : part))}`;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const { active } = this.chat;
    const query = this.byId('query').value.trim();
    if (active.isRoom && query !== '') this.#search.begin(active.room, query);
  }

  #goOn() {
    const { active } = this.chat;
    if (active.isRoom) this.#search.goOn(active.room);
  }
}

customElements.define('search-panel', SearchPanel);
