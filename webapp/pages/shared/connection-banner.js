import { css, html, nothing } from 'lit';
import { errorText, t } from '../i18n/language.js';
import { controls } from './controls.js';
import { ParleyElement } from './element.js';
import { sign } from './signs.js';

/** @typedef {import('../../parley/parley-client.js').ParleyClient} ParleyClient */

/**
 * Says when the connection is away, why, and when the next try is. A screen reader hears that it is away and that it is
 * back; the countdown is for the eyes alone, so that nobody hears each second.
 */
class ConnectionBanner extends ParleyElement {
  static properties = { client: { attribute: false }, seconds: { state: true } };

  static styles = [
    controls,
    css`
      .banner {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s1) var(--s3);
        align-items: center;
        padding: var(--s2) var(--s4);
        border-bottom: 1px solid var(--line);
        background: var(--warning-soft);
        color: var(--warning);
        font-size: var(--type-quiet);
      }

      .note {
        padding: var(--s2) var(--s4);
        border-bottom: 1px solid var(--line);
      }

      .banner.CLOSED {
        background: var(--danger-soft);
        color: var(--danger);
      }

      .countdown {
        font-variant-numeric: tabular-nums;
      }

      .words {
        flex: 1 1 12rem;
        min-width: 0;
        overflow-wrap: anywhere;
      }

      button {
        color: var(--text);
      }
    `,
  ];

  #ticks = 0;

  constructor() {
    super();
    this.client = /** @type {ParleyClient} */ (/** @type {unknown} */ (undefined));
    this.seconds = 0;
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('client')) {
      this.watch(this.client, 'state', () => this.#stateChanged());
      this.#stateChanged();
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#ticks);
  }

  render() {
    const { state, transport } = this.client;
    this.dataset.state = state;
    const isQuiet = state === 'OPEN' || state === 'IDLE';
    const isByOther = state === 'OPEN' && transport !== 'websocket';
    return html`
      <div class=${isQuiet ? (isByOther ? 'note' : '') : `banner ${state}`}>
        ${isQuiet ? nothing : sign('warning')}
        <span class="words">
          <span role="status" class=${isQuiet ? 'unseen' : ''}>${t(`state.${state}`)} ${this.#why()}</span>
          ${
            state === 'WAITING' && this.client.retryAt > 0
              ? html`<span class="countdown" aria-hidden="true"
                  >${t('state.countdown', { seconds: this.seconds })}</span
                >`
              : nothing
          }
          ${
            isByOther
              ? html`<span class="quiet">${t('state.fallback', { transport: transport.toUpperCase() })}</span>`
              : nothing
          }
        </span>
        ${
          state === 'WAITING' || state === 'CLOSED'
            ? html`<button id="reconnect" class="small" @click=${() => this.client.open()}>
                ${sign('retry')} ${t(state === 'WAITING' ? 'state.now' : 'state.reconnect')}
              </button>`
            : nothing
        }
        ${state === 'CLOSED' ? html`<slot></slot>` : nothing}
      </div>
    `;
  }

  #why() {
    const { state, error } = this.client;
    return !error || state === 'OPEN' || state === 'CONNECTING' ? '' : errorText(error);
  }

  #stateChanged() {
    clearInterval(this.#ticks);
    if (this.client.state === 'WAITING') this.#ticks = setInterval(() => this.#count(), 1_000);
    this.#count();
    this.requestUpdate();
  }

  #count() {
    this.seconds = Math.max(0, Math.ceil((this.client.retryAt - Date.now()) / 1_000));
  }
}

customElements.define('connection-banner', ConnectionBanner);
