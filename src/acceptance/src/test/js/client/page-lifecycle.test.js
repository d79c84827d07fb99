import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, settle } from './support/world.js';

const tell = (target, type, fields = {}) => target.dispatchEvent(Object.assign(new Event(type), fields));

test('a page in the back/forward cache has no connection, and takes one up when it is back', async () => {
  const world = new World();
  const client = await world.open();
  tell(world.window, 'pagehide', { persisted: true });
  assert.equal(client.state, 'WAITING');
  assert.equal(client.error.code, 'suspended');
  assert.equal(client.retryAt, 0);
  assert.equal(world.socket.closedWith, 1000);
  await world.clock.advance(3_600_000);
  assert.equal(world.sockets.length, 1, 'no attempt while nobody sees the page');

  tell(world.window, 'pageshow', { persisted: true });
  await world.clock.advance(0);
  await world.welcome();
  assert.equal(client.state, 'OPEN');
});

test('a page that is frozen and resumed does the same', async () => {
  const world = new World();
  const client = await world.open();
  tell(world.window.document, 'freeze');
  assert.equal(client.state, 'WAITING');
  tell(world.window.document, 'resume');
  await world.clock.advance(0);

  assert.equal(client.state, 'CONNECTING');
});

test('a page that is put away while it connects or waits tries again when it is back', async () => {
  for (const isConnecting of [true, false]) {
    const world = new World();
    const client = await world.open();
    world.socket.closeWith(1006);
    if (isConnecting) client.open();
    await settle();
    tell(world.window.document, 'freeze');
    assert.equal(client.state, 'WAITING');
    const before = world.sockets.length;
    await world.clock.advance(600_000);
    assert.equal(world.sockets.length, before);
    tell(world.window, 'pageshow');
    await world.clock.advance(0);
    assert.equal(client.state, 'CONNECTING');
    assert.equal(world.sockets.length, before + 1);
  }
});

test('a pause that the server ordered holds for a page that is back, too', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.receive({ type: 'goodbye', reason: '', reconnectAfter: 60_000 });
  world.socket.closeWith(1013);
  const until = client.retryAt;
  tell(world.window.document, 'freeze');
  await world.clock.advance(10_000);
  tell(world.window.document, 'resume');
  assert.equal(client.state, 'WAITING');
  assert.equal(client.retryAt, until);
  await world.nextAttempt();
  assert.equal(client.state, 'CONNECTING');
});

test('a client that is closed stays closed when its page comes back', async () => {
  const world = new World();
  const client = await world.open();
  client.close();
  tell(world.window, 'pagehide');
  tell(world.window, 'pageshow');
  tell(world.window, 'online');
  await world.clock.advance(60_000);

  assert.equal(client.state, 'CLOSED');
});

test('a page that is looked at again asks whether its connection lives', async () => {
  const world = new World();
  const client = await world.open();
  world.window.document.visibilityState = 'hidden';
  tell(world.window.document, 'visibilitychange');
  assert.equal(world.socket.of('ping').length, 0);
  world.window.document.visibilityState = 'visible';
  tell(world.window.document, 'visibilitychange');
  assert.equal(world.socket.of('ping').length, 1);
  await world.clock.advance(10_000);
  assert.equal(client.error.code, 'heartbeat_timeout');

  tell(world.window.document, 'visibilitychange');
  assert.equal(client.state, 'CONNECTING', 'somebody wants it now');
});

test('a page that is looked at again and again asks each time, and waits no longer for an answer', async () => {
  const world = new World();
  const client = await world.open();
  tell(world.window.document, 'visibilitychange');
  await world.clock.advance(9_000);
  tell(world.window.document, 'visibilitychange');
  assert.equal(world.socket.of('ping').length, 2);
  await world.clock.advance(1_000);
  assert.equal(client.error.code, 'heartbeat_timeout');

  await world.nextAttempt();
  await world.welcome();
  tell(world.window.document, 'visibilitychange');
  world.socket.receive({ type: 'pong' });
  await world.clock.advance(9_000);
  tell(world.window.document, 'visibilitychange');
  await world.clock.advance(9_000);
  assert.equal(client.state, 'OPEN', 'each question has its own time where the one before was answered');
});

test('a network that changes has the connection asked; one that is away ends no pause', async () => {
  const world = new World();
  const client = await world.open();
  tell(world.window, 'online');
  tell(world.window, 'offline');
  assert.equal(world.socket.of('ping').length, 2);
  world.socket.closeWith(1006);
  tell(world.window, 'offline');
  assert.equal(client.state, 'WAITING');
});

test('two clients of one page, as where React mounts twice, do not disturb each other', async () => {
  const world = new World();
  const first = await world.open();
  const listeners = world.window.listeners;
  const second = await world.open();
  first.destroy();

  assert.equal(world.window.listeners, listeners);
  assert.equal(second.state, 'OPEN');
  tell(world.window, 'pagehide');
  assert.equal(second.state, 'WAITING');
  assert.equal(first.state, 'CLOSED');
});

test('window: null takes no events of the page', async () => {
  const world = new World();
  const client = await world.open({ window: null });
  tell(world.window, 'pagehide');

  assert.equal(world.window.listeners, 0);
  assert.equal(client.state, 'OPEN');
});
