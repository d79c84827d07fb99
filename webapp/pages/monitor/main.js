import { Connection, endpointUrl } from '../../parley/connection.js';
import { RequestError } from '../../parley/requests.js';
import { showConnection } from '../shared/connection-bar.js';
import { byId, showProblem } from '../shared/element.js';
import { MetricCard } from './metric-card.js';
import { NodeList } from './node-list.js';

/** @type {Map<string, MetricCard>} */
const cards = new Map();
const watched = new Set(['parley.*']);
let token = '';

const connection = new Connection(endpointUrl('monitor'), () => (token ? { token } : {}));
showConnection(byId('connection'), connection);
const nodes = new NodeList(byId('nodes'));

/** @param {{metricId: string, value: number, at: string}} metric */
function show(metric) {
  let card = cards.get(metric.metricId);
  if (!card) {
    card = new MetricCard(metric.metricId);
    cards.set(metric.metricId, card);
    const next = [...cards.keys()].sort().find((id) => id > metric.metricId);
    byId('metrics').insertBefore(card.element, next === undefined ? null : cards.get(next)?.element ?? null);
    byId('empty').hidden = true;
  }
  card.show(metric);
}

/**
 * Does it and shows what the server says against it.
 * @param {() => Promise<unknown>} action
 */
async function attempt(action) {
  try {
    await action();
    showProblem('problem');
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    showProblem('problem', error.message);
  }
}

/** @param {string} metricId */
async function subscribe(metricId) {
  const subscribed = await connection.request({ type: 'subscribe', metricId });
  subscribed.metrics.forEach(show);
}

connection.addEventListener('welcome', (event) => {
  const { roles } = /** @type {CustomEvent} */ (event).detail;
  byId('publish').hidden = !roles.includes('metrics');
  if (roles.includes('admin')) nodes.open(token);
  watched.forEach((metricId) => attempt(() => subscribe(metricId)));
});
connection.addEventListener('message', (event) => {
  const { detail: message } = /** @type {CustomEvent} */ (event);
  if (message.type === 'metric') show(message);
});
connection.addEventListener('state', () => {
  if (connection.state === 'CLOSED') {
    showProblem('problem', connection.reason);
    nodes.close();
  }
});

byId('subscribe').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  const metricId = byId('metric-id').value.trim();
  attempt(async () => {
    await subscribe(metricId);
    watched.add(metricId);
    byId('metric-id').value = '';
  });
});
byId('publish').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  const metricId = byId('publish-id').value.trim();
  attempt(() => connection.request({ type: 'metric', metricId, value: byId('publish-value').valueAsNumber }));
});
byId('sign-in').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  token = byId('token').value.trim();
  connection.close();
  connection.open();
});

connection.open();
