import { css, html, nothing } from 'lit';
import { t } from '../i18n/language.js';
import { avatar, avatarStyles } from '../shared/avatar.js';
import { controls } from '../shared/controls.js';
import { toggled } from '../shared/popover.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { areDesktopNoticesOn, canHaveDesktopNotices, switchDesktopNotices } from './desktop-notices.js';
import '../shared/preferences.js';

/** Who somebody is, and what concerns this person: preferences, the other pages, signing out. */
class ChatAccount extends ChatElement {
  static styles = [
    controls,
    avatarStyles,
    css`
      :host {
        padding: var(--s2);
        border-top: 1px solid var(--line);
      }

      #account {
        width: 100%;
        min-height: 3rem;
        justify-content: start;
        padding: 0 var(--s2);
        border-color: transparent;
        background: none;
        text-align: start;
      }

      #account:hover {
        background: var(--hover);
      }

      .who {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        min-width: 0;
        line-height: 1.3;
      }

      /* A guest's tag and the state need more than a line in some languages. */
      .who .row {
        flex-wrap: wrap;
        row-gap: 0;
      }

      .state {
        display: flex;
        gap: 0.4rem;
        align-items: center;
        color: var(--quiet);
        font-size: var(--type-small);
        font-weight: 400;
      }

      .state::before {
        content: '';
        width: 0.5rem;
        height: 0.5rem;
        border-radius: 50%;
        background: var(--warning);
      }

      .state.OPEN::before {
        background: var(--good);
      }

      .state.CLOSED::before {
        background: var(--danger);
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

      .links {
        display: grid;
      }

      .links > * {
        justify-content: start;
        padding: 0 var(--s2);
        border-color: transparent;
        background: none;
        color: var(--text);
        font-weight: 400;
      }

      .switch {
        display: flex;
        gap: var(--s2);
        align-items: center;
        margin: 0;
        font-weight: 400;
        font-size: var(--type-body);
      }

      .switch input {
        width: 1.1rem;
        min-height: 1.1rem;
        accent-color: var(--accent-fill);
      }
    `,
  ];

  render() {
    const { me, client } = this.chat;
    return html`
      <button id="account" popovertarget="menu" aria-label=${t('account', { name: me })}>
        ${avatar(me)}
        <span class="who">
          <span id="me" class="cut" dir="auto">${me}</span>
          <span class="row"
            ><span class="state ${client.state}">${t(`state.${client.state}`)}</span>
            ${client.me?.guest ? html`<span class="tag">${t('guest', { tag: client.me.guest })}</span>` : nothing}</span
          >
        </span>
        <span class="push">${sign('settings')}</span>
      </button>
      <div id="menu" popover @toggle=${this.#toggled} role="group" aria-label=${t('account', { name: me })}>
        <div class="stack">
          <parley-preferences></parley-preferences>
          ${
            canHaveDesktopNotices()
              ? html`<label class="switch">
                  <input
                    id="desktop-notices"
                    type="checkbox"
                    .checked=${areDesktopNoticesOn()}
                    @change=${this.#switchNotices}
                  />
                  ${t('desktopNotices')}
                </label>`
              : nothing
          }
          <div class="links">
            <a class="button" href="monitor.html">${sign('chart')} ${t('monitor')}</a>
            ${
              client.roles.includes('admin')
                ? html`<a class="button" href="admin.html">${sign('shield')} ${t('admin')}</a>`
                : nothing
            }
            <button id="disconnect" @click=${this.#disconnect} ?disabled=${client.state === 'CLOSED'}>
              ${sign('pause')} ${t('disconnect')}
            </button>
            <button id="sign-out" @click=${() => this.tell('sign-out')}>${sign('leave')} ${t('signOut')}</button>
          </div>
        </div>
      </div>
    `;
  }

  /** @param {any} event */
  #toggled(event) {
    toggled(event, this.byId('account'));
  }

  /** @param {any} event */
  async #switchNotices({ target }) {
    await switchDesktopNotices(target.checked);
    target.checked = areDesktopNoticesOn();
  }

  #disconnect() {
    this.byId('menu').hidePopover();
    // The button is of no use any more, and would lose the focus.
    this.byId('account').focus();
    this.chat.client.close();
  }
}

customElements.define('chat-account', ChatAccount);
