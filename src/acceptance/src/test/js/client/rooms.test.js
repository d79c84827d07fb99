import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, channel, chat, failureOf, settle } from './support/world.js';

function joined(room, fields = {}) {
  return {
    type: 'joined',
    room,
    position: { epoch: 'e1', seq: 10 },
    recovered: false,
    present: [{ username: 'ana' }],
    count: 1,
    ...fields,
  };
}

/** A client in the room `team`, which it joined by a message. */
async function inTeam() {
  const world = new World();
  const client = await world.open();
  const room = client.join('team');
  world.socket.answer('join', joined('team'));
  return { world, client, room };
}

test('a room that is joined before the connection is open is joined when it is', async () => {
  const world = new World();
  const client = world.connect();
  const room = client.join('team');
  const states = [];
  room.on('state', ({ state }) => states.push(state));
  const whenJoined = room.whenJoined();
  assert.equal(room.state, 'JOINING');
  await world.welcome();
  const { id, ...join } = world.socket.last('join');
  assert.deepEqual(join, { type: 'join', room: 'team' });
  world.socket.receive(
    [{ id, ...joined('team') }, chat(11, { room: 'team' })].map((message) => message)[0],
    chat(11, { room: 'team' }),
  );

  assert.equal(await whenJoined, room);
  assert.deepEqual(states, ['JOINED']);
  assert.equal(room.recovered, false);
  assert.deepEqual(room.present, [{ username: 'ana' }]);
  assert.equal(room.count, 1);
  assert.deepEqual(room.position, { epoch: 'e1', seq: 11 });
  assert.deepEqual(client.joinedRooms, [room]);
});

test('messages in the frame of the answer reach the room', async () => {
  const world = new World();
  const client = await world.open();
  const room = client.join('Straße');
  const seen = [];
  room.on('message', ({ seq }) => seen.push(seq));
  const { id } = world.socket.last('join');
  world.socket.receive({ id, ...joined('strasse') }, chat(11, { room: 'strasse' }), chat(12, { room: 'strasse' }));

  assert.deepEqual(seen, [11, 12]);
});

test('a room has the name that the server writes, and is found by any that was used', async () => {
  const world = new World();
  const client = await world.open();
  const room = client.join('Straße');
  assert.equal(client.join('Straße'), room);
  world.socket.answer('join', joined('strasse'));

  assert.equal(room.name, 'strasse');
  assert.equal(room.key, 'room:strasse');
  assert.equal(client.room('strasse'), room);
  assert.equal(client.room('Straße'), room);
  assert.equal(client.join('strasse'), room);
  assert.equal(client.room('team'), undefined);
  assert.equal(world.socket.of('join').length, 1);
});

test('two spellings of one room, both joined before the server knew, hear both', async () => {
  const world = new World();
  const client = world.connect();
  const rooms = [client.join('Team'), client.join('TEAM')];
  const seen = [0, 0];
  rooms.forEach((room, i) => room.on('message', () => seen[i]++));
  await world.welcome();
  for (const { id } of world.socket.of('join')) world.socket.receive({ id, ...joined('team', { recovered: true }) });
  world.socket.receive(chat(11, { room: 'team' }));
  assert.deepEqual(seen, [1, 1]);

  rooms[0].leave();
  assert.deepEqual(world.socket.of('leave'), [], 'the other still reads it');
  world.socket.receive(chat(12, { room: 'team' }));
  assert.equal(seen[1], 2);
  rooms[1].leave();
  assert.equal(world.socket.last('leave').room, 'team');
});

test('the lobby is open with the welcome', async () => {
  const world = new World();
  const client = world.connect();
  const lobby = client.join('lobby');
  await world.welcome({ channels: { 'room:lobby': channel(5, { unread: 2 }) } });

  assert.equal(lobby.state, 'JOINED');
  assert.equal(lobby.unread, 2);
  assert.deepEqual(world.socket.of('join'), []);
  world.socket.answer('presence', {
    type: 'presence',
    room: 'lobby',
    present: [{ username: 'ana' }, { username: 'ben' }],
    count: 2,
  });
  assert.equal(lobby.count, 2);
});

