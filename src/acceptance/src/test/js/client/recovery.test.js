import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, channel, chat } from './support/world.js';

function seqs(target) {
  const seen = [];
  target.on('message', ({ seq }) => seen.push(seq));
  return seen;
}

test('each message comes once and in order, over a reconnect too, and the position goes with the login', async () => {
  const world = new World();
  const client = await world.open({}, { channels: { 'room:lobby': channel(40) } });
  const seen = seqs(client);
  world.socket.receive(chat(41), chat(42), chat(42), chat(41));
  const socket = await world.reconnect({ channels: { 'room:lobby': channel(42, { recovered: true }) } });
  assert.deepEqual(socket.last('login').positions, { 'room:lobby': { epoch: 'e1', seq: 42 } });
  socket.receive(chat(42));
  socket.receive(chat(43));

  assert.deepEqual(seen, [41, 42, 43]);
  assert.deepEqual(client.positions, { 'room:lobby': { epoch: 'e1', seq: 43 } });
});

test('a message of a channel that is not open is dropped', async () => {
  const world = new World();
  const client = await world.open({}, { channels: {} });
  const seen = seqs(client);
  world.socket.receive(chat(41));

  assert.deepEqual(seen, []);
});

test('where the server cannot go on, the channel says so and goes on at the new position', async () => {
  const world = new World();
  const client = await world.open({}, { channels: { inbox: channel(5) } });
  const recoveries = [];
  client.inbox.on('recovery', (recovery) => recoveries.push(recovery));
  const seen = seqs(client.inbox);
  await world.reconnect({ channels: { inbox: channel(2, { epoch: 'e2' }) } });
  world.socket.receive({ ...chat(3), type: 'message', room: undefined, inbox: true });

  assert.deepEqual(recoveries, [{ recovered: false, isFirst: false, position: { epoch: 'e2', seq: 2 } }]);
  assert.equal(client.inbox.recovered, false);
  assert.deepEqual(seen, [3]);
  assert.deepEqual(client.inbox.position, { epoch: 'e2', seq: 3 });
});

test('positions of an earlier client are gone on from', async () => {
  const world = new World();
  const position = { epoch: 'e1', seq: 7 };
  const client = world.connect({ positions: { inbox: position, 'room:team': position, 'room:old': position } });
  const room = client.join('team');
  await world.welcome({
    channels: { inbox: channel(7, { recovered: true }), 'room:team': channel(7, { recovered: true }) },
  });

  assert.deepEqual(world.socket.last('login').positions, {
    inbox: position,
    'room:team': position,
    'room:old': position,
  });
  assert.equal(room.state, 'JOINED');
  assert.deepEqual(
    Object.keys(client.positions),
    ['inbox', 'room:team'],
    'what nobody joined and the server does not have',
  );
});

test('each channel gets its own messages, and the client gets all', async () => {
  const world = new World();
  const client = world.connect();
  const room = client.join('lobby');
  await world.welcome({ channels: { 'room:lobby': channel(0), inbox: channel(0), broadcast: channel(0) } });
  const got = { room: [], inbox: [], broadcasts: [], all: [], notifications: [] };
  room.on('message', ({ id }) => got.room.push(id));
  client.inbox.on('message', ({ id }) => got.inbox.push(id));
  client.broadcasts.on('message', ({ id }) => got.broadcasts.push(id));
  client.on('message', ({ id }) => got.all.push(id));
  client.on('notification', ({ id }) => got.notifications.push(id));
  world.socket.receive(
    chat(1, { id: 'a' }),
    { ...chat(1, { id: 'b', room: undefined }), type: 'message', inbox: true, to: 'ana' },
    { ...chat(1, { id: 'c', room: undefined }), type: 'notification', broadcast: true },
    { ...chat(2, { id: 'd' }), type: 'notification' },
    chat(1, { id: 'e', room: 'elsewhere' }),
  );

  assert.deepEqual(got, {
    room: ['a', 'd'],
    inbox: ['b'],
    broadcasts: ['c'],
    all: ['a', 'b', 'c', 'd'],
    notifications: ['c', 'd'],
  });
});

