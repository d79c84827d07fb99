import { css, html, nothing } from 'lit';
import { t } from '../i18n/language.js';
import { controls } from './controls.js';
import { ParleyElement } from './element.js';
import { toggled } from './popover.js';
import { forgetPerson, storeCredentials, storedCredentials } from './session.js';
import { sign } from './signs.js';
import './dialog.js';
import './preferences.js';

const PAGES = /** @type {const} */ ([
  ['chat', './', 'chat'],
  ['monitor', 'monitor.html', 'chart'],
  ['admin', 'admin.html', 'shield'],
]);

/**
 * The head of the monitor and of the administration: the way to the other pages, the preferences, and signing in with a
 * token. A page begins anew when somebody signs in or out.
 */
export class PageHeader extends ParleyElement {
  static properties = { current: {}, who: {}, isSigningIn: { state: true } };

  static styles = [
    controls,
    css`
      header {
        display: flex;
        gap: var(--s2) var(--s4);
        align-items: center;
        min-height: 3.5rem;
        padding: 0 var(--s4);
        border-bottom: 1px solid var(--line);
        background: var(--surface);
      }

      .brand {
        font-size: var(--type-title);
        font-weight: 650;
      }

      nav {
        display: flex;
        margin-inline-end: auto;
        gap: 2px;
      }

      nav a {
        display: inline-flex;
        gap: var(--s2);
        align-items: center;
        min-height: 2.25rem;
        padding: 0 var(--s3);
        border-radius: var(--round);
        color: var(--quiet);
        font-weight: 550;
        text-decoration: none;
      }

      nav a:hover {
        background: var(--hover);
        color: var(--text);
      }

      nav a[aria-current] {
        background: var(--selected);
        color: var(--accent);
      }

      nav svg.sign {
        width: 1.1rem;
        height: 1.1rem;
      }

      .who {
        max-width: 10rem;
      }

      [popover] {
        inset: auto;
        position: fixed;
        width: min(19rem, calc(100vw - 1rem));
        margin: 0;
        padding: var(--s4);
        border: 1px solid var(--line);
        border-radius: var(--round-large);
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--raise);
      }

      textarea {
        font-family: ui-monospace, 'Cascadia Mono', Consolas, monospace;
        font-size: var(--type-small);
      }

      @media (max-width: 40rem) {
        .brand span,
        .who,
        nav span {
          display: none;
        }

        header {
          padding: 0 var(--s2) 0 var(--s3);
        }
      }
    `,
  ];

  constructor() {
    super();
    this.current = '';
    /** The name of who is signed in, if it is known. */
    this.who = '';
    this.isSigningIn = false;
  }

  /** Asks for a token. */
  signIn() {
    this.isSigningIn = true;
  }

  render() {
    const hasToken = storedCredentials()?.token !== undefined;
    return html`
      <header>
        <span class="brand row"><img src="favicon.svg" alt="" width="26" height="26" /><span>Parley</span></span>
        <nav aria-label=${t('pages')}>
          ${PAGES.map(
            ([name, href, drawing]) =>
              html`<a href=${href} aria-current=${name === this.current ? 'page' : nothing} aria-label=${t(name)}
                >${sign(drawing)}<span aria-hidden="true">${t(name)}</span></a
              >`,
          )}
        </nav>
        <bdi class="quiet cut who">${this.who}</bdi>
        ${
          hasToken
            ? html`<button id="sign-out" class="small" @click=${this.#signOut}>${t('signOut')}</button>`
            : html`<button id="open-sign-in" class="small" @click=${() => this.signIn()}>${t('signIn')}</button>`
        }
        <button
          id="preferences"
          class="icon"
          popovertarget="menu"
          aria-label=${t('preferences')}
          title=${t('preferences')}
        >
          ${sign('settings')}
        </button>
        <div id="menu" popover @toggle=${this.#toggled}><parley-preferences></parley-preferences></div>
      </header>
      ${
        this.isSigningIn
          ? html`<parley-dialog
              id="dialog"
              .heading=${t('signIn.withToken')}
              @closed=${() => (this.isSigningIn = false)}
            >
              <form id="sign-in" class="stack" @submit=${this.#submit}>
                <div>
                  <label for="token">${t('signIn.token')}</label>
                  <textarea id="token" rows="4" autocomplete="off" spellcheck="false" required></textarea>
                </div>
                <button class="primary">${t('signIn')}</button>
              </form>
            </parley-dialog>`
          : nothing
      }
    `;
  }

  /** @param {Map<string, unknown>} changed */
  updated(changed) {
    if (changed.has('isSigningIn') && this.isSigningIn) this.byId('dialog').show();
  }

  /** @param {any} event */
  #toggled(event) {
    toggled(event, this.byId('preferences'));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    storeCredentials({ token: this.byId('token').value.trim() });
    location.reload();
  }

  #signOut() {
    forgetPerson();
    location.reload();
  }
}

customElements.define('page-header', PageHeader);