test('after a reconnect a room goes on at its position, and asks again who is there', async () => {
  const { world, room } = await inTeam();
  const told = [];
  room.on('state', ({ state }) => told.push(state));
  room.on('recovery', ({ recovered, isFirst }) => told.push({ recovered, isFirst }));
  world.socket.closeWith(1006);
  assert.equal(room.state, 'JOINING');
  await world.nextAttempt();
  await world.welcome({ channels: { 'room:team': channel(10, { recovered: true }) } });

  assert.deepEqual(told, ['JOINING', 'JOINED', { recovered: true, isFirst: false }]);
  assert.deepEqual(world.socket.of('join'), []);
  assert.equal(world.socket.last('presence').room, 'team');
});

test('a room that the welcome does not have is joined again, from its position', async () => {
  const { world, room } = await inTeam();
  await world.reconnect();
  const { id, ...join } = world.socket.last('join');
  assert.deepEqual(join, { type: 'join', room: 'team', position: { epoch: 'e1', seq: 10 } });
  world.socket.answer('join', { type: 'error', code: 'no_such_room', message: 'There is no room team.' });
  await settle();

  assert.equal(room.state, 'REFUSED');
  assert.equal(room.error.code, 'no_such_room');
  assert.equal((await failureOf(room.whenJoined())).code, 'no_such_room');
  assert.deepEqual(world.client.positions, {});
  await world.reconnect();
  assert.deepEqual(world.socket.of('join'), [], 'it is not asked for again by itself');
  room.join();
  assert.equal(world.socket.of('join').length, 1);
  assert.equal(room.state, 'JOINING');
});

test('a position may be given, from an earlier page', async () => {
  const world = new World();
  const client = await world.open();
  client.join('team', { position: { epoch: 'e1', seq: 4 } });
  assert.deepEqual(world.socket.last('join').position, { epoch: 'e1', seq: 4 });
});

test('a join that is refused for now is tried again', async () => {
  const world = new World();
  const client = await world.open();
  const room = client.join('team');
  for (const code of ['rate_limited', 'internal']) {
    world.socket.answer('join', { type: 'error', code, message: 'Later.', retryAfter: 1_000 });
    await world.clock.advance(5_000);
  }
  assert.equal(world.socket.of('join').length, 3);
  world.socket.answer('join', joined('team'));
  assert.equal(room.state, 'JOINED');
});

test('a room that is left gets nothing more, and is not joined again', async () => {
  const { world, client, room } = await inTeam();
  const seen = [];
  room.on('message', ({ seq }) => seen.push(seq));
  const left = room.leave();
  world.socket.receive(chat(11, { room: 'team' }));
  world.socket.answer('leave', { type: 'left', room: 'team' });
  await left;
  await world.reconnect();

  assert.equal(room.state, 'LEFT');
  assert.deepEqual(seen, []);
  assert.deepEqual(client.joinedRooms, []);
  assert.deepEqual(world.socket.of('join'), []);
  assert.deepEqual(world.socket.last('login').positions, {});
});

test('a room that is left and joined again at once is joined', async () => {
  const world = new World();
  const client = await world.open();
  const room = client.join('team');
  room.leave();
  room.join();
  assert.deepEqual(
    world.socket.messages.slice(1).map(({ type }) => type),
    ['join', 'leave', 'join'],
  );
  const [, first, leave, second] = world.socket.messages;
  world.socket.receive({ id: first.id, ...joined('team') }, { id: leave.id, type: 'left', room: 'team' });
  assert.equal(room.state, 'JOINING');
  world.socket.receive({ id: second.id, ...joined('team') });

  assert.equal(room.state, 'JOINED');
  assert.equal(room.position.seq, 10);
  assert.equal(client.room('team'), room);
});

test('the lobby, in which every session begins, is left again after a reconnect', async () => {
  const world = new World();
  const client = world.connect();
  const lobby = client.join('lobby');
  await world.welcome({ channels: { 'room:lobby': channel(5) } });
  lobby.leave();
  await world.reconnect({ channels: { 'room:lobby': channel(5) } });

  assert.equal(world.socket.last('leave').room, 'lobby');
  assert.equal(lobby.state, 'LEFT');
  assert.deepEqual(client.positions, {});
});

test('whom the owner takes out of a private room is told', async () => {
  const { world, client, room } = await inTeam();
  const told = [];
  client.on('left', ({ room: name }) => told.push(name));
  world.socket.receive({ type: 'left', room: 'team' });

  assert.equal(room.state, 'LEFT');
  assert.deepEqual(told, ['team']);
  assert.equal((await failureOf(room.whenJoined())).code, 'left');
});

