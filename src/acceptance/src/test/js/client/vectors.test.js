import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { World, chat, failureOf, settle, welcome } from './support/world.js';

/** The vectors that the Java tests read, too. */
async function vectors(name) {
  const file = new URL(`../../../../../protocol/src/test/resources/vectors/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8'));
}

const { frame, message: messageMax } = { frame: 300, message: 1_048_576 };

/** A client that reads all channels of the vectors, at the position before the messages of them. */
async function open(fields = {}) {
  const world = new World();
  const client = world.connect();
  client.join('lobby');
  const opened = { position: { epoch: 'e1', seq: 41 }, recovered: false, unread: 0 };
  await world.welcome({ channels: { 'room:lobby': opened, inbox: opened, broadcast: opened }, ...fields });
  return { world, client, socket: world.socket };
}

/** Waits for one event with this message. */
async function dispatched(target, type, message) {
  const { client, socket } = target;
  const got = [];
  (target.of ?? client).on(type, (detail) => got.push(detail));
  socket.receive(message);
  assert.deepEqual(got, [message]);
}

/** The answer to a call, with the call's id in the place of the vector's. */
async function answered(target, type, call, message) {
  const answer = call(target.client);
  answer.catch?.(() => {});
  await settle();
  target.socket.answer(type, { ...message, id: target.socket.last(type).id });
  return answer;
}

const stored = async (target, message) => dispatched(target, 'message', message);

/** For each type of a server's message, a check of how the client handles it. */
const RECEIVED = {
  async welcome(target, message) {
    const world = new World();
    const client = world.connect();
    await settle();
    world.socket.open();
    world.socket.answer('login', { ...message, id: world.socket.last('login').id });
    assert.equal(client.state, 'OPEN');
    assert.deepEqual({ ...client.welcome, id: undefined }, { ...message, id: undefined });
    assert.deepEqual(client.me, { username: message.username, guest: message.guest });
    assert.deepEqual(
      client.positions,
      Object.fromEntries(Object.entries(message.channels).map(([key, { position }]) => [key, position])),
    );
  },
  async ack(target, { type, id, ...message }) {
    const isStored = message.seq !== undefined;
    const ack = await (isStored
      ? answered(target, 'chat', (client) => client.chat('lobby', 'x'), { type, ...message })
      : answered(target, 'read', (client) => client.inbox.read(3), { type }));
    if (!isStored) return;
    const { id: _, ...rest } = JSON.parse(JSON.stringify(ack));
    assert.deepEqual(rest, message);
  },
  async error(target, message) {
    if (message.id === undefined) {
      const got = [];
      target.client.on('error', ({ code, message: sentence }) => got.push({ code, message: sentence }));
      target.socket.receive(message);
      assert.deepEqual(got, [{ code: message.code, message: message.message }]);
      return;
    }
    const call = (client) => client.request({ type: 'invite', room: 'x', username: 'ben' });
    const failure = failureOf(call(target.client));
    for (let tries = 0; tries < 20 && target.client.state === 'OPEN'; tries++) {
      target.socket.answer('invite', { ...message, id: target.socket.last('invite').id });
      await target.world.clock.advance(message.retryAfter ?? 0);
    }
    const { code, message: sentence, retryAfter } = await failure;
    assert.deepEqual([code, sentence, retryAfter], [message.code, message.message, message.retryAfter]);
  },
  chat: stored,
  message: stored,
  async notification(target, message) {
    await dispatched(target, 'notification', message);
  },
  async joined(target, message) {
    const room = target.client.join('Other');
    target.socket.answer('join', { ...message, id: target.socket.last('join').id });
    assert.equal(room.state, 'JOINED');
    assert.equal(room.name, message.room);
    assert.equal(room.recovered, message.recovered);
    assert.deepEqual(room.present, message.present);
    assert.equal(room.count, message.count);
  },
  async left(target, { type, room }) {
    await answered(target, 'leave', (client) => client.room('lobby').leave(), { type, room });
    assert.equal(target.client.room('lobby').state, 'LEFT');
    assert.equal(target.client.positions['room:lobby'], undefined);
  },
  async history(target, { id, type, messages, oldest, more, ...channel }) {
    const { client } = target;
    const source = channel.room ? client.room(channel.room) : channel.inbox ? client.inbox : client.broadcasts;
    if (channel.searched !== undefined) {
      const found = await answered(target, 'search', () => source.search('x'), {
        type,
        messages,
        oldest,
        more,
        ...channel,
      });
      assert.deepEqual(found, { messages, oldest, more, searched: channel.searched });
      return;
    }
    const page = await answered(target, 'history', () => source.history(), {
      type,
      messages,
      oldest,
      more,
      ...channel,
    });
    assert.deepEqual(page, { messages, oldest, more });
  },
  async presence(target, { id, ...message }) {
    const room = target.client.room('lobby');
    if (id === undefined) await dispatched({ ...target, of: room }, 'presence', message);
    else {
      const { present, count } = await answered(target, 'presence', () => room.presence(), message);
      assert.deepEqual([present, count], [message.present, message.count]);
    }
    assert.equal(room.count, message.count);
    assert.deepEqual(room.present, message.present ?? message.joined ?? []);
  },
  async rooms(target, { id, ...message }) {
    assert.deepEqual(await answered(target, 'rooms', (client) => client.listRooms(), message), message.rooms);
  },
  async created(target, { id, ...message }) {
    const room = await answered(target, 'create', (client) => client.createRoom('plans'), message);
    assert.equal(room.name, message.room);
    await dispatched(target, 'created', message);
  },
  async members(target, { id, ...message }) {
    const { owner, members, room } = message;
    const answer = await answered(target, 'members', (client) => client.join(room).members(), message);
    assert.deepEqual(answer, { owner, members });
  },
  async uploaded(target, { id, ...message }) {
    const upload = (client) => client.upload('lobby', new Uint8Array(2_048), { name: 'cat.png' });
    assert.deepEqual(await answered(target, 'upload', upload, message), message.attachment);
  },
  async subscribed(target, { id, ...message }) {
    const got = [];
    const subscription = target.client.subscribe(message.metricId, (metric) => got.push(metric));
    target.socket.answer('subscribe', message);
    assert.deepEqual(got, message.metrics);
    assert.equal((await subscription.ready).message, message.message);
  },
  async unsubscribed(target, { id, ...message }) {
    target.client.subscribe(message.metricId, () => assert.fail('no value after that')).unsubscribe();
    target.socket.answer('unsubscribe', message);
    target.socket.receive({ type: 'metric', metricId: 'cpu.load', value: 1, at: '2026-01-31T12:00:00.000Z' });
  },
  async typing(target, message) {
    await dispatched({ ...target, of: target.client.room('lobby') }, 'typing', message);
  },
  async read(target, message) {
    const { client } = target;
    await dispatched(
      { ...target, of: message.room ? client.room('lobby') : message.inbox ? client.inbox : client.broadcasts },
      'read',
      message,
    );
  },
  async metric(target, message) {
    const got = [];
    target.client.subscribe('cpu.*', (metric) => got.push(metric));
    await dispatched(target, 'metric', message);
    assert.deepEqual(got, [message]);
  },
  async pong(target, message) {
    await target.world.clock.advance(30_000);
    target.socket.receive(message);
    await target.world.clock.advance(10_000);
    assert.equal(target.client.state, 'OPEN');
  },
  async goodbye(target, message) {
    await dispatched(target, 'goodbye', message);
    target.socket.closeWith(1012);
    assert.equal(target.client.error.retryAfter, message.reconnectAfter);
  },
};

for (const { name, message } of await vectors('server')) {
  test(`the library takes a server's ${name}`, async () => {
    const target = await open();
    await RECEIVED[message.type](target, message);
    target.client.destroy();
  });
}

