import { css, html } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { sign } from '../shared/signs.js';
import '../shared/preferences.js';

/** Asks who somebody is. Dispatches `sign-in` with the credentials. */
class SignIn extends ParleyElement {
  static properties = {
    /** Why the last try failed. */
    problem: {},
    /** A try is under way. */
    isBusy: { type: Boolean },
    username: {},
    hasToken: { state: true },
  };

  static styles = [
    controls,
    css`
      :host {
        display: grid;
        min-height: 100dvh;
        place-items: center;
        padding: var(--s4);
      }

      .card {
        width: min(24rem, 100%);
        padding: var(--s6);
        box-shadow: var(--raise);
      }

      header {
        text-align: center;
      }

      h1 {
        margin-top: var(--s3);
        font-size: var(--type-head);
      }

      .primary {
        width: 100%;
      }

      summary {
        width: fit-content;
        color: var(--quiet);
        font-size: var(--type-quiet);
        cursor: pointer;
      }

      details[open] summary {
        margin-bottom: var(--s3);
      }

      textarea {
        font-family: ui-monospace, 'Cascadia Mono', Consolas, monospace;
        font-size: var(--type-small);
        resize: vertical;
      }

      footer {
        padding-top: var(--s4);
        border-top: 1px solid var(--line);
      }

      nav {
        display: flex;
        gap: var(--s4);
        justify-content: center;
        font-size: var(--type-quiet);
      }

      @media (max-width: 26rem) {
        .card {
          padding: var(--s5);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.problem = '';
    this.isBusy = false;
    this.username = '';
    this.hasToken = false;
  }

  firstUpdated() {
    this.byId('username').focus();
  }

  render() {
    return html`
      <main class="card stack">
        <header>
          <img src="favicon.svg" alt="" width="44" height="44" />
          <h1>Parley</h1>
          <p class="quiet">${t('signIn.welcome')}</p>
        </header>
        <form id="sign-in" class="stack" @submit=${this.#submit}>
          <div>
            <label for="username">${t('signIn.name')}</label>
            <input
              id="username"
              name="username"
              autocomplete="username"
              maxlength="64"
              dir="auto"
              .value=${this.username}
              ?required=${!this.hasToken}
            />
          </div>
          <details>
            <summary>${t('signIn.withToken')}</summary>
            <label for="token">${t('signIn.token')}</label>
            <textarea
              id="token"
              name="token"
              rows="3"
              autocomplete="off"
              spellcheck="false"
              aria-describedby="token-hint"
              @input=${(/** @type {any} */ event) => (this.hasToken = event.target.value.trim() !== '')}
            ></textarea>
            <p id="token-hint" class="quiet">${t('signIn.tokenHint')}</p>
          </details>
          <p id="sign-in-problem" class="problem" role="alert" ?hidden=${!this.problem}>${this.problem}</p>
          <button class="primary" ?disabled=${this.isBusy}>
            ${sign('chat')} ${this.isBusy ? t('signIn.busy') : t('signIn.enter')}
          </button>
        </form>
        <footer class="stack">
          <parley-preferences></parley-preferences>
          <nav aria-label=${t('pages')}>
            <a href="monitor.html">${t('monitor')}</a>
            <a href="admin.html">${t('admin')}</a>
          </nav>
        </footer>
      </main>
    `;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const username = this.byId('username').value.trim();
    const token = this.byId('token').value.trim();
    this.tell('sign-in', { username: username || undefined, token: token || undefined });
  }
}

customElements.define('chat-sign-in', SignIn);
