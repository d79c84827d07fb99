const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 200;
const HEIGHT = 48;

/** A small line of the last values over time. */
export class Sparkline {
  #windowMillis;
  /** @type {{at: number, value: number}[]} */
  #points = [];
  #area = document.createElementNS(SVG, 'path');
  #stroke = document.createElementNS(SVG, 'path');
  element = document.createElementNS(SVG, 'svg');

  /** @param {number} windowMillis how far back it goes */
  constructor(windowMillis) {
    this.#windowMillis = windowMillis;
    this.element.setAttribute('class', 'sparkline');
    this.element.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    this.#area.setAttribute('class', 'area');
    this.#stroke.setAttribute('class', 'stroke');
    this.element.append(this.#area, this.#stroke);
  }

  /**
   * @param {number} at ms
   * @param {number} value
   */
  add(at, value) {
    this.#points.push({ at, value });
    while (this.#points[0].at < at - this.#windowMillis) this.#points.shift();
    this.#draw(at);
  }

  /** @param {number} now */
  #draw(now) {
    const values = this.#points.map(({ value }) => value);
    const min = Math.min(...values);
    // A value that does not change is a line in the middle, not one at the bottom.
    const range = Math.max(...values) - min;
    const corners = this.#points.map(({ at, value }) => {
      const x = WIDTH * (1 - (now - at) / this.#windowMillis);
      const y = range === 0 ? HEIGHT / 2 : HEIGHT - 2 - ((value - min) / range) * (HEIGHT - 4);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    const line = `M${corners.join('L')}`;
    const firstX = corners[0].split(',')[0];
    this.#stroke.setAttribute('d', line);
    this.#area.setAttribute('d', `${line}L${WIDTH},${HEIGHT}L${firstX},${HEIGHT}Z`);
  }
}
