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
/** @typedef {import('./model/chat.js').AnyConversation} AnyConversation */
/** @typedef {import('./model/conversation.js').RoomConversation} RoomConversation */

/**
 * Who is in a public room, or who may read a private one and is in it; and what can be done about it: invite, remove,
 * leave. Dispatches `close-panel`.
 */
class PeoplePanel extends ChatElement {
  static properties = { problem: { state: true } };

  static styles = [
    controls,
    avatarStyles,
    panelStyles,
    css`
      li {
        display: flex;
        align-items: center;
      }

      li button.person {
        display: flex;
        flex: 1;
        min-width: 0;
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

      .here {
        color: var(--good);
      }

      #present {
        padding: 0 var(--s2) var(--s2);
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

  /** The conversation that the panel was opened for. @type {AnyConversation | undefined} */
  #opened;

  constructor() {
    super();
    this.problem = '';
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    const { active } = this.chat;
    if (active === this.#opened) return;
    this.#opened = active;
    this.problem = '';
    if (active.isRoom && active.isPrivate) active.members.read();
  }

  render() {
    const { active } = this.chat;
    if (!active.isRoom) return nothing;
    const { present, count } = active.room;
    const { names } = active.members;
    const here = new Set(present.map(personKey));
    const people = names?.map((username) => ({ username })) ?? [...present];
    people.sort((a, b) => personKey(a).localeCompare(personKey(b)));
    const more = names ? 0 : count - people.length;
    return html`
      <div class="top">
        <h2>${names ? t('members', { count: names.length }) : t('present', { count })}</h2>
        <button class="icon push" aria-label=${t('close')} @click=${() => this.tell('close-panel')}>
          ${sign('close')}
        </button>
      </div>
      <div class="scroll">
        ${names && count > 0 ? html`<p id="present" class="quiet">${t('present', { count })}</p>` : nothing}
        <ul id="members">
          ${repeat(people, personKey, (person) =>
            this.#person(person, names ? { room: active, isHere: here.has(personKey(person)) } : undefined),
          )}
        </ul>
        ${more > 0 ? html`<p class="quiet">${t('present.more', { count: more })}</p>` : nothing}
      </div>
      ${this.#footer(active)}
    `;
  }

  /** @param {RoomConversation} room */
  #footer(room) {
    if (room.name === 'lobby') return nothing;
    const { error } = room.members;
    const problem = this.problem || (error ? errorText(error) : '');
    return html`
      <footer>
        ${
          this.#isOwner(room)
            ? html`<form @submit=${this.#invite}>
                <div>
                  <label for="invited">${t('room.member')}</label>
                  <input id="invited" autocomplete="off" maxlength="64" dir="auto" required />
                </div>
                <button name="invite">${t('room.invite')}</button>
              </form>`
            : nothing
        }
        <p class="problem" role="alert" ?hidden=${!problem}>${problem}</p>
        <button id="leave-room" @click=${() => this.#attempt(() => this.#leave(room))}>
          ${sign('leave')} ${t('room.leave')}
        </button>
      </footer>
    `;
  }

  /** @param {RoomConversation} room */
  #isOwner({ members }) {
    return members.owner !== undefined && members.owner === this.chat.me;
  }

  /**
   * @param {Person} person
   * @param {{room: RoomConversation, isHere: boolean}} [membership] of a private room
   */
  #person(person, membership) {
    const { client } = this.chat;
    const isMe = client.me !== undefined && personKey(person) === personKey(client.me);
    const mayRemove = membership && !isMe && this.#isOwner(membership.room);
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
          ${
            membership?.room.members.owner === person.username
              ? html`<span class="tag">${t('room.owner')}</span>`
              : nothing
          }
          ${membership?.isHere ? html`<span class="tag here">${t('present.one')}</span>` : nothing}
        </button>
        ${
          mayRemove
            ? html`<button
                class="icon remove"
                aria-label=${t('room.remove', { name: person.username })}
                title=${t('room.remove', { name: person.username })}
                @click=${(/** @type {Event} */ event) => this.#remove(event, membership.room, person.username)}
              >
                ${sign('close')}
              </button>`
            : nothing
        }
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

  /** @param {Event} event */
  #invite(event) {
    event.preventDefault();
    const { active } = this.chat;
    const field = this.byId('invited');
    const name = field.value.trim();
    if (!active.isRoom) return;
    this.#attempt(async () => {
      await active.members.invite(name);
      field.value = '';
    });
  }

  /**
   * @param {any} event
   * @param {RoomConversation} room
   * @param {string} username
   */
  async #remove(event, room, username) {
    const row = event.currentTarget.closest('li');
    const next = row.nextElementSibling ?? row.previousElementSibling;
    await this.#attempt(() => room.members.remove(username));
    await this.updateComplete;
    // The button has gone away; the focus must not fall to the page with it.
    if (row.isConnected || document.activeElement !== document.body) return;
    (next?.querySelector('button:enabled') ?? this.renderRoot.querySelector('.top button'))?.focus();
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
