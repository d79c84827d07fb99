const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const MEBIBYTE = 1024 * 1024;

/** Metrics that count since the start of the node: how fast they grow says more than where they are. */
const COUNTERS = new Set(['parley.messages.in', 'parley.commits', 'parley.deliveries.out']);

/**
 * A value as people read it.
 * @param {string} metricId
 * @param {number} value
 */
export function formatValue(metricId, value) {
  if (metricId === 'parley.cpu') return PERCENT.format(value);
  if (metricId === 'parley.heap.used') return `${WHOLE.format(value / MEBIBYTE)} MiB`;
  return Number.isInteger(value) ? WHOLE.format(value) : FINE.format(value);
}

/** @param {string} metricId */
export function isCounter(metricId) {
  return COUNTERS.has(metricId);
}

/** @param {number} perSecond */
export function formatRate(perSecond) {
  return `${FINE.format(Math.max(0, Math.round(perSecond * 10) / 10))} a second`;
}