test('unread counts what others wrote after the mark', async () => {
  const world = new World();
  const client = world.connect();
  const room = client.join('lobby');
  const told = [];
  room.on('unread', (unread) => told.push(unread));
  await world.welcome({ channels: { 'room:lobby': channel(40, { unread: 3 }) } });
  world.socket.receive(chat(41), chat(42, { sender: 'ana' }));
  assert.equal(room.unread, 4);

  // What was missed is counted as it comes; the server's number has it already.
  await world.reconnect({ channels: { 'room:lobby': channel(42, { recovered: true, unread: 99 }) } });
  world.socket.receive(chat(43));
  assert.equal(room.unread, 5);

  world.socket.receive({ type: 'read', room: 'lobby', username: 'ben', seq: 43 });
  assert.equal(room.unread, 5, "somebody else's mark");
  world.socket.receive({ type: 'read', room: 'lobby', username: 'ana', seq: 42 });
  assert.equal(room.unread, 1);
  room.read();
  assert.equal(room.unread, 0);

  await world.reconnect({ channels: { 'room:lobby': channel(60, { unread: 17 }) } });
  assert.equal(room.unread, 17);
  assert.deepEqual(told, [3, 4, 5, 1, 0, 17]);
});

test('read marks are merged, sent one at a time and again after a reconnect', async () => {
  const world = new World();
  const client = await world.open({}, { channels: { inbox: channel(10) } });
  const first = client.inbox.read(3);
  client.inbox.read(5);
  const last = client.inbox.read(7);
  assert.deepEqual(
    world.socket.of('read').map(({ seq, inbox }) => [seq, inbox]),
    [[3, true]],
  );
  world.socket.answer('read', { type: 'ack' });
  await first;
  assert.deepEqual(
    world.socket.of('read').map(({ seq }) => seq),
    [3, 7],
  );

  await world.reconnect({ channels: { inbox: channel(10, { recovered: true }) } });
  assert.deepEqual(
    world.socket.of('read').map(({ seq }) => seq),
    [7],
  );
  world.socket.answer('read', { type: 'ack' });
  await last;
  await client.inbox.read(2);
  assert.equal(world.socket.of('read').length, 1, 'an older mark is nothing new');
});

test('a read mark of a room that is gone is refused once', async () => {
  const world = new World();
  const client = await world.open({}, { channels: { inbox: channel(10) } });
  const read = client.inbox.read(3);
  world.socket.answer('read', { type: 'error', code: 'no_such_room', message: 'Gone.' });
  await assert.rejects(read, { code: 'no_such_room' });
  await world.reconnect({ channels: {} });

  assert.deepEqual(world.socket.of('read'), []);
});

test('search gives the messages that hold a text, and how far it has looked', async () => {
  const world = new World();
  const client = await world.open();
  const found = client.inbox.search('lunch', { before: 9, limit: 20 });
  const { id, ...asked } = world.socket.last('search');
  assert.deepEqual(asked, { type: 'search', inbox: true, text: 'lunch', before: 9, limit: 20 });
  world.socket.answer('search', { type: 'history', inbox: true, messages: [], oldest: 3, more: true, searched: 4 });

  assert.deepEqual(await found, { messages: [], oldest: 3, more: true, searched: 4 });
});

test('history gives a page of a channel', async () => {
  const world = new World();
  const client = await world.open();
  const history = client.broadcasts.history({ before: 9, limit: 20 });
  const { id, ...asked } = world.socket.last('history');
  assert.deepEqual(asked, { type: 'history', broadcast: true, before: 9, limit: 20 });
  world.socket.answer('history', { type: 'history', broadcast: true, messages: [chat(8)], oldest: 3, more: true });

  assert.deepEqual(await history, { messages: [chat(8)], oldest: 3, more: true });
});
