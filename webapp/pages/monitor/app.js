import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { connect } from '../../parley/parley-client.js';
import { errorText, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { storedCredentials } from '../shared/session.js';
import { readJsonSetting, readSetting, writeSetting } from '../shared/settings.js';
import { sign } from '../shared/signs.js';
import { PaintQueue } from './paint-queue.js';
import { Series } from './series.js';
import '../shared/connection-banner.js';
import '../shared/page-header.js';
import './metric-card.js';

/** @typedef {import('../../parley/parley-client.js').Metric} Metric */
/** @typedef {import('../../parley/parley-client.js').Subscription} Subscription */
/** @typedef {import('./series.js').Thresholds} Thresholds */

const TICK_MILLIS = 250;
/** The axis moves on although nothing comes. */
const MOVE_MILLIS = 1_000;
const MINUTE_MILLIS = 60_000;
const RANGES = [1, 5, 15, 60];
const WATCHED_FIRST = ['parley.*'];
const WATCHED_SETTING = 'parley.monitor.watched';
const RANGE_SETTING = 'parley.monitor.minutes';
const THRESHOLDS_SETTING = 'parley.monitor.thresholds';
/** A page with more is of no use to anybody, and a node has at most 10,000. */
const SERIES_MAX = 300;

/** The monitor: metrics that somebody chose by name or by prefix, live. */
class MonitorApp extends ParleyElement {
  static properties = {
    minutes: { state: true },
    isPaused: { state: true },
    problem: { state: true },
    filter: { state: true },
  };

  static styles = [
    controls,
    css`
      :host {
        display: block;
      }

      main {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--s4);
        max-width: 100rem;
        margin: 0 auto;
        padding: var(--s4);
      }

      h1 {
        font-size: var(--type-head);
      }

      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s3) var(--s4);
        align-items: end;
      }

      .tools > div {
        flex: 0 1 12rem;
        min-width: 8rem;
      }

      .tools form {
        display: flex;
        gap: var(--s2);
        align-items: end;
      }

      .tools form > div {
        flex: 1 1 9rem;
        min-width: 0;
      }

      #subscribe {
        flex: 1 1 18rem;
        max-width: 28rem;
      }

      @media (max-width: 45rem) {
        .tools > div {
          flex: 1 1 8rem;
        }
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: var(--s2);
      }

      .chips li {
        display: inline-flex;
        align-items: center;
        max-width: 100%;
        padding-inline-start: var(--s3);
        border: 1px solid var(--line);
        border-radius: 2rem;
        background: var(--surface);
        font-size: var(--type-quiet);
      }

      .chips .icon {
        width: 1.75rem;
        height: 1.75rem;
        min-height: 1.75rem;
        border-radius: 50%;
      }

      .chips svg.sign {
        width: 0.9rem;
        height: 0.9rem;
      }

      #metrics {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr));
        gap: var(--s4);
      }

      .paused {
        color: var(--warning);
        font-weight: 600;
      }
    `,
  ];

  #queue = new PaintQueue();
  /** @type {Map<string, Series>} */
  #series = new Map();
  /** Those that a value has come for since they were shown. @type {Set<Series>} */
  #changed = new Set();
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  /** Thresholds by metric, over a reload. @type {Record<string, Thresholds>} */
  #thresholds = readJsonSetting(THRESHOLDS_SETTING) ?? {};
  #ticks = 0;
  #movedAt = 0;
  #isFull = false;
  #client;

  constructor() {
    super();
    this.minutes = RANGES.find((minutes) => String(minutes) === readSetting(RANGE_SETTING)) ?? 5;
    this.isPaused = false;
    this.problem = '';
    this.filter = '';
    const token = storedCredentials()?.token;
    // Metrics come by WebSocket alone.
    const credential = token === undefined ? {} : { token };
    this.#client = connect({ url: 'monitor', startClosed: true, shared: true, fallback: false, ...credential });
    this.watch(this.#client, 'welcome');
    this.watch(this.#client, 'state');
    this.addEventListener('thresholds', (event) => this.#keepThresholds(/** @type {CustomEvent} */ (event).detail));
  }

  connectedCallback() {
    super.connectedCallback();
    this.#ticks = setInterval(() => this.#tick(), TICK_MILLIS);
    for (const metricId of readJsonSetting(WATCHED_SETTING) ?? WATCHED_FIRST) this.#watchMetric(metricId);
    this.#client.open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#ticks);
    this.#client.destroy();
  }

  render() {
    const { state, me, roles } = this.#client;
    const shown = [...this.#series.values()]
      .filter(({ metricId }) => metricId.toLowerCase().includes(this.filter))
      .sort((a, b) => (a.metricId < b.metricId ? -1 : 1));
    return html`
      <page-header id="head" current="monitor" .who=${me && !me.guest ? me.username : ''}></page-header>
      <connection-banner id="connection" .client=${this.#client}>
        <button id="sign-in-again" class="small" @click=${() => this.byId('head').signIn()}>${t('signIn')}</button>
      </connection-banner>
      <main>
        <h1>${t('monitor')}</h1>
        <div class="tools">
          <form id="subscribe" @submit=${this.#subscribe}>
            <div>
              <label for="metric-id">${t('monitor.watch')}</label>
              <input
                id="metric-id"
                placeholder=${t('monitor.watchHint')}
                maxlength="128"
                autocapitalize="none"
                autocomplete="off"
                spellcheck="false"
                required
              />
            </div>
            <button class="primary">${sign('plus')} ${t('monitor.subscribe')}</button>
          </form>
          <div>
            <label for="minutes">${t('monitor.range')}</label>
            <select id="minutes" @change=${this.#rangeChosen}>
              ${RANGES.map(
                (minutes) =>
                  html`<option value=${minutes} ?selected=${minutes === this.minutes}>
                    ${t('monitor.minutes', { count: minutes })}
                  </option>`,
              )}
            </select>
          </div>
          <div>
            <label for="filter">${t('monitor.filter')}</label>
            <input
              id="filter"
              type="search"
              autocomplete="off"
              @input=${(/** @type {any} */ event) => (this.filter = event.target.value.trim().toLowerCase())}
            />
          </div>
          <button id="pause" aria-pressed=${this.isPaused ? 'true' : 'false'} @click=${this.#pause}>
            ${sign(this.isPaused ? 'play' : 'pause')} ${t(this.isPaused ? 'monitor.resume' : 'monitor.pause')}
          </button>
        </div>
        ${roles.includes('metrics') ? this.#publishForm() : nothing}
        <p id="problem" class="problem" role="alert" ?hidden=${!this.problem}>${this.problem}</p>
        <ul class="chips" aria-label=${t('monitor.watched')}>
          ${repeat(
            this.#subscriptions.keys(),
            (metricId) => metricId,
            (metricId) => this.#chip(metricId),
          )}
        </ul>
        ${this.isPaused ? html`<p class="paused" role="status">${t('monitor.paused')}</p>` : nothing}
        <section aria-labelledby="values">
          <h2 id="values" class="unseen">${t('monitor.values')}</h2>
          ${
            shown.length === 0
              ? html`<div class="empty">
                  ${sign('chart')}
                  <p>${t(this.filter ? 'monitor.noMatch' : 'monitor.none')}</p>
                </div>`
              : nothing
          }
          <div id="metrics">
            ${repeat(
              shown,
              ({ metricId }) => metricId,
              (series) =>
                html`<metric-card
                  class="card"
                  data-metric-id=${series.metricId}
                  .series=${series}
                  .queue=${this.#queue}
                  .isLive=${state === 'OPEN'}
                ></metric-card>`,
            )}
          </div>
        </section>
      </main>
    `;
  }

  updated() {
    document.title = `${t('monitor')} · Parley`;
  }

  /** @param {string} metricId */
  #chip(metricId) {
    return html`<li data-watched=${metricId}>
      <span class="cut" dir="auto">${metricId}</span>
      <button
        class="icon"
        aria-label=${t('monitor.unsubscribe', { name: metricId })}
        title=${t('monitor.unsubscribe', { name: metricId })}
        @click=${() => this.#forgetMetric(metricId)}
      >
        ${sign('close')}
      </button>
    </li>`;
  }

  #publishForm() {
    return html`
      <details>
        <summary class="quiet">${t('monitor.publishOne')}</summary>
        <form id="publish" class="tools" @submit=${this.#publish}>
          <div>
            <label for="publish-id">${t('monitor.metric')}</label>
            <input
              id="publish-id"
              maxlength="128"
              autocapitalize="none"
              autocomplete="off"
              spellcheck="false"
              required
            />
          </div>
          <div>
            <label for="publish-value">${t('monitor.value')}</label>
            <input id="publish-value" type="number" step="any" required />
          </div>
          <button>${t('monitor.publish')}</button>
        </form>
      </details>
    `;
  }

  /** @param {Event} event */
  async #subscribe(event) {
    event.preventDefault();
    const field = this.byId('metric-id');
    const metricId = field.value.trim();
    if (this.#subscriptions.has(metricId)) {
      field.value = '';
      return;
    }
    if (await this.#watchMetric(metricId)) field.value = '';
  }

  /**
   * @param {string} metricId exact, or a prefix and `*`
   * @returns {Promise<boolean>} whether the server has subscribed
   */
  async #watchMetric(metricId) {
    const subscription = this.#client.subscribe(metricId, (metric) => this.#came(metric));
    this.#subscriptions.set(metricId, subscription);
    this.requestUpdate();
    try {
      await subscription.ready;
      this.problem = '';
      this.#keepWatched();
      return true;
    } catch (error) {
      // Of a connection that is not there the banner tells; the library subscribes when it is back.
      const { code, name } = /** @type {any} */ (error);
      if (name === 'ConnectionError' && code !== 'timeout') return false;
      this.problem = errorText(/** @type {Error} */ (error));
      this.#subscriptions.delete(metricId);
      subscription.unsubscribe();
      this.requestUpdate();
      return false;
    }
  }

  /** @param {string} metricId */
  #forgetMetric(metricId) {
    this.#subscriptions.get(metricId)?.unsubscribe();
    this.#subscriptions.delete(metricId);
    this.#keepWatched();
    const watched = [...this.#subscriptions.keys()];
    for (const id of this.#series.keys()) {
      const isWatched = watched.some(
        (other) => other === id || (other.endsWith('*') && id.startsWith(other.slice(0, -1))),
      );
      if (!isWatched) this.#series.delete(id);
    }
    if (this.#isFull) this.problem = '';
    this.#isFull = false;
    this.requestUpdate();
    // The button has gone, and the focus with it.
    this.byId('metric-id').focus();
  }

  #keepWatched() {
    writeSetting(WATCHED_SETTING, JSON.stringify([...this.#subscriptions.keys()]));
  }

  /** @param {Series} series */
  #keepThresholds({ metricId, thresholds }) {
    this.#thresholds[metricId] = thresholds;
    writeSetting(THRESHOLDS_SETTING, JSON.stringify(this.#thresholds));
    this.#tick(true);
  }

  /** @param {Metric} metric */
  #came({ metricId, value, at }) {
    let series = this.#series.get(metricId);
    if (!series) {
      if (this.#series.size >= SERIES_MAX) {
        if (!this.#isFull) this.problem = t('monitor.tooMany', { count: SERIES_MAX });
        this.#isFull = true;
        return;
      }
      series = new Series(metricId);
      series.thresholds = this.#thresholds[metricId] ?? {};
      this.#series.set(metricId, series);
      this.requestUpdate();
    }
    series.add(Date.parse(at), value, Date.now());
    this.#changed.add(series);
  }

  /** @param {boolean} [isForced] shows all, in a pause too */
  #tick(isForced = false) {
    if ((this.isPaused && !isForced) || document.hidden) return;
    const now = Date.now();
    const hasMoved = isForced || now - this.#movedAt >= MOVE_MILLIS;
    if (hasMoved) this.#movedAt = now;
    for (const card of this.renderRoot.querySelectorAll('metric-card')) {
      const shown = /** @type {any} */ (card);
      if (hasMoved || this.#changed.has(shown.series)) shown.show(now, this.minutes * MINUTE_MILLIS);
    }
    this.#changed.clear();
  }

  #pause() {
    this.isPaused = !this.isPaused;
    if (!this.isPaused) this.#tick(true);
  }

  /** @param {any} event */
  #rangeChosen({ target }) {
    this.minutes = Number(target.value);
    writeSetting(RANGE_SETTING, String(this.minutes));
    this.#tick(true);
  }

  /** @param {Event} event */
  async #publish(event) {
    event.preventDefault();
    try {
      await this.#client.publishMetric(this.byId('publish-id').value.trim(), this.byId('publish-value').valueAsNumber);
      this.problem = '';
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    }
  }
}

customElements.define('monitor-app', MonitorApp);
