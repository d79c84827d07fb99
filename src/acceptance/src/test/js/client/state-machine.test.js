import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, failureOf, json, settle, URL_OF_CHAT } from './support/world.js';

test('connecting, signing in and closing go through the states', async () => {
  const world = new World();
  const client = world.connect({ startClosed: true });
  assert.equal(client.state, 'IDLE');

  client.open();
  assert.equal(client.state, 'CONNECTING');
  await world.welcome();
  assert.equal(client.state, 'OPEN');
  client.close();

  assert.deepEqual(world.states, ['CONNECTING', 'OPEN', 'CLOSED']);
  assert.equal(world.socket.closedWith, 1000);
  assert.equal(client.error, undefined);
});

test('the first message is a login with the subprotocol parley.v1', async () => {
  const world = new World();
  await world.open();

  assert.deepEqual(world.socket.protocols, ['parley.v1']);
  assert.equal(world.socket.url, URL_OF_CHAT);
  const { id, ...login } = world.socket.messages[0];
  assert.match(id, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(login, { type: 'login', username: 'ana', positions: {} });
});

test('a lost connection is opened again after a random delay that grows', async () => {
  const world = new World();
  const client = await world.open();
  const delays = [];
  world.socket.closeWith(1006);
  for (let i = 0; i < 7; i++) {
    delays.push(client.retryAt - world.clock.now());
    await world.nextAttempt();
    world.http = () => json(503, {});
    world.socket.closeWith(1006);
    await settle();
  }

  // random() is 0.5; the bound doubles from 1 s to 30 s.
  assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  assert.equal(world.sockets.length, 8);
});

test('backoff is an option', async () => {
  const world = new World();
  const client = await world.open({ backoff: { minDelay: 100, maxDelay: 300, growFactor: 3, jitter: false } });
  const delays = [];
  for (let i = 0; i < 3; i++) {
    world.socket.closeWith(1006);
    await settle();
    delays.push(client.retryAt - world.clock.now());
    await world.nextAttempt();
  }

  assert.deepEqual(delays, [100, 300, 300]);
});

test('a stable connection makes the delays short again, one that broke at once does not', async () => {
  const world = new World();
  const client = await world.open();
  await world.reconnect();
  world.socket.closeWith(1006);
  assert.equal(client.retryAt - world.clock.now(), 1_000);
  await world.nextAttempt();
  await world.welcome();
  await world.clock.advance(5_000);
  world.socket.closeWith(1006);

  assert.equal(client.retryAt - world.clock.now(), 500);
});

test('open() in WAITING connects at once', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.closeWith(1006);
  client.open();

  assert.equal(client.state, 'CONNECTING');
  assert.equal(client.retryAt, 0);
  await settle();
  assert.equal(world.sockets.length, 2);
  await world.clock.advance(10_000);
  assert.equal(world.sockets.length, 2, 'the attempt that was planned before');
});

test('there are never two attempts at a time', async () => {
  const world = new World();
  const client = world.connect();
  client.open();
  client.open();
  world.window.dispatchEvent(new Event('online'));
  await settle();

  assert.equal(world.sockets.length, 1);
});

test('what an abandoned connection still says counts for nothing', async () => {
  const world = new World();
  const client = world.connect();
  await settle();
  const first = world.socket;
  client.close();
  client.open();
  await settle();
  first.open();
  first.closeWith(4501);
  await settle();

  assert.equal(client.state, 'CONNECTING');
  assert.equal(world.sockets.length, 2);
  assert.deepEqual(first.sent, []);
});

for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4000, 4001, 4004, 4499]) {
  test(`close code ${code} is followed by another attempt`, async () => {
    const world = new World();
    const client = await world.open();
    world.socket.closeWith(code);

    assert.equal(client.state, 'WAITING');
    assert.equal(client.error.closeCode, code);
    assert.notEqual(client.reason, '');
  });
}

