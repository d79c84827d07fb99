import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { fakeServer } from '../support/fake-server.js';
import { World, channel, chat, failureOf, settle } from './support/world.js';

/** A client whose first two WebSockets did not get through though the server gave a ticket for it. */
async function blocked(options, write = (_client) => {}) {
  const world = new World();
  const server = fakeServer();
  const streams = new Map();
  server.on('POST /app/api/tickets', (request) =>
    request.json(201, { ticket: 't', expiresIn: 30_000, username: 'ana', roles: [] }));
  server.on('GET /app/api/rooms', (request) => request.json(200, { rooms: [{ room: 'lobby', unread: 0 }] }));
  for (const [path, name] of [['inbox', 'inbox'], ['broadcast', 'broadcast'], ['room/lobby', 'room:lobby']]) {
    server.on(`GET /app/api/channels/${path}/messages`, (request) => {
      streams.set(name, request);
      request.stream(name, 'e1:7');
    });
  }
  server.on('POST /app/api/messages', (request) =>
    request.json(200, { type: 'ack', id: request.body.id, room: 'lobby', seq: 8, sentAt: '2026-01-31T12:00:00Z' }));
  const client = world.connect({ username: undefined, token: 'a.b.c', fetch: server.fetch, ...options });
  write(client);
  await settle();
  for (let tries = 0; tries < 2; tries++) {
    world.socket.closeWith(1006);
    await settle();
    assert.equal(client.error.code, 'websocket_failed');
    assert.equal(client.transport, 'websocket');
    await world.nextAttempt();
  }
  return { world, client, streams, server };
}

test('where no WebSocket gets through, messages go by HTTP, and the transport says so', async () => {
  const { world, client, streams } = await blocked();
  await client.whenOpen();
  assert.equal(client.transport, 'http');
  assert.equal(world.sockets.length, 2);

  const room = client.join('lobby');
  const received = [];
  room.on('message', ({ seq }) => received.push(seq));
  await room.whenJoined();
  assert.equal((await room.chat('by another way')).seq, 8);
  streams.get('room:lobby').message('e1:9', chat(9));
  await settle();
  assert.deepEqual(received, [9]);
  client.destroy();
});

test('with fallback: false there are WebSockets only', async () => {
  const { world, client } = await blocked({ fallback: false });
  assert.equal(world.sockets.length, 3);
  await world.welcome();
  assert.equal(client.state, 'OPEN');
  assert.equal(client.transport, 'websocket');
  client.destroy();
});

test('what HTTP does not carry is asked again over the next WebSocket', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const { world, client } = await blocked();
  await client.whenOpen();
  const room = client.join('lobby');
  await room.whenJoined();
  const values = [];
  client.subscribe('cpu', ({ value }) => values.push(value));
  const marked = room.read(7);
  await settle();
  assert.deepEqual(world.events.map(({ code }) => code), ['unknown_type'], 'the application is told');
  assert.match(world.events[0].message, /needs a WebSocket/);
  assert.equal((await failureOf(room.upload(new Blob(['x'])))).code, 'unknown_type');

  // A WebSocket is tried, and opens.
  mock.timers.tick(60_000);
  await settle();
  world.socket.open();
  await settle();
  assert.equal(client.state, 'WAITING');
  await world.nextAttempt();
  await world.welcome({ channels: { 'room:lobby': channel(7, { recovered: true }) } });
  assert.equal(client.transport, 'websocket');
  world.socket.answer('subscribe', { type: 'subscribed', metrics: [{ metricId: 'cpu', value: 3, at: '' }] });
  assert.equal(world.socket.last('read').seq, 7);
  world.socket.answer('read', { type: 'ack' });
  await marked;
  assert.deepEqual(values, [3]);
  client.destroy();
});

test('what was written before and is too long for HTTP is stored over the next WebSocket, and in order', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const stored = [];
  const { world, client, server } = await blocked({}, (written) => {
    for (const [room, content] of [['lobby', 'x'.repeat(70_000)], ['lobby', 'after it'], ['tea', 'y'.repeat(65_000)]]) {
      stored.push(written.chat(room, content));
    }
  });
  await client.whenOpen();
  await stored[2];
  const posted = server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/messages'));
  assert.deepEqual(posted.map(({ body }) => body.room), ['tea']);

  mock.timers.tick(60_000);
  await settle();
  world.socket.open();
  await settle();
  await world.nextAttempt();
  await world.welcome();
  const [, ...sent] = world.socket.messages;
  assert.deepEqual(sent.map(({ type }) => type), ['chunk', 'chunk', 'chat']);
  assert.equal(sent[2].content, 'after it');
  world.socket.receive({ type: 'ack', id: sent[0].id, room: 'lobby', seq: 9, sentAt: '2026-01-31T12:00:00Z' });
  assert.equal((await stored[0]).seq, 9);
  client.destroy();
});
