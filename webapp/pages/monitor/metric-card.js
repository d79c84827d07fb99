import { element } from '../shared/element.js';
import { formatRate, formatValue, isCounter } from './format.js';
import { Sparkline } from './sparkline.js';

const WINDOW_MILLIS = 2 * 60_000;

/** One metric: its latest value, its last two minutes, and of a counter its rate. */
export class MetricCard {
  #metricId;
  #sparkline = new Sparkline(WINDOW_MILLIS);
  #value = element('div', { class: 'value' });
  #detail = element('div', { class: 'detail' });
  /** @type {{at: number, value: number} | undefined} */
  #last;
  element;

  /** @param {string} metricId */
  constructor(metricId) {
    this.#metricId = metricId;
    this.element = element('article', { class: 'metric card', 'data-metric-id': metricId }, [
      element('h2', { class: 'metric-id', text: metricId, dir: 'auto' }),
      this.#value,
      this.#detail,
      this.#sparkline.element,
    ]);
  }

  /** @param {{value: number, at: string}} metric */
  show({ value, at }) {
    const time = Date.parse(at);
    this.#value.textContent = formatValue(this.#metricId, value);
    if (!isCounter(this.#metricId)) {
      this.#sparkline.add(time, value);
    } else if (this.#last && time > this.#last.at) {
      // Of a node that started anew the counters begin at 0 again.
      const perSecond = Math.max(0, value - this.#last.value) / ((time - this.#last.at) / 1_000);
      this.#detail.textContent = formatRate(perSecond);
      this.#sparkline.add(time, perSecond);
    }
    this.#last = { at: time, value };
  }
}