/** How the library is made to send a message of each type with these fields. */
const SENT = {
  async login({ username, positions, session, binary }) {
    const world = new World();
    await world.open({ username, positions, binary }, { session });
    world.client.join('lobby');
    await world.reconnect();
    return world.socket;
  },
  chat: ({ room, content, attachment }) => sending((client) => client.chat(room, content, { attachment })),
  message: ({ to, toGuest, content }) =>
    sending((client) => client.message(toGuest ? { username: to, guest: toGuest } : (to ?? 'bert'), content)),
  notification: ({ type, id, ...draft }) => sending((client) => client.notify(draft)),
  join: ({ room, position }) => sending((client) => client.join(room, { position })),
  leave: ({ room }) => sending((client) => client.join(room).leave()),
  rooms: () => sending((client) => client.listRooms()),
  create: ({ name, members }) => sending((client) => client.createRoom(name, members)),
  invite: ({ room, username }) => sending((client) => client.join(room).invite(username)),
  remove: ({ room, username }) => sending((client) => client.join(room).remove(username)),
  members: ({ room }) => sending((client) => client.join(room).members()),
  history: ({ room, inbox, broadcast, before, limit }) =>
    sending((client) => channelOf(client, { room, inbox, broadcast }).history({ before, limit })),
  search: ({ room, inbox, broadcast, text, before, limit }) =>
    sending((client) => channelOf(client, { room, inbox, broadcast }).search(text, { before, limit })),
  read: ({ room, inbox, broadcast, seq }) =>
    sending((client) => channelOf(client, { room, inbox, broadcast }).read(seq)),
  typing: ({ room }) => sending((client) => client.join(room).typing()),
  presence: ({ room }) => sending((client) => client.join(room).presence()),
  subscribe: ({ metricId }) => sending((client) => client.subscribe(metricId, () => {})),
  unsubscribe: ({ metricId }) => sending((client) => client.subscribe(metricId, () => {}).unsubscribe()),
  metric: ({ metricId, value, at }) => sending((client) => client.publishMetric(metricId, value, { at })),
  upload: ({ room, name, mediaType, size }) =>
    sending((client) => client.upload(room, new Uint8Array(size), { name, mediaType })),
  chunk: () =>
    sending((client) => client.chat('lobby', 'x'.repeat(1_000)), {
      limits: { frame, message: messageMax, rate: 0, burst: 0 },
    }),
  async ping() {
    const { world, socket } = await open();
    await world.clock.advance(30_000);
    return socket;
  },
};

