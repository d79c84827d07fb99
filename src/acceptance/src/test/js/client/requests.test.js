import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, failureOf, settle } from './support/world.js';

test('a request waits for the connection', async () => {
  const world = new World();
  const client = world.connect();
  const answer = client.request({ type: 'rooms' });
  await world.welcome();
  world.socket.answer('rooms', { type: 'rooms', rooms: [] });

  assert.deepEqual((await answer).rooms, []);
});

test('a request without an answer ends in time, and says what it waited for', async () => {
  const world = new World();
  const client = await world.open({ requestTimeout: 5_000 });
  const unanswered = failureOf(client.request({ type: 'rooms' }));
  await world.clock.advance(5_000);
  assert.equal((await unanswered).code, 'timeout');
  assert.match((await unanswered).message, /did not answer/);

  world.socket.closeWith(1006);
  client.open();
  const unsent = failureOf(client.request({ type: 'rooms' }));
  await world.clock.advance(5_000);
  assert.equal((await unsent).code, 'timeout');
  assert.match((await unsent).message, /connection did not come back/);
});

test('close() ends what waits', async () => {
  const world = new World();
  const client = await world.open();
  const failure = failureOf(client.request({ type: 'rooms' }));
  client.close();
  assert.equal((await failure).code, 'closed');
});

test('what only asks is asked again after a reconnect, what changes something is not', async () => {
  const world = new World();
  const client = await world.open();
  const history = client.inbox.history();
  const failure = failureOf(client.createRoom('x'));
  await world.reconnect();
  assert.equal((await failure).code, 'disconnected');
  assert.deepEqual(world.socket.of('create'), []);
  world.socket.answer('history', { type: 'history', inbox: true, messages: [], oldest: 1, more: false });

  assert.deepEqual((await history).messages, []);
});

test('queries are paced, since too many of them end a session', async () => {
  const world = new World();
  const client = await world.open();
  const before = world.socket.of('history').length;
  const seen = () => world.socket.of('history').length - before;
  for (let i = 0; i < 40; i++) client.inbox.history().catch(() => {});
  await settle();
  const first = seen();
  assert.ok(first <= 25, `${first} at once`);
  client.request({ type: 'create', name: 'x' }).catch(() => {});
  assert.equal(world.socket.of('create').length, 1, 'what is no query goes at once');
  await world.clock.advance(1_000);
  assert.ok(seen() - first >= 9 && seen() - first <= 11, `${seen() - first} in a second`);
  await world.clock.advance(1_000);
  assert.equal(seen(), 40);
});

test('a request over the rate is asked again when the server says, if there is time', async () => {
  const world = new World();
  const client = await world.open();
  const answer = client.request({ type: 'create', name: 'x' });
  world.socket.answer('create', { type: 'error', code: 'rate_limited', message: 'Too fast.', retryAfter: 2_000 });
  await world.clock.advance(2_000);
  assert.equal(world.socket.of('create').length, 2);
  world.socket.answer('create', { type: 'error', code: 'rate_limited', message: 'Too fast.', retryAfter: 60_000 });
  const error = await failureOf(answer);

  assert.equal(error.code, 'rate_limited');
  assert.equal(error.retryAfter, 60_000);
});

test('a client that was refused for good answers at once with the reason', async () => {
  const world = new World();
  const client = await world.open();
  const waiting = client.request({ type: 'rooms' });
  world.socket.closeWith(4505);
  assert.equal((await failureOf(waiting)).code, 'revoked');
  assert.equal((await failureOf(client.request({ type: 'rooms' }))).code, 'revoked');
});

test('a thousand requests may wait', async () => {
  const client = new World().connect();
  const requests = Array.from({ length: 1_001 }, () => failureOf(client.request({ type: 'rooms' })));
  assert.equal((await requests.at(-1)).code, 'queue_full');
  client.destroy();
  await Promise.all(requests);
});

