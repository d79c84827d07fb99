import { css, html, nothing } from 'lit';
import { language, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { toggled } from '../shared/popover.js';
import { sign } from '../shared/signs.js';
import { formatValue } from './format.js';
import './line-chart.js';

/** @typedef {import('./series.js').Series} Series */
/** @typedef {import('./paint-queue.js').PaintQueue} PaintQueue */

/**
 * One metric: its last value with its age, its line, and the thresholds that somebody set. An old value, or one from
 * before the connection was lost, is grey and says so. Dispatches `thresholds` with those that were set.
 */
class MetricCard extends ParleyElement {
  static properties = { series: { attribute: false }, isLive: { type: Boolean } };

  static styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-rows: auto auto 1fr;
        grid-template-columns: minmax(0, 1fr);
        gap: var(--s1);
        min-width: 0;
        padding: var(--s3) var(--s4);
      }

      .head {
        display: flex;
        gap: var(--s2);
        align-items: center;
      }

      h3 {
        color: var(--quiet);
        font-size: var(--type-quiet);
        font-weight: 550;
      }

      .latest {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--s3);
        align-items: baseline;
      }

      .value {
        font-size: var(--type-head);
        font-weight: 650;
        font-variant-numeric: tabular-nums;
        line-height: 1.3;
      }

      :host([data-stale]) .value {
        color: var(--quiet);
        font-weight: 400;
      }

      .crossed {
        color: var(--danger);
      }

      .age {
        font-variant-numeric: tabular-nums;
      }

      [popover] {
        inset: auto;
        position: fixed;
        width: min(16rem, calc(100vw - 1rem));
        margin: 0;
        padding: var(--s4);
        border: 1px solid var(--line);
        border-radius: var(--round-large);
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--raise);
      }
    `,
  ];

  constructor() {
    super();
    this.series = /** @type {Series} */ (/** @type {unknown} */ (undefined));
    this.queue = /** @type {PaintQueue} */ (/** @type {unknown} */ (undefined));
    this.isLive = false;
    /** The time that is shown as now. */
    this.now = 0;
  }

  render() {
    const { series, now } = this;
    const isStale = !this.isLive || series.isStale(now);
    this.toggleAttribute('data-stale', isStale);
    const seconds = Math.max(0, Math.round((now - series.cameAt) / 1_000));
    const { crossed } = series;
    return html`
      <div class="head">
        <h3 class="cut" dir="auto" title=${series.metricId}>${series.metricId}</h3>
        <button
          id="set"
          class="icon push"
          popovertarget="thresholds"
          aria-label=${t('monitor.thresholdsOf', { name: series.metricId })}
          title=${t('monitor.thresholds')}
        >
          ${sign('settings')}
        </button>
      </div>
      <div class="latest">
        <span class="value ${crossed ? 'crossed' : ''}"
          >${series.value === undefined ? '–' : formatValue(series.unit, series.value, language())}</span
        >
        <span class="quiet age">${isStale ? t('monitor.old', { age: ageText(seconds) }) : ageText(seconds)}</span>
        <span role="status" class="quiet crossed">${crossed ? t(`monitor.${crossed}`) : nothing}</span>
      </div>
      <line-chart .series=${series} .queue=${this.queue}></line-chart>
      <div id="thresholds" popover @toggle=${this.#toggled}>
        <form class="stack" @submit=${this.#submit}>
          <div>
            <label for="above">${t('monitor.markAbove')}</label>
            <input id="above" type="number" step="any" .value=${String(series.thresholds.above ?? '')} />
          </div>
          <div>
            <label for="below">${t('monitor.markBelow')}</label>
            <input id="below" type="number" step="any" .value=${String(series.thresholds.below ?? '')} />
          </div>
          <button class="primary">${t('apply')}</button>
        </form>
      </div>
    `;
  }

  /**
   * What there is to see at a time.
   * @param {number} now
   * @param {number} rangeMillis
   */
  show(now, rangeMillis) {
    this.now = now;
    this.requestUpdate();
    const chart = /** @type {any} */ (this.renderRoot.querySelector('line-chart'));
    if (!chart) return;
    Object.assign(chart, { rangeMillis, end: now });
    chart.repaint();
  }

  /** @param {any} event */
  #toggled(event) {
    toggled(event, this.byId('set'));
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const value = (/** @type {string} */ id) => {
      const number = this.byId(id).valueAsNumber;
      return Number.isNaN(number) ? undefined : number;
    };
    this.series.thresholds = { above: value('above'), below: value('below') };
    this.byId('thresholds').hidePopover();
    this.tell('thresholds', this.series);
    this.requestUpdate();
  }
}

/** @param {number} seconds */
function ageText(seconds) {
  if (seconds < 2) return t('age.now');
  const [count, unit] =
    seconds < 90
      ? [seconds, /** @type {const} */ ('second')]
      : seconds < 90 * 60
        ? [Math.round(seconds / 60), /** @type {const} */ ('minute')]
        : [Math.round(seconds / 3600), /** @type {const} */ ('hour')];
  return new Intl.RelativeTimeFormat(language(), { style: 'short' }).format(-count, unit);
}

customElements.define('metric-card', MetricCard);
