const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 5 });
const PERCENT = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const MEBIBYTE = 1024 * 1024;

/** A metric of a node itself; of one among others the node's name is in it, as in `parley.one.cpu`. */
const OF_A_NODE = /^parley\.(?:.+\.)?(messages\.in|commits|deliveries\.out|cpu|heap\.used)$/;

/** Metrics that count since the start of the node: how fast they grow says more than where they are. */
const COUNTERS = new Set(['messages.in', 'commits', 'deliveries.out']);

/**
 * What a metric of a node says of it; empty for every other metric.
 * @param {string} metricId
 */
function ofNode(metricId) {
  return OF_A_NODE.exec(metricId)?.[1] ?? '';
}

/**
 * A value as people read it.
 * @param {string} metricId
 * @param {number} value
 */
export function formatValue(metricId, value) {
  if (ofNode(metricId) === 'cpu') return PERCENT.format(value);
  if (ofNode(metricId) === 'heap.used') return `${WHOLE.format(value / MEBIBYTE)} MiB`;
  return Number.isInteger(value) ? WHOLE.format(value) : FINE.format(value);
}

/** @param {string} metricId */
export function isCounter(metricId) {
  return COUNTERS.has(ofNode(metricId));
}

/** @param {number} perSecond */
export function formatRate(perSecond) {
  return `${FINE.format(Math.max(0, Math.round(perSecond * 10) / 10))} a second`;
}