test('an error that answers nothing is an event', async () => {
  const world = new World();
  await world.open();
  world.socket.receive({ type: 'error', code: 'bad_json', message: 'This is not JSON.' });
  world.socket.receive({ type: 'error', id: 'unknown', code: 'timeout', message: 'Of before.' });

  assert.deepEqual(
    world.events.map(({ code }) => code),
    ['bad_json', 'timeout'],
  );
});

test('what a later server says in addition is ignored', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.receive({ type: 'weather', id: 'x', sun: true }, { type: 'pong', id: 'y', more: 1 });
  assert.equal(client.state, 'OPEN');
  assert.deepEqual(world.events, []);
});

const METRIC = { type: 'metric', at: '2026-01-31T12:00:00.000Z' };

test('values of a subscription come to its listener, the last known ones first', async () => {
  const world = new World();
  const client = world.connect();
  const got = [];
  const subscription = client.subscribe('cpu.*', ({ metricId, value }) => got.push(`${metricId}=${value}`));
  await world.welcome();
  const { id, ...asked } = world.socket.last('subscribe');
  assert.deepEqual(asked, { type: 'subscribe', metricId: 'cpu.*' });
  world.socket.answer('subscribe', {
    type: 'subscribed',
    metricId: 'cpu.*',
    metrics: [{ metricId: 'cpu.load', value: 1, at: METRIC.at }],
  });
  world.socket.receive({ ...METRIC, metricId: 'cpu.load', value: 2 }, { ...METRIC, metricId: 'mem', value: 9 });
  assert.deepEqual(got, ['cpu.load=1', 'cpu.load=2']);
  assert.equal((await subscription.ready).metrics.length, 1);

  const late = [];
  client.subscribe('cpu.*', ({ value }) => late.push(value));
  assert.deepEqual(late, [2]);
  assert.equal(world.socket.of('subscribe').length, 1, 'the server knows it already');
});

test('subscriptions stay over a reconnect, and end with their last listener', async () => {
  const world = new World();
  const client = await world.open();
  const abort = new AbortController();
  const first = client.subscribe('cpu', () => {}, { signal: abort.signal });
  const second = client.subscribe('cpu', () => {});
  await world.reconnect();
  assert.equal(world.socket.of('subscribe').length, 1);
  abort.abort();
  first.unsubscribe();
  assert.deepEqual(world.socket.of('unsubscribe'), []);
  second.unsubscribe();
  assert.equal(world.socket.last('unsubscribe').metricId, 'cpu');
  await world.reconnect();
  assert.deepEqual(world.socket.of('subscribe'), []);
});

test('a subscription that is refused says so', async () => {
  const world = new World();
  const client = await world.open();
  const subscription = client.subscribe('cpu', () => {});
  world.socket.answer('subscribe', { type: 'error', code: 'too_many_subscriptions', message: 'Too many.' });

  assert.equal((await failureOf(subscription.ready)).code, 'too_many_subscriptions');
  assert.deepEqual(
    world.events.map(({ code }) => code),
    ['too_many_subscriptions'],
  );
  await world.reconnect();
  assert.deepEqual(world.socket.of('subscribe'), []);
});

test('a subscription that is refused for now is tried again', async () => {
  const world = new World();
  const client = await world.open();
  client.subscribe('cpu', () => {});
  world.socket.answer('subscribe', { type: 'error', code: 'internal', message: 'Later.' });
  await settle();
  await world.clock.advance(5_000);
  assert.equal(world.socket.of('subscribe').length, 2);
});

test('a metric is published', async () => {
  const world = new World();
  const client = await world.open();
  const published = client.publishMetric('cpu', 0.7, { at: new Date('2026-01-31T12:00:00Z') });
  const { id, ...metric } = world.socket.last('metric');
  assert.deepEqual(metric, { type: 'metric', metricId: 'cpu', value: 0.7, at: '2026-01-31T12:00:00.000Z' });
  world.socket.answer('metric', { type: 'ack' });
  await published;
  assert.equal((await failureOf(client.publishMetric('cpu', NaN))).code, 'bad_option');
});
