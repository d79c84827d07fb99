import { css, html, nothing } from 'lit';
import { errorText, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import '../shared/dialog.js';

/** @typedef {import('../../parley/parley-client.js').RoomEntry} RoomEntry */

/** Rooms to join, and a form for a new one. Dispatches `closed`, and `chosen` when a room was entered. */
class RoomDialog extends ChatElement {
  static properties = {
    found: { state: true },
    problem: { state: true },
    isPrivate: { state: true },
    isBusy: { state: true },
  };

  static styles = [
    controls,
    css`
      #room-hint,
      ul {
        margin-top: var(--s1);
      }

      ul {
        max-height: 14rem;
        overflow-y: auto;
        border: 1px solid var(--line);
        border-radius: var(--round);
      }

      li {
        display: flex;
        gap: var(--s2);
        align-items: center;
        padding: var(--s1) var(--s2) var(--s1) var(--s3);
      }

      li + li {
        border-top: 1px solid var(--line);
      }

      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s2) var(--s5);
        margin: 0;
        padding: 0;
        border: 0;
      }

      fieldset label {
        display: flex;
        gap: var(--s2);
        align-items: center;
        margin: 0;
        font-weight: 400;
        font-size: var(--type-body);
      }

      input[type='radio'] {
        width: 1.1rem;
        min-height: 1.1rem;
        accent-color: var(--accent-fill);
      }
    `,
  ];

  constructor() {
    super();
    /** @type {RoomEntry[] | undefined} */
    this.found = undefined;
    this.problem = '';
    this.isPrivate = false;
    this.isBusy = false;
  }

  firstUpdated() {
    this.byId('dialog').show();
    this.chat.client.listRooms().then(
      (rooms) => (this.found = rooms.filter(({ joined }) => !joined)),
      (error) => (this.problem = errorText(error)),
    );
  }

  render() {
    const isGuest = this.chat.client.me?.guest !== undefined;
    return html`
      <parley-dialog id="dialog" .heading=${t('rooms.choose')}>
        <div class="stack">
          ${this.#list()}
          <form class="stack" @submit=${this.#submit}>
            <div>
              <label for="room-name">${t('room.name')}</label>
              <input
                id="room-name"
                maxlength="64"
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                dir="auto"
                aria-describedby="room-hint"
                required
              />
              <p id="room-hint" class="quiet">${t('room.nameHint')}</p>
            </div>
            <fieldset>
              <legend class="unseen">${t('room.kind')}</legend>
              <label
                ><input
                  type="radio"
                  name="kind"
                  .checked=${!this.isPrivate}
                  @change=${() => (this.isPrivate = false)}
                />${t('room.public')}</label
              >
              <label
                ><input
                  id="private"
                  type="radio"
                  name="kind"
                  .checked=${this.isPrivate}
                  ?disabled=${isGuest}
                  @change=${() => (this.isPrivate = true)}
                />${t('room.private')}</label
              >
            </fieldset>
            ${isGuest ? html`<p class="quiet">${t('room.privateForUsers')}</p>` : nothing}
            ${
              this.isPrivate
                ? html`<div>
                    <label for="room-members">${t('room.members')}</label>
                    <input id="room-members" autocomplete="off" dir="auto" placeholder=${t('room.membersHint')} />
                  </div>`
                : nothing
            }
            <p id="join-problem" class="problem" role="alert" ?hidden=${!this.problem}>${this.problem}</p>
            <button id="enter-room" class="primary" ?disabled=${this.isBusy}>
              ${t(this.isPrivate ? 'room.create' : 'room.join')}
            </button>
          </form>
        </div>
      </parley-dialog>
    `;
  }

  #list() {
    if (!this.found) return this.problem ? nothing : html`<p class="quiet">${t('rooms.loading')}</p>`;
    if (this.found.length === 0) return nothing;
    return html`
      <div>
        <h3 class="quiet">${t('rooms.others')}</h3>
        <ul id="found-rooms">
          ${this.found.map(
            ({ room, unread }) => html`
              <li>
                ${sign(room.startsWith('_') ? 'lock' : 'hash')} <span class="cut" dir="auto">${room}</span>
                ${badge(unread)}
                <button class="small push" @click=${() => this.#enter(() => this.chat.join(room))}>
                  ${t('room.join')}
                </button>
              </li>
            `,
          )}
        </ul>
      </div>
    `;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const name = this.byId('room-name').value.trim();
    const members = this.isPrivate
      ? this.byId('room-members')
          .value.split(/[,，、;\n]/)
          .map((/** @type {string} */ member) => member.trim())
          .filter((/** @type {string} */ member) => member !== '')
      : [];
    this.#enter(() => (this.isPrivate ? this.chat.create(name, members) : this.chat.join(name)));
  }

  /** @param {() => Promise<void>} action */
  async #enter(action) {
    this.problem = '';
    this.isBusy = true;
    try {
      await action();
      this.byId('dialog').close();
      this.tell('chosen');
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    } finally {
      this.isBusy = false;
    }
  }
}

/** @param {number} unread */
function badge(unread) {
  return unread > 0 ? html`<span class="badge" title=${t('unread', { count: unread })}>${unread}</span>` : nothing;
}

customElements.define('room-dialog', RoomDialog);
