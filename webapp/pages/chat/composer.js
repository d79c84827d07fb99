import { css, html, nothing } from 'lit';
import { t } from '../i18n/language.js';
import { avatar, avatarStyles } from '../shared/avatar.js';
import { controls } from '../shared/controls.js';
import { toggled } from '../shared/popover.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { EMOJI } from './emoji.js';
import { fold, mentionBeingWritten } from './format/mentions.js';

/** @typedef {import('../../parley/parley-client.js').Person} Person */

const SUGGESTED_MAX = 6;

/** Marks that stand around a selection, and those that stand before each line of it. */
const AROUND = { bold: '**', italic: '_', code: '`' };
const KEYS = /** @type {Record<string, keyof typeof AROUND>} */ ({ b: 'bold', i: 'italic', e: 'code' });

/**
 * Where messages are written. Enter sends and Shift+Enter makes a new line; what an input method is composing is left
 * alone. Each conversation keeps its draft.
 */
class ChatComposer extends ChatElement {
  static properties = {
    suggestions: { state: true },
    chosen: { state: true },
  };

  static styles = [
    controls,
    avatarStyles,
    css`
      :host {
        display: block;
        position: relative;
        padding: 0 var(--s4) var(--s4);
      }

      form {
        border: 1px solid var(--line-strong);
        border-radius: var(--round-large);
        background: var(--surface);
      }

      form:focus-within {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
      }

      textarea {
        display: block;
        min-height: 3rem;
        max-height: 40dvh;
        padding: var(--s3) var(--s4) 0;
        border: 0;
        background: none;
        field-sizing: content;
        resize: none;
      }

      textarea:focus-visible {
        outline: 0;
      }

      .tools {
        display: flex;
        gap: 1px;
        align-items: center;
        padding: var(--s1) var(--s2) var(--s2);
      }

      .tools .icon {
        width: 2rem;
        height: 2rem;
        min-height: 2rem;
      }

      .glyph {
        font-family: ui-serif, Georgia, serif;
        font-size: 1rem;
      }

      #send {
        width: auto;
        min-height: 2.25rem;
      }

      [popover] {
        inset: auto;
        position: fixed;
        width: min(21rem, calc(100vw - 1rem));
        max-height: 18rem;
        margin: 0;
        padding: var(--s2);
        overflow-y: auto;
        border: 1px solid var(--line);
        border-radius: var(--round-large);
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--raise);
      }

      .emoji {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(2.25rem, 1fr));
      }

      .emoji button {
        min-height: 2.25rem;
        padding: 0;
        border-color: transparent;
        background: none;
        font-size: 1.3rem;
      }

      .emoji button:hover {
        background: var(--hover);
      }

      #suggestions {
        position: absolute;
        z-index: 1;
        inset-inline: var(--s4);
        inset-block-end: calc(100% + var(--s1));
        max-width: 22rem;
        padding: var(--s1);
        border: 1px solid var(--line);
        border-radius: var(--round);
        background: var(--raised);
        box-shadow: var(--raise);
      }

      #suggestions li {
        display: flex;
        gap: var(--s2);
        align-items: center;
        padding: var(--s1) var(--s2);
        border-radius: 0.4rem;
        cursor: pointer;
      }

      #suggestions li[aria-selected='true'],
      #suggestions li:hover {
        background: var(--selected);
      }

      @media (max-width: 45rem) {
        :host {
          padding: 0 var(--s2) var(--s2);
        }
      }

      @media (max-width: 26rem) {
        #send span {
          display: none;
        }
      }
    `,
  ];

  #shownKey = '';

  constructor() {
    super();
    /** @type {Person[]} */
    this.suggestions = [];
    this.chosen = 0;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has('chat')) this.watch(this.chat, 'edit', () => this.#showDraft());
  }

  focusField() {
    this.#field.focus();
  }