for (const [code, name] of [
  [1000, 'closed'],
  [1002, 'protocol_error'],
  [1003, 'unsupported_data'],
  [1007, 'invalid_payload'],
  [1008, 'policy_violation'],
  [1009, 'message_too_big'],
  [4501, 'login_refused'],
  [4502, 'forbidden'],
  [4503, 'replaced'],
  [4504, 'bad_messages'],
  [4505, 'revoked'],
  [4999, 'closed'],
]) {
  test(`close code ${code} ends the client`, async () => {
    const world = new World();
    const client = await world.open();
    world.socket.closeWith(code);
    await world.clock.advance(3_600_000);

    assert.equal(client.state, 'CLOSED');
    assert.equal(client.error.code, name);
    assert.equal(world.sockets.length, 1);
  });
}

test('goodbye orders the pause, to which the backoff is added', async () => {
  const world = new World();
  const client = await world.open();
  const goodbyes = [];
  client.on('goodbye', ({ reconnectAfter }) => goodbyes.push(reconnectAfter));
  world.socket.receive({ type: 'goodbye', reason: 'The server restarts.', reconnectAfter: 4_000 });
  world.socket.closeWith(1012);

  assert.deepEqual(goodbyes, [4_000]);
  assert.equal(client.retryAt - world.clock.now(), 4_500);
  assert.equal(client.error.retryAfter, 4_000);
});

for (const [ordered, obeyed] of [
  [0, 1_000],
  [-5, 1_000],
  ['9000', 1_000],
  [3_600_001, 3_600_000],
  [1e300, 3_600_000],
]) {
  test(`an ordered pause of ${JSON.stringify(ordered)} ms is taken for ${obeyed} ms`, async () => {
    const world = new World();
    const client = await world.open();
    world.socket.receive({ type: 'goodbye', reason: '', reconnectAfter: ordered });
    world.socket.closeWith(1012);

    assert.equal(client.retryAt - world.clock.now(), obeyed + 500);
  });
}

test('the network that comes back ends a pause, but not one that the server ordered', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.closeWith(1006);
  world.window.dispatchEvent(new Event('online'));
  assert.equal(client.state, 'CONNECTING');

  await world.welcome();
  world.socket.receive({ type: 'goodbye', reason: '', reconnectAfter: 60_000 });
  world.socket.closeWith(1013);
  world.window.dispatchEvent(new Event('online'));
  assert.equal(client.state, 'WAITING');
});

test('an attempt without a welcome ends in time', async () => {
  const world = new World();
  const client = world.connect();
  await settle();
  world.socket.open();
  await world.clock.advance(14_999);
  assert.equal(client.state, 'CONNECTING');
  await world.clock.advance(1);

  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'timeout');
  assert.equal(world.socket.closedWith, 1000);
});

test('the deadline of an attempt is an option', async () => {
  const world = new World();
  const client = world.connect({ connectionTimeout: 200, getToken: () => new Promise(() => {}) });
  await world.clock.advance(200);

  assert.equal(client.error.code, 'timeout');
});

test('maxRetries ends the client', async () => {
  const world = new World();
  const client = world.connect({ maxRetries: 2 });
  for (let i = 0; i < 3; i++) {
    await settle();
    world.socket.closeWith(1006);
    await settle();
    if (client.state === 'WAITING') await world.nextAttempt();
  }

  assert.equal(client.state, 'CLOSED');
  assert.equal(client.error.code, 'max_retries');
  assert.equal(world.sockets.length, 3);
});

test('a silent connection is asked, and taken for dead without an answer', async () => {
  const world = new World();
  const client = await world.open();
  await world.clock.advance(30_000);
  assert.equal(world.socket.of('ping').length, 1);
  world.socket.receive({ type: 'pong' });
  await world.clock.advance(30_000);
  assert.equal(world.socket.of('ping').length, 2);
  await world.clock.advance(9_999);
  assert.equal(client.state, 'OPEN');
  await world.clock.advance(1);

  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'heartbeat_timeout');
});

test('interval and timeout of the heartbeat are options, whatever the server says', async () => {
  const world = new World();
  const client = await world.open({ heartbeat: { interval: 1_000, timeout: 200 } });
  await world.clock.advance(999);
  assert.equal(world.socket.of('ping').length, 0);
  await world.clock.advance(1);
  assert.equal(world.socket.of('ping').length, 1);
  await world.clock.advance(199);
  assert.equal(client.state, 'OPEN');
  await world.clock.advance(1);

  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'heartbeat_timeout');
});

