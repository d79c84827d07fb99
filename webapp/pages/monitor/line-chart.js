import { Chart, Decimation, LinearScale, LineController, LineElement, PointElement, Tooltip } from 'chart.js';
import { css, html } from 'lit';
import { language, t } from '../i18n/language.js';
import { ParleyElement } from '../shared/element.js';
import { themeChanges } from '../shared/theme.js';
import { formatValue } from './format.js';

/** @typedef {import('./series.js').Series} Series */
/** @typedef {import('./paint-queue.js').PaintQueue} PaintQueue */

Chart.register(Decimation, LinearScale, LineController, LineElement, PointElement, Tooltip);

/** The line of one metric, with axes, thresholds and the value under the pointer. Painted while it is on the screen. */
class LineChart extends ParleyElement {
  static properties = { series: { attribute: false } };

  static styles = css`
    :host {
      display: block;
      position: relative;
      height: 9rem;
      min-width: 0;
    }
  `;

  /** @type {Chart<'line', import('./series.js').Point[]> | undefined} */
  #chart;
  #isVisible = false;
  #paint = () => this.#paintNow();
  #visibility = new IntersectionObserver((entries) => {
    this.#isVisible = entries[entries.length - 1].isIntersecting;
    this.repaint();
  });

  constructor() {
    super();
    this.series = /** @type {Series} */ (/** @type {unknown} */ (undefined));
    this.queue = /** @type {PaintQueue} */ (/** @type {unknown} */ (undefined));
    this.rangeMillis = 0;
    /** The right end of the axis. */
    this.end = 0;
    this.watch(themeChanges, 'change', () => {
      this.#destroy();
      this.repaint();
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.#visibility.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#visibility.disconnect();
    this.queue.remove(this.#paint);
    this.#destroy();
  }

  render() {
    return html`<canvas role="img" aria-label=${t('monitor.chartOf', { name: this.series.metricId })}></canvas>`;
  }

  /** To be painted when there is time for it, if it is on the screen. */
  repaint() {
    if (this.#isVisible && this.hasUpdated) this.queue.add(this.#paint);
  }

  #paintNow() {
    const chart = this.#chart ?? this.#create();
    this.#chart = chart;
    const { rangeMillis, end, series } = this;
    Object.assign(/** @type {any} */ (chart.options.scales).x, { min: end - rangeMillis, max: end });
    const [line, above, below] = chart.data.datasets;
    line.data = series.points(rangeMillis);
    above.data = this.#level(series.thresholds.above);
    below.data = this.#level(series.thresholds.below);
    chart.update('none');
  }

  /** @param {number | undefined} value */
  #level(value) {
    return value === undefined
      ? []
      : [
          { x: this.end - this.rangeMillis, y: value },
          { x: this.end, y: value },
        ];
  }

  #destroy() {
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  /** @returns {Chart<'line', import('./series.js').Point[]>} */
  #create() {
    const style = getComputedStyle(this);
    // A custom property holds both themes; the browser resolves it only where it is used.
    const colour = (/** @type {string} */ name) => {
      this.style.color = `var(${name})`;
      const resolved = style.color;
      this.style.color = '';
      return resolved;
    };
    const [accent, danger, quiet, line] = ['--accent', '--danger', '--quiet', '--line'].map(colour);
    const unit = this.series.unit;
    const threshold = { borderColor: danger, borderWidth: 1, borderDash: [4, 4], pointRadius: 0, pointHitRadius: 0 };
    return new Chart(/** @type {HTMLCanvasElement} */ (this.renderRoot.querySelector('canvas')), {
      type: 'line',
      data: {
        datasets: [
          { data: [], borderColor: accent, borderWidth: 1.75, pointRadius: 0, pointHitRadius: 8, tension: 0 },
          { data: [], ...threshold },
          { data: [], ...threshold },
        ],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        parsing: false,
        normalized: true,
        interaction: { mode: 'nearest', axis: 'x', intersect: false },
        font: { family: style.fontFamily },
        scales: {
          x: {
            type: 'linear',
            grid: { display: false },
            border: { color: line },
            ticks: {
              color: quiet,
              maxTicksLimit: 4,
              maxRotation: 0,
              align: 'inner',
              autoSkip: true,
              font: { size: 11 },
              callback: (value) => timeText(Number(value), this.rangeMillis),
            },
          },
          y: {
            type: 'linear',
            grace: '10%',
            // What is a share or a rate begins at nothing; of everything else the changes matter.
            ...(unit === 'percent' || unit === 'perSecond'
              ? { min: 0, suggestedMax: unit === 'percent' ? 0.1 : 1 }
              : {}),
            grid: { color: line },
            border: { display: false },
            ticks: {
              color: quiet,
              maxTicksLimit: 4,
              font: { size: 11 },
              callback: (value) => formatValue(unit, Number(value), language()),
            },
          },
        },
        plugins: {
          decimation: { enabled: true, algorithm: 'min-max' },
          tooltip: {
            displayColors: false,
            filter: ({ datasetIndex }) => datasetIndex === 0,
            callbacks: {
              title: ([item]) => (item ? timeText(Number(item.parsed.x), 0) : ''),
              label: ({ parsed }) => formatValue(unit, Number(parsed.y), language()),
            },
          },
        },
      },
    });
  }
}

/**
 * @param {number} time
 * @param {number} rangeMillis seconds are shown where they matter
 */
function timeText(time, rangeMillis) {
  return new Date(time).toLocaleTimeString(
    language(),
    rangeMillis <= 5 * 60_000
      ? { hour: '2-digit', minute: '2-digit', second: '2-digit' }
      : { hour: '2-digit', minute: '2-digit' },
  );
}

customElements.define('line-chart', LineChart);