  render() {
    const { active } = this.chat;
    const label = active.isRoom
      ? t('compose.room', { name: active.title })
      : t('compose.direct', { name: active.title });
    const isOpen = this.suggestions.length > 0;
    return html`
      ${
        isOpen
          ? html`<ul id="suggestions" role="listbox" aria-label=${t('mention')}>
              ${this.suggestions.map(
                (person, i) => html`
                  <li
                    id="suggestion-${i}"
                    role="option"
                    aria-selected=${i === this.chosen ? 'true' : 'false'}
                    @mousedown=${(/** @type {Event} */ event) => this.#mention(event, person)}
                  >
                    ${avatar(person.username, 'little')} <span class="cut" dir="auto">${person.username}</span>
                  </li>
                `,
              )}
            </ul>`
          : nothing
      }
      <form id="composer" @submit=${this.#submit}>
        <label class="unseen" for="content">${label}</label>
        <textarea
          id="content"
          rows="1"
          dir="auto"
          autocomplete="off"
          placeholder=${label}
          aria-autocomplete="list"
          aria-controls=${isOpen ? 'suggestions' : nothing}
          aria-activedescendant=${isOpen ? `suggestion-${this.chosen}` : nothing}
          @input=${this.#written}
          @keydown=${this.#keyPressed}
          @paste=${this.#pasted}
          @blur=${() => (this.suggestions = [])}
        ></textarea>
        <div class="tools">
          ${
            active.isRoom
              ? html`<button
                    type="button"
                    id="attach"
                    class="icon"
                    aria-label=${t('compose.attach')}
                    title=${t('compose.attach')}
                    @click=${() => this.byId('files').click()}
                  >
                    ${sign('attach')}</button
                  ><input id="files" type="file" multiple hidden @change=${this.#filesChosen} />`
              : nothing
          }
          <button
            type="button"
            id="choose-emoji"
            class="icon"
            popovertarget="emoji"
            aria-label=${t('compose.emoji')}
            title=${t('compose.emoji')}
          >
            ${sign('emoji')}
          </button>
          ${this.#tool('bold', html`<b class="glyph">B</b>`)} ${this.#tool('italic', html`<i class="glyph">I</i>`)}
          ${this.#tool('code', html`<code>&lt;&gt;</code>`)}
          <button id="send" class="primary push" aria-label=${t('compose.send')}>
            ${sign('send')}<span aria-hidden="true">${t('compose.send')}</span>
          </button>
        </div>
      </form>
      <div id="emoji" popover role="group" aria-label=${t('compose.emoji')} @toggle=${this.#emojiToggled}>
        <div class="emoji">
          ${EMOJI.map((emoji) => html`<button type="button" @click=${() => this.#insert(emoji)}>${emoji}</button>`)}
        </div>
      </div>
    `;
  }

  updated() {
    const { active } = this.chat;
    if (active.key === this.#shownKey) return;
    this.#shownKey = active.key;
    this.suggestions = [];
    this.#showDraft();
  }

  /**
   * @param {keyof typeof AROUND} kind
   * @param {unknown} content
   */
  #tool(kind, content) {
    const label = t(`compose.${kind}`);
    return html`<button type="button" class="icon" aria-label=${label} title=${label} @click=${() => this.#wrap(kind)}>
      ${content}
    </button>`;
  }

  get #field() {
    return /** @type {HTMLTextAreaElement} */ (this.byId('content'));
  }

  #showDraft() {
    this.#field.value = this.chat.active.draft;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    this.#send();
  }

  #send() {
    const content = this.#field.value.trim();
    this.#field.focus();
    if (content === '') return;
    this.chat.active.draft = '';
    this.#field.value = '';
    this.suggestions = [];
    this.chat.send(content);
  }

  #written() {
    const { active } = this.chat;
    active.draft = this.#field.value;
    if (active.isRoom && active.draft !== '') active.room.typing();
    this.#suggest();
  }

  /** Offers the names of those who are here, where one is being written. */
  #suggest() {
    const { active, client } = this.chat;
    const begun = mentionBeingWritten(this.#field.value.slice(0, this.#field.selectionStart));
    this.chosen = 0;
    this.suggestions =
      begun === undefined || !active.isRoom
        ? []
        : active.room.present
            .filter(
              (person) => fold(person.username).startsWith(fold(begun)) && person.username !== client.me?.username,
            )
            .slice(0, SUGGESTED_MAX);
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.isComposing) return;
    if (this.suggestions.length > 0 && this.#suggestionKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key in KEYS) {
      event.preventDefault();
      this.#wrap(KEYS[event.key]);
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was for the suggestions
   */
  #suggestionKey(event) {
    const count = this.suggestions.length;
    switch (event.key) {
      case 'ArrowDown':
        this.chosen = (this.chosen + 1) % count;
        return true;
      case 'ArrowUp':
        this.chosen = (this.chosen + count - 1) % count;
        return true;
      case 'Enter':
      case 'Tab':
        this.#mention(event, this.suggestions[this.chosen]);
        return true;
      case 'Escape':
        this.suggestions = [];
        return true;
      default:
        return false;
    }
  }

  /**
   * @param {Event} event whose own effect, such as taking the focus away, is not wanted
   * @param {Person} person
   */
  #mention(event, person) {
    event.preventDefault();
    const end = this.#field.selectionStart;
    const begun = mentionBeingWritten(this.#field.value.slice(0, end)) ?? '';
    this.#field.setRangeText(`${person.username} `, end - begun.length, end, 'end');
    this.#written();
  }

  /** @param {string} text */
  #insert(text) {
    this.byId('emoji').hidePopover();
    this.#field.setRangeText(text, this.#field.selectionStart, this.#field.selectionEnd, 'end');
    this.#field.focus();
    this.#written();
  }

  /** @param {keyof typeof AROUND} kind */
  #wrap(kind) {
    const { selectionStart: start, selectionEnd: end, value } = this.#field;
    const selected = value.slice(start, end);
    const marks = kind === 'code' && selected.includes('\n') ? ['```\n', '\n```'] : [AROUND[kind], AROUND[kind]];
    this.#field.setRangeText(marks[0] + selected + marks[1], start, end, 'end');
    this.#field.setSelectionRange(start + marks[0].length, start + marks[0].length + selected.length);
    this.#field.focus();
    this.#written();
  }

  /** @param {any} event */
  #filesChosen({ target }) {
    this.chat.sendFiles(target.files);
    target.value = '';
    this.#field.focus();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = event.clipboardData?.files;
    if (!files?.length || !this.chat.active.isRoom) return;
    event.preventDefault();
    this.chat.sendFiles(files);
  }

  /** @param {any} event */
  #emojiToggled(event) {
    toggled(event, this.byId('choose-emoji'));
  }
}

customElements.define('chat-composer', ChatComposer);