test('anything that comes is a sign of life', async () => {
  const world = new World();
  await world.open({}, { channels: {} });
  for (let i = 0; i < 5; i++) {
    await world.clock.advance(29_000);
    world.socket.receive({ type: 'metric', metricId: 'm', value: i, at: '2026-01-31T12:00:00.000Z' });
  }

  assert.deepEqual(world.socket.of('ping'), []);
});

test('after a sleep the connection is asked once more before it is given up', async () => {
  const world = new World();
  const client = await world.open();
  await world.clock.advance(30_000);
  world.clock.sleep(600_000);
  await world.clock.advance(0);
  assert.equal(client.state, 'OPEN');
  assert.equal(world.socket.of('ping').length, 2);
  await world.clock.advance(10_000);

  assert.equal(client.state, 'WAITING');
});

test('whenOpen resolves with the welcome, and rejects with the error of a client that ended', async () => {
  const world = new World();
  const client = world.connect();
  const opened = client.whenOpen();
  await world.welcome({ username: 'ana' });
  assert.equal((await opened).username, 'ana');
  world.socket.closeWith(4505);

  assert.equal((await failureOf(client.whenOpen())).code, 'revoked');
  const abort = new AbortController();
  client.open();
  const aborted = client.whenOpen({ signal: abort.signal });
  abort.abort(new Error('never mind'));
  assert.equal((await failureOf(aborted)).message, 'never mind');
});

test('destroy gives everything back, may be called twice, and ends what waits', async () => {
  const world = new World();
  const client = await world.open();
  const room = client.join('team');
  const waiting = [
    client.chat('lobby', 'hello'),
    client.request({ type: 'rooms' }),
    room.whenJoined(),
    client.upload('lobby', new Uint8Array(3)),
    client.subscribe('cpu', () => {}).ready,
    client.inbox.read(3),
  ];
  assert.ok(world.window.listeners > 0);
  client.destroy();
  client.destroy();

  for (const promise of waiting) assert.equal((await failureOf(promise)).code, 'destroyed');
  assert.equal(client.state, 'CLOSED');
  assert.equal(world.window.listeners + world.window.document.listeners, 0);
  assert.deepEqual(world.clock.pending, [], 'timers that are left');
  assert.throws(() => client.open(), { code: 'destroyed' });
  assert.throws(() => client.join('lobby'), { code: 'destroyed' });
  assert.equal((await failureOf(client.chat('lobby', 'again'))).code, 'destroyed');
  assert.equal((await failureOf(client.whenOpen())).code, 'destroyed');
});

test('a client that is destroyed while it connects leaves nothing behind', async () => {
  const world = new World();
  const client = world.connect();
  const opened = client.whenOpen();
  await settle();
  client.destroy();

  assert.ok((await failureOf(opened)) instanceof Error);
  assert.equal(world.socket.closedWith, 1000);
  assert.deepEqual(world.clock.pending, []);
});

test('a listener may end the client in any state', async () => {
  for (const wanted of ['CONNECTING', 'OPEN', 'WAITING']) {
    const world = new World();
    const client = world.connect({ startClosed: true });
    client.on('state', ({ state }) => state === wanted && client.destroy());
    client.open();
    if (wanted !== 'CONNECTING') await world.welcome();
    if (wanted === 'WAITING') world.socket.closeWith(1006);
    await world.clock.advance(60_000);

    assert.equal(client.state, 'CLOSED', wanted);
    assert.deepEqual(world.clock.pending, [], wanted);
  }
});

test('a server that does not speak JSON is left, with a pause', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.receiveData('<html>');

  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'bad_server');
});

test('the session before is named in the next login, so that the server ends it', async () => {
  const world = new World();
  await world.open({}, { session: 's7' });
  const socket = await world.reconnect();

  assert.equal(socket.last('login').session, 's7');
});

test('where no WebSocket exists, connect says so, unless it need not connect', (context) => {
  // Node has one from 22 on.
  const global = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  if (global) {
    delete globalThis.WebSocket;
    context.after(() => Object.defineProperty(globalThis, 'WebSocket', global));
  }
  const world = new World();
  assert.equal(world.connect({ WebSocket: null, startClosed: true }).state, 'IDLE');
  assert.throws(() => world.connect({ WebSocket: null }), {
    code: 'bad_option',
    message: /There is no WebSocket here/,
  });
});
