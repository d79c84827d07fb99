/** @typedef {'percent' | 'bytes' | 'millis' | 'seconds' | 'perSecond' | 'number'} Unit */

/** A metric of a node itself; of one among others the node's name is in it, as in `parley.one.cpu`. */
const OF_A_NODE = /^parley\.(?:.+\.)?(messages\.in|commits|deliveries\.out|cpu|heap\.used)$/;
/** Metrics of a node that count since its start: how fast they grow says more than where they are. */
const COUNTERS = new Set(['messages.in', 'commits', 'deliveries.out']);

/** The unit by how a name ends. A metric carries none; these endings are the usual ones. @type {[RegExp, Unit][]} */
const ENDINGS = [
  [/[._](bytes|size)$/i, 'bytes'],
  [/[._](ms|millis|milliseconds)$/i, 'millis'],
  [/[._](s|seconds)$/i, 'seconds'],
  [/[._](ratio|percent)$/i, 'percent'],
];

/** From here on a number has so many digits that nobody reads them. */
const HUGE = 1e15;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** @param {string} metricId */
function ofNode(metricId) {
  return OF_A_NODE.exec(metricId)?.[1] ?? '';
}

/** @param {string} metricId of a metric whose rate is shown */
export function isCounter(metricId) {
  return COUNTERS.has(ofNode(metricId));
}

/**
 * @param {string} metricId
 * @returns {Unit}
 */
export function unitOf(metricId) {
  const name = ofNode(metricId);
  if (COUNTERS.has(name)) return 'perSecond';
  if (name === 'cpu') return 'percent';
  if (name === 'heap.used') return 'bytes';
  return ENDINGS.find(([ending]) => ending.test(metricId))?.[1] ?? 'number';
}

/**
 * A value as people read it, with its unit.
 * @param {Unit} unit
 * @param {number} value
 * @param {string} language
 */
export function formatValue(unit, value, language) {
  const number = (/** @type {number} */ shown, /** @type {Intl.NumberFormatOptions} */ options = {}) =>
    new Intl.NumberFormat(language, {
      maximumSignificantDigits: 5,
      notation: Math.abs(shown) < HUGE ? 'standard' : 'scientific',
      ...options,
    }).format(shown);
  switch (unit) {
    case 'percent':
      return number(value, { style: 'percent', maximumSignificantDigits: 3 });
    case 'bytes': {
      const step = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10));
      return `${number(value / 1024 ** step, { maximumSignificantDigits: 3 })} ${BYTE_UNITS[step]}`;
    }
    case 'millis':
      return number(value, { style: 'unit', unit: 'millisecond', maximumSignificantDigits: 4 });
    case 'seconds':
      return number(value, { style: 'unit', unit: 'second', maximumSignificantDigits: 4 });
    case 'perSecond':
      return `${number(value, { maximumSignificantDigits: 3 })}/s`;
    default:
      return number(value);
  }
}
