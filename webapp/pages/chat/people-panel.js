import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { personKey } from '../../parley/parley-client.js';
import { errorText, t } from '../i18n/language.js';
import { avatar, avatarStyles } from '../shared/avatar.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { panelStyles } from './panel-styles.js';

/** @typedef {import('../../parley/parley-client.js').Person} Person */
/** @typedef {import('./model/conversation.js').RoomConversation} RoomConversation */

/** Who is in a room, and what can be done about it: invite, remove, leave. Dispatches `close-panel`. */
class PeoplePanel extends ChatElement {
  static properties = { problem: { state: true } };

  static styles = [
    controls,
    avatarStyles,
    panelStyles,
    css`
      li button.person {
        display: flex;
        width: 100%;
        min-height: 2.5rem;
        justify-content: start;
        padding: 0 var(--s2);
        border-color: transparent;
        background: none;
        font-weight: 400;
      }

      li button.person:hover:enabled {
        background: var(--hover);
      }

      li button.person:disabled {
        opacity: 1;
      }

      footer {
        display: grid;
        gap: var(--s3);
        padding: var(--s3) var(--s4);
        border-top: 1px solid var(--line);
      }

      form {
        display: flex;
        gap: var(--s2);
        align-items: end;
      }

      form > div {
        flex: 1;
        min-width: 0;
      }
    `,
  ];

  constructor() {
    super();
    this.problem = '';
  }

  render() {
    const { active } = this.chat;
    if (!active.isRoom) return nothing;
    const people = [...active.room.present].sort((a, b) => personKey(a).localeCompare(personKey(b)));
    const more = active.room.count - people.length;
    return html`
      <div class="top">
        <h2>${t('present', { count: active.room.count })}</h2>
        <button class="icon push" aria-label=${t('close')} @click=${() => this.tell('close-panel')}>
          ${sign('close')}
        </button>
      </div>
      <div class="scroll">
        <ul id="members">
          ${repeat(people, personKey, (person) => this.#person(person))}
        </ul>
        ${more > 0 ? html`<p class="quiet">${t('present.more', { count: more })}</p>` : nothing}
      </div>
      ${this.#footer(active)}
    `;
  }

  /** @param {RoomConversation} room */
  #footer(room) {
    if (room.name === 'lobby') return nothing;
    return html`
      <footer>
        ${
          room.isPrivate
            ? html`<form @submit=${this.#change}>
                <div>
                  <label for="invited">${t('room.member')}</label>
                  <input id="invited" autocomplete="off" maxlength="64" dir="auto" required />
                </div>
                <button name="invite">${t('room.invite')}</button>
                <button name="remove" class="danger">${t('room.remove')}</button>
              </form>`
            : nothing
        }
        <p class="problem" role="alert" ?hidden=${!this.problem}>${this.problem}</p>
        <button id="leave-room" @click=${() => this.#attempt(() => this.#leave(room))}>
          ${sign('leave')} ${t('room.leave')}
        </button>
      </footer>
    `;
  }

  /** @param {Person} person */
  #person(person) {
    const { client } = this.chat;
    const isMe = client.me !== undefined && personKey(person) === personKey(client.me);
    return html`
      <li data-name=${person.username}>
        <button
          class="person"
          ?disabled=${isMe}
          title=${isMe ? nothing : t('directs.write', { name: person.username })}
          @click=${() => this.#write(person)}
        >
          ${avatar(person.username, 'little')}
          <span class="cut" dir="auto">${person.username}</span>
          ${person.guest === undefined ? nothing : html`<span class="tag">${t('guest', { tag: person.guest })}</span>`}
          ${isMe ? html`<span class="quiet">${t('you')}</span>` : nothing}
        </button>
      </li>
    `;
  }

  /** @param {Person} person */
  #write(person) {
    this.chat.showDirect(person);
    this.tell('chosen');
  }

  /** @param {RoomConversation} conversation */
  async #leave(conversation) {
    await this.chat.leave(conversation);
    this.tell('chosen');
  }

  /** @param {any} event */
  #change(event) {
    event.preventDefault();
    const { active } = this.chat;
    const field = this.byId('invited');
    const name = field.value.trim();
    if (!active.isRoom) return;
    this.#attempt(async () => {
      if (event.submitter?.name === 'remove') await active.room.remove(name);
      else await active.room.invite(name);
      field.value = '';
    });
  }

  /** @param {() => Promise<void>} action */
  async #attempt(action) {
    this.problem = '';
    try {
      await action();
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    }
  }
}

customElements.define('people-panel', PeoplePanel);