async function sending(call, fields) {
  const { client, socket } = await open(fields);
  client.joinedRooms[0].leave();
  Promise.resolve(call(client)).catch(() => {});
  await settle();
  return socket;
}

function channelOf(client, { room, inbox }) {
  if (room) return client.join(room);
  return inbox ? client.inbox : client.broadcasts;
}

/** Fields whose values a message of the library cannot have in common with a vector. */
const OWN_VALUES = { id: true, chunk: ['transfer', 'index', 'count', 'data'], login: ['token', 'positions'] };
/** The server's default, which the library does not spell out. */
const DEFAULTS = { create: { members: [] } };

const valid = await vectors('client-valid');

for (const { name, message } of valid.filter(({ name }) =>
  /with all its fields$|needs no more than this$|to a name alone$/.test(name),
)) {
  test(`the library sends what is valid as: ${name}`, async () => {
    const socket = await SENT[message.type](message);
    const sent = { ...DEFAULTS[message.type], ...socket.last(message.type) };
    const names = new Set([
      ...Object.keys(message),
      'id',
      ...(message.type === 'login' ? ['username', 'session'] : []),
    ]);
    if (message.type === 'message') names.add('to');
    for (const [field, value] of Object.entries(sent)) {
      assert.ok(names.has(field), `a '${field}' that the vector does not have`);
      if (message[field] === undefined || field === 'id') continue;
      if (OWN_VALUES[message.type]?.includes(field)) assert.equal(typeof value, typeof message[field], field);
      else assert.deepEqual(value, message[field], field);
    }
    for (const field of Object.keys(message)) {
      // The id of a ping or of typing is of no use.
      const isLeftOut = field === 'id' || (message.type === 'login' && field === 'token');
      assert.ok(field in sent || isLeftOut, `'${field}' is missing`);
    }
  });
}

test('each type of message that there is can be sent and received', async () => {
  for (const { message } of valid) assert.ok(message.type in SENT, message.type);
  for (const { message } of await vectors('server')) assert.ok(message.type in RECEIVED, message.type);
});

test('several messages in one frame are taken one after the other', async () => {
  const { client, socket } = await open();
  const seen = [];
  client.on('message', ({ seq }) => seen.push(seq));
  socket.receive(chat(42), welcome(), chat(43), { type: 'pong' }, chat(44));
  assert.deepEqual(seen, [42, 43, 44]);
});
