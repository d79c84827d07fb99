import { css, html, nothing } from 'lit';
import { connect } from '../../parley/parley-client.js';
import { errorText, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { forgetCredentials, forgetPerson, storeCredentials, storedCredentials } from '../shared/session.js';
import { sign } from '../shared/signs.js';
import { showDesktopNotices } from './desktop-notices.js';
import { Chat } from './model/chat.js';
import { windowTitle } from './model/unread.js';
import './composer.js';
import './header.js';
import './message-list.js';
import './notices.js';
import './notifications-panel.js';
import './people-panel.js';
import './room-dialog.js';
import './search-panel.js';
import './sidebar.js';
import './sign-in.js';
import './typing-line.js';
import '../shared/connection-banner.js';

/** @typedef {import('../../parley/parley-client.js').ParleyClient} ParleyClient */
/** @typedef {import('../shared/session.js').Credentials} Credentials */
/** @typedef {import('./header.js').PanelName} PanelName */

/** After these the library tries another WebSocket, and then goes by HTTP; guests have no way in by HTTP. */
const MAY_BE_BLOCKED = ['websocket_failed', 'timeout'];
const WEBSOCKETS_TRIED = 2;

/** The chat page: the sign-in, or what somebody who is signed in sees. */
class ChatApp extends ParleyElement {
  static properties = {
    chat: { state: true },
    panel: { state: true },
    isSidebarShown: { state: true },
    isChoosingRoom: { state: true },
    isSigningIn: { state: true },
    problem: { state: true },
  };

  static styles = [
    controls,
    css`
      :host {
        display: block;
      }

      .chat {
        display: grid;
        grid-template-columns: 16.5rem minmax(0, 1fr) auto;
        grid-template-rows: minmax(0, 1fr);
        height: 100dvh;
        overflow: hidden;
      }

      main {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
        background: var(--surface);
      }

      main.dropping {
        outline: 3px dashed var(--accent);
        outline-offset: -8px;
      }

      .panel {
        width: 19rem;
      }

      button.narrow {
        display: none;
      }

      .skip {
        position: absolute;
        z-index: 10;
        inset-block-start: -4rem;
        inset-inline-start: var(--s2);
      }

      .skip:focus {
        inset-block-start: var(--s2);
      }

      @media (max-width: 60rem) {
        .panel {
          position: fixed;
          z-index: 4;
          inset-block: 0;
          inset-inline-end: 0;
          width: min(20rem, 100vw);
          box-shadow: var(--raise);
        }
      }

      @media (max-width: 45rem) {
        .chat {
          grid-template-columns: minmax(0, 1fr);
        }

        button.narrow {
          display: inline-flex;
        }

        chat-sidebar {
          position: fixed;
          z-index: 4;
          inset-block: 0;
          inset-inline-start: 0;
          width: min(19rem, 88vw);
          box-shadow: var(--raise);
          visibility: hidden;
          translate: -100%;
          transition:
            translate 0.18s ease-out,
            visibility 0.18s;
        }

        chat-sidebar.shown {
          visibility: visible;
          translate: 0;
        }

        .scrim {
          position: fixed;
          z-index: 3;
          inset: 0;
          background: var(--scrim);
        }

        .panel {
          width: 100vw;
        }
      }
    `,
  ];

  /** @type {ParleyClient | undefined} */
  #client;
  /** @type {Credentials} */
  #credentials = {};
  #wasWelcomed = false;

  constructor() {
    super();
    /** @type {Chat | undefined} */
    this.chat = undefined;
    /** @type {PanelName | ''} */
    this.panel = '';
    this.isSidebarShown = false;
    this.isChoosingRoom = false;
    this.isSigningIn = false;
    this.problem = '';
    this.addEventListener('sign-in', (event) => this.#signIn(/** @type {CustomEvent} */ (event).detail));
    this.addEventListener('sign-out', () => this.#signOut());
    this.addEventListener('chosen', () => this.#chosen());
    this.addEventListener('panel', (event) => this.#switchPanel(/** @type {CustomEvent} */ (event).detail));
    this.addEventListener('close-panel', () => this.#switchPanel(this.panel));
    this.addEventListener('choose-room', () => (this.isChoosingRoom = true));
    this.addEventListener('focus-lost', () => this.#focusConversation());
    // Wherever the focus is, even if an element has taken it away with itself.
    this.watch(document, 'keydown', (/** @type {KeyboardEvent} */ event) => this.#keyPressed(event));
  }

  connectedCallback() {
    super.connectedCallback();
    const stored = storedCredentials();
    if (!stored || this.chat) return;
    // Signed in before a reload: the page is there at once, and says how the connection is coming.
    this.#signIn(stored);
    this.#enter();
  }

  render() {
    return this.chat ? this.#shell(this.chat) : this.#signInForm();
  }

  updated() {
    if (!this.chat) {
      document.title = 'Parley';
      return;
    }
    const { active, unread } = this.chat;
    document.title = windowTitle(unread, active.isRoom ? `# ${active.title}` : active.title);
  }

  #signInForm() {
    return html`<chat-sign-in
      .problem=${this.problem}
      .isBusy=${this.isSigningIn}
      .username=${this.#credentials.username ?? ''}
    ></chat-sign-in>`;
  }

  /** @param {Chat} chat */
  #shell(chat) {
    const { active } = chat;
    // A conversation with one person has no people to list and no search.
    const panel = active.isRoom || this.panel === 'notifications' ? this.panel : '';
    return html`
      <div class="chat">
        <button class="skip" @click=${() => this.#focusConversation()}>${t('skip')}</button>
        <chat-sidebar id="sidebar" class=${this.isSidebarShown ? 'shown' : ''} .chat=${chat}>
          <button
            slot="close"
            class="icon push narrow"
            aria-label=${t('close')}
            @click=${() => this.#showSidebar(false)}
          >
            ${sign('close')}
          </button>
        </chat-sidebar>
        ${this.isSidebarShown ? html`<div class="scrim" @click=${() => this.#showSidebar(false)}></div>` : nothing}
        <main @dragover=${this.#draggedOver} @dragleave=${this.#draggedAway} @drop=${this.#dropped}>
          <chat-header .chat=${chat} .panel=${panel}>
            <button
              id="toggle-sidebar"
              class="icon narrow"
              aria-label=${
                chat.unread > 0 ? `${t('conversations')}, ${t('unread', { count: chat.unread })}` : t('conversations')
              }
              aria-expanded=${this.isSidebarShown ? 'true' : 'false'}
              @click=${() => this.#showSidebar(true)}
            >
              ${sign('menu')}
            </button>
          </chat-header>
          <connection-banner id="connection" .client=${chat.client}>
            <button class="small" @click=${() => this.#signInAgain()}>${t('signInAgain')}</button>
          </connection-banner>
          <message-list id="list" .chat=${chat}></message-list>
          <typing-line .chat=${chat}></typing-line>
          <chat-composer id="composer-box" .chat=${chat}></chat-composer>
        </main>
        ${
          panel === 'people'
            ? html`<people-panel
                class="panel"
                role="complementary"
                aria-label=${t('people')}
                .chat=${chat}
              ></people-panel>`
            : nothing
        }
        ${
          panel === 'notifications'
            ? html`<notifications-panel
                class="panel"
                role="complementary"
                aria-label=${t('notifications')}
                .chat=${chat}
              ></notifications-panel>`
            : nothing
        }
        ${
          panel === 'search'
            ? html`<search-panel
                class="panel"
                role="complementary"
                aria-label=${t('search')}
                .chat=${chat}
                @found=${(/** @type {CustomEvent} */ event) => this.#reveal(event.detail)}
              ></search-panel>`
            : nothing
        }
        <chat-notices class=${panel ? 'beside' : ''} .chat=${chat}></chat-notices>
        ${
          this.isChoosingRoom
            ? html`<room-dialog .chat=${chat} @closed=${() => (this.isChoosingRoom = false)}></room-dialog>`
            : nothing
        }
      </div>
    `;
  }

  /** @param {Credentials} credentials */
  #signIn(credentials) {
    this.#credentials = credentials;
    this.problem = '';
    this.isSigningIn = true;
    this.#wasWelcomed = false;
    const { username, token } = credentials;
    this.#endClient();
    /** @type {ParleyClient} */
    let client;
    try {
      client = connect({
        url: 'chat',
        startClosed: true,
        shared: true,
        ...(username === undefined ? {} : { username }),
        ...(token === undefined ? {} : { token }),
      });
    } catch (error) {
      this.#refused(/** @type {Error} */ (error));
      return;
    }
    this.#client = client;
    this.#chat = new Chat(client);
    client.on('welcome', () => this.#welcomed());
    client.on('state', ({ state, error }) => {
      if (this.#wasWelcomed || client !== this.#client) return;
      // Whoever came by a form is told at once; whoever was signed in before a reload waits for the server.
      const isTold = state === 'WAITING' && !this.chat && !this.#mayComeByHttp(error);
      if (state === 'CLOSED' || isTold) this.#refused(error);
    });
    client.open();
  }

  /** Of the client that signs in; shown as `chat` from the welcome on. @type {Chat | undefined} */
  #chat;

  #welcomed() {
    const client = this.#client;
    if (!client?.me) return;
    this.#wasWelcomed = true;
    // Where the server chose the name, too: a reload asks for it again.
    this.#credentials = { ...this.#credentials, username: client.me.username };
    storeCredentials(this.#credentials);
    if (!this.chat) this.#enter();
  }

  #enter() {
    const chat = this.#chat;
    if (!chat) return;
    this.chat = chat;
    this.isSigningIn = false;
    this.watch(chat, 'change');
    this.watch(chat, 'shown', () => this.#focusConversation());
    showDesktopNotices(chat);
    this.updateComplete.then(() => this.#focusConversation());
  }

  /** @param {import('../../parley/parley-client.js').ParleyError | undefined} error of the last attempt */
  #mayComeByHttp(error) {
    const hasTried = (this.#client?.attempts ?? 0) > WEBSOCKETS_TRIED;
    return this.#credentials.token !== undefined && !hasTried && MAY_BE_BLOCKED.includes(error?.code ?? '');
  }

  /** What it says from now on is of no interest. */
  #endClient() {
    const client = this.#client;
    this.#client = undefined;
    client?.destroy();
  }

  /** @param {Error | undefined} error */
  #refused(error) {
    this.problem = error ? errorText(error) : t('error.unknown', { code: '?' });
    this.isSigningIn = false;
    this.#endClient();
    this.chat = undefined;
    forgetCredentials();
  }

  #signOut() {
    // Only then, since a client keeps its messages when it ends.
    this.#endClient();
    forgetPerson();
    // Nothing of one person stays for the next, on the page either.
    location.reload();
  }

  /** For who was signed out by the server: what this person has not sent yet, and a guest's name, stay. */
  #signInAgain() {
    this.#endClient();
    forgetCredentials();
    location.reload();
  }

  #chosen() {
    this.isSidebarShown = false;
    if (matchMedia('(max-width: 60rem)').matches) this.panel = '';
    this.updateComplete.then(() => this.#focusConversation());
  }

  /** @param {PanelName | ''} name opened, or closed where it is open */
  async #switchPanel(name) {
    const isClosing = this.panel === name;
    this.panel = isClosing ? '' : name;
    await this.updateComplete;
    const header = /** @type {any} */ (this.renderRoot.querySelector('chat-header'));
    await header?.updateComplete;
    if (isClosing) header?.renderRoot.querySelector(`#show-${name}`)?.focus();
    else this.#focusPanel();
  }

  async #focusPanel() {
    const panel = /** @type {any} */ (this.renderRoot.querySelector('.panel'));
    await panel?.updateComplete;
    panel?.renderRoot.querySelector('input, button')?.focus();
  }

  /** @param {boolean} isShown */
  async #showSidebar(isShown) {
    this.isSidebarShown = isShown;
    await this.updateComplete;
    const sidebar = /** @type {any} */ (this.byId('sidebar'));
    if (isShown) sidebar.renderRoot.querySelector('[aria-current]')?.focus();
    else this.byId('toggle-sidebar').focus();
  }

  /** On a phone the field would bring the keyboard up: there the messages get the focus. */
  #focusConversation() {
    if (matchMedia('(pointer: coarse)').matches) this.byId('list').renderRoot.querySelector('#scroller')?.focus();
    else this.byId('composer-box').focusField();
  }

  /** @param {number} seq of a message that a search has found */
  async #reveal(seq) {
    const { chat } = this;
    const active = chat?.active;
    if (!active?.isRoom) return;
    if (matchMedia('(max-width: 60rem)').matches) this.panel = '';
    await active.showAround(seq);
    // Somebody who went on meanwhile wants to see something else.
    const isThere = chat?.active === active && active.window.messages.some((message) => message.seq === seq);
    if (isThere) await this.byId('list').reveal(seq);
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (this.isSidebarShown) this.#showSidebar(false);
    else if (this.panel) this.#switchPanel(this.panel);
  }

  /** @param {DragEvent} event */
  #draggedOver(event) {
    if (!this.chat?.active.isRoom || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.currentTarget).classList.add('dropping');
  }

  /** @param {DragEvent} event */
  #draggedAway(event) {
    /** @type {HTMLElement} */ (event.currentTarget).classList.remove('dropping');
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    this.#draggedAway(event);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    this.chat?.sendFiles(event.dataTransfer.files);
  }
}

customElements.define('chat-app', ChatApp);