test('a private room is made and joined; its members are changed', async () => {
  const world = new World();
  const client = await world.open();
  const created = client.createRoom('Plans', ['ben']);
  const { id, ...create } = world.socket.last('create');
  assert.deepEqual(create, { type: 'create', name: 'Plans', members: ['ben'] });
  world.socket.answer('create', { type: 'created', room: '_plans-x1' });
  const room = await created;
  assert.equal(room.name, '_plans-x1');
  assert.equal(world.socket.last('join').room, '_plans-x1');

  const changes = [room.invite('cleo'), room.remove('ben')];
  assert.deepEqual(
    world.socket.messages.slice(-2).map(({ type, room: name, username }) => [type, name, username]),
    [
      ['invite', '_plans-x1', 'cleo'],
      ['remove', '_plans-x1', 'ben'],
    ],
  );
  world.socket.answer('invite', { type: 'ack' });
  world.socket.answer('remove', { type: 'error', code: 'forbidden', message: 'Only the owner does that.' });
  assert.equal(await changes[0], undefined);
  assert.equal((await failureOf(changes[1])).code, 'forbidden');
});

test('the members of a private room are asked for, again after a reconnect', async () => {
  const { world, room } = await inTeam();
  const listed = room.members();
  await world.reconnect();
  assert.equal(world.socket.last('members').room, 'team');
  world.socket.answer('members', { type: 'members', room: 'team', owner: 'ana', members: ['ana', 'ben'] });
  assert.deepEqual(await listed, { owner: 'ana', members: ['ana', 'ben'] });

  const failure = failureOf(room.members());
  world.socket.answer('members', { type: 'error', code: 'no_such_room', message: 'There is no such room.' });
  assert.equal((await failure).code, 'no_such_room');
});

test('listRooms tells the rooms, and what is unread in those that are joined', async () => {
  const { world, client, room } = await inTeam();
  assert.equal(room.unread, undefined);
  const rooms = [
    { room: 'team', joined: true, unread: 3 },
    { room: 'other', joined: false, unread: 0 },
  ];
  const listed = client.listRooms();
  world.socket.answer('rooms', { type: 'rooms', rooms });

  assert.deepEqual(await listed, rooms);
  assert.equal(room.unread, 3);
});

test('presence is kept up to date', async () => {
  const { world, room, client } = await inTeam();
  const told = [];
  room.on('presence', ({ count }) => told.push(count));
  client.on('presence', ({ room: name }) => told.push(name));
  const ben = { username: 'ben', guest: 'k3f9' };
  world.socket.receive({ type: 'presence', room: 'team', joined: [ben], left: [], count: 2 });
  assert.deepEqual(room.present, [{ username: 'ana' }, ben]);
  world.socket.receive({ type: 'presence', room: 'team', joined: [], left: [{ username: 'ana' }], count: 1 });
  assert.deepEqual(room.present, [ben]);
  world.socket.receive({ type: 'presence', room: 'team', count: 300 });
  assert.deepEqual([room.present, room.count], [[], 300]);
  assert.deepEqual(told, [2, 'team', 1, 'team', 300, 'team']);
});

test('typing is told to the room, and sent once in three seconds', async () => {
  const { world, room } = await inTeam();
  const told = [];
  room.on('typing', ({ username }) => told.push(username));
  world.socket.receive(
    { type: 'typing', room: 'team', username: 'ben' },
    { type: 'typing', room: 'other', username: 'cleo' },
  );
  assert.deepEqual(told, ['ben']);

  room.typing();
  room.typing();
  await world.clock.advance(3_000);
  room.typing();
  assert.deepEqual(world.socket.of('typing'), [
    { type: 'typing', room: 'team' },
    { type: 'typing', room: 'team' },
  ]);
});

test('a room may be joined in a listener of the state, at the moment of opening', async () => {
  const world = new World();
  const client = world.connect();
  client.on('state', ({ state }) => state === 'OPEN' && client.join('team'));
  await world.welcome();
  assert.equal(world.socket.of('join').length, 1);
});

test('a name that is none is refused at once', () => {
  const client = new World().connect();
  assert.throws(() => client.join(''), { code: 'bad_option' });
  assert.throws(() => client.join(undefined), { code: 'bad_option', message: /not undefined/ });
});
