import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueError, ServerError, senderOf } from '../../../../../../webapp/parley/parley-client.js';
import { LIMITS, World, channel, chat, failureOf, settle } from './support/world.js';

const CONTENTS = (socket) => socket.of('chat').map(({ content }) => content);

function ack(message, seq) {
  return { type: 'ack', id: message.id, room: 'lobby', seq, sentAt: '2026-01-31T12:00:00.000Z' };
}

/** Acknowledges all that was sent and not yet acknowledged, and what is sent then. */
async function ackAll(socket, acked = new Set()) {
  for (;;) {
    const message = socket.of('chat').find(({ id }) => !acked.has(id));
    if (!message) return;
    acked.add(message.id);
    socket.receive(ack(message, acked.size));
    await settle();
  }
}

function refuse(socket, code, fields = {}) {
  for (const message of socket.of('chat'))
    socket.receive({ type: 'error', id: message.id, code, message: 'No.', ...fields });
}

test('a message is acknowledged', async () => {
  const world = new World();
  const client = await world.open();
  const stored = client.chat('lobby', 'hello');
  const [message] = world.socket.of('chat');
  assert.match(message.id, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual({ ...message, id: 'x' }, { type: 'chat', room: 'lobby', content: 'hello', id: 'x' });
  assert.deepEqual(
    client.outgoing.entries.map(({ id, state }) => [id, state]),
    [[message.id, 'sent']],
  );
  world.socket.receive(ack(message, 7));

  assert.equal((await stored).seq, 7);
  assert.deepEqual(client.outgoing.entries, []);
});

test('messages, notifications and attachments have the shape of the protocol', async () => {
  const world = new World();
  const client = await world.open();
  const attachment = { id: 'f1', name: 'cat.png', mediaType: 'image/png', size: 3, href: 'files/f1' };
  client.join('team').chat('look', { attachment, id: 'c1' });
  client.message('ben', 'psst', { id: 'm1' });
  client.message(senderOf({ sender: 'ida', guest: 'k3f9' }), 'hush', { id: 'm2' });
  client.notify({ content: 'Lunch', title: 'Now', level: 'warning', room: 'team' }, { id: 'n1' });
  client.notify({ content: 'All' }, { id: 'n2' });

  assert.deepEqual(world.socket.messages.slice(2), [
    { type: 'chat', room: 'team', content: 'look', attachment, id: 'c1' },
    { type: 'message', to: 'ben', content: 'psst', id: 'm1' },
    { type: 'message', to: 'ida', toGuest: 'k3f9', content: 'hush', id: 'm2' },
    { type: 'notification', content: 'Lunch', title: 'Now', level: 'warning', room: 'team', id: 'n1' },
    { type: 'notification', content: 'All', id: 'n2' },
  ]);
});

test('a message to nobody is refused, and does not go to the lobby', async () => {
  const world = new World();
  const client = await world.open();
  for (const to of [undefined, null, 5, {}]) {
    assert.equal((await failureOf(client.message(to, 'psst'))).code, 'bad_message');
  }
  assert.deepEqual(world.socket.of('message'), []);
});

test('what was written without a connection is sent in order when it is there', async () => {
  const world = new World();
  const client = world.connect();
  const stored = ['one', 'two', 'three'].map((content) => client.chat('lobby', content));
  await world.welcome();
  assert.deepEqual(CONTENTS(world.socket), ['one', 'two', 'three']);
  await ackAll(world.socket);

  assert.deepEqual(
    (await Promise.all(stored)).map(({ seq }) => seq),
    [1, 2, 3],
  );
});

test('what was not acknowledged is sent again with its id and in order', async () => {
  const world = new World();
  const client = await world.open();
  ['one', 'two', 'three'].forEach((content) => client.chat('lobby', content));
  const before = world.socket.of('chat');
  world.socket.receive(ack(before[0], 1));
  client.chat('lobby', 'four');
  const socket = await world.reconnect();

  assert.deepEqual(CONTENTS(socket), ['two', 'three', 'four']);
  assert.deepEqual(
    socket
      .of('chat')
      .slice(0, 2)
      .map(({ id }) => id),
    before.slice(1).map(({ id }) => id),
  );
});

test("one's own copy counts as the ack, which may never come", async () => {
  const world = new World();
  const client = await world.open({}, { channels: { 'room:lobby': channel(0) } });
  const stored = client.chat('lobby', 'hello', { id: 'h1' });
  world.socket.receive(chat(1, { id: 'h1', sender: 'ben' }));
  assert.equal(client.outgoing.entries.length, 1, "somebody else's message with this id");
  world.socket.receive(chat(2, { id: 'h1', sender: 'ana' }));

  assert.equal((await stored).seq, 2);
  assert.deepEqual((await world.reconnect()).of('chat'), []);
});

test('a message that is refused for good fails, and the others go on', async () => {
  const world = new World();
  const client = await world.open();
  const failures = [];
  client.outgoing.on('failed', (entry) => failures.push(entry.message.content));
  const stored = client.chat('nowhere', 'one');
  client.chat('lobby', 'two');
  const [one, two] = world.socket.of('chat');
  world.socket.receive({ type: 'error', id: one.id, code: 'no_such_room', message: 'There is no room nowhere.' });
  world.socket.receive(ack(two, 1));
  const error = await failureOf(stored);

  assert.ok(error instanceof ServerError);
  assert.equal(error.code, 'no_such_room');
  assert.deepEqual(failures, ['one']);
  assert.deepEqual(
    client.outgoing.entries.map(({ state, error: { message } }) => [state, message]),
    [['failed', 'There is no room nowhere.']],
  );
});

test('a failed message can be sent again, with the same id unless that was the problem', async () => {
  for (const [code, isSame] of [
    ['forbidden', true],
    ['conflict', false],
  ]) {
    const world = new World();
    const client = await world.open();
    client.chat('lobby', 'one', { id: 'h1' });
    refuse(world.socket, code);
    const stored = client.outgoing.retry('h1');
    const again = world.socket.of('chat').at(-1);
    assert.equal(again.id === 'h1', isSame, code);
    world.socket.receive(ack(again, 9));
    assert.equal((await stored).seq, 9);
  }
});

test('a failed message for which there is no place stays, to be sent again later', async () => {
  const world = new World();
  const client = await world.open({ queue: { maxMessages: 1 } });
  client.chat('lobby', 'one', { id: 'h1' });
  refuse(world.socket, 'forbidden');
  client.chat('lobby', 'two', { id: 'h2' });
  assert.equal((await failureOf(client.outgoing.retry('h1'))).code, 'queue_full');
  assert.deepEqual(client.outgoing.entries.map(({ id, state }) => [id, state]), [['h1', 'failed'], ['h2', 'sent']]);

  world.socket.receive(ack({ id: 'h2' }, 1));
  const stored = client.outgoing.retry('h1');
  world.socket.receive(ack({ id: 'h1' }, 2));
  assert.equal((await stored).seq, 2);
});

test('messages are discarded while they are surely not on their way', async () => {
  const world = new World();
  const client = world.connect();
  const stored = client.chat('lobby', 'one', { id: 'h1' });
  assert.equal(client.outgoing.discard('h1'), true);
  assert.equal((await failureOf(stored)).code, 'discarded');
  client.chat('lobby', 'two', { id: 'h2' });
  await world.welcome();

  assert.equal(client.outgoing.discard('h2'), false);
  assert.equal(client.outgoing.discard('unknown'), false);
  refuse(world.socket, 'forbidden');
  assert.equal(client.outgoing.discard('h2'), true);
  assert.deepEqual(client.outgoing.entries, []);
  assert.equal((await failureOf(client.outgoing.retry('h2'))).code, 'discarded');
});

test('after a retryable error the queue starts again from its head, one message at a time', async () => {
  const world = new World();
  const client = await world.open();
  ['one', 'two', 'three'].forEach((content) => client.chat('lobby', content));
  refuse(world.socket, 'store_unavailable', { retryAfter: 2_000 });
  assert.equal(world.socket.of('chat').length, 3);
  await world.clock.advance(1_999);
  assert.equal(world.socket.of('chat').length, 3);
  await world.clock.advance(1);
  assert.deepEqual(CONTENTS(world.socket).slice(3), ['one']);
  for (const content of ['two', 'three']) {
    world.socket.receive(ack(world.socket.of('chat').at(-1), 1));
    await world.clock.advance(100);
    assert.equal(CONTENTS(world.socket).at(-1), content);
  }
});

test('a rate limit and a database that is away are waited out; an internal error ends after six tries', async () => {
  for (const [code, isPatient] of [
    ['rate_limited', true],
    ['store_unavailable', true],
    ['internal', false],
  ]) {
    const world = new World();
    const client = await world.open();
    client.chat('lobby', 'one');
    for (let i = 0; i < 20; i++) {
      const last = world.socket.of('chat').at(-1);
      world.socket.receive({ type: 'error', id: last.id, code, message: 'No.' }, { type: 'pong' });
      await world.clock.advance(29_000);
    }
    assert.equal(client.outgoing.entries[0].state, isPatient ? 'sent' : 'failed', code);
    assert.equal(world.socket.of('chat').length, isPatient ? 21 : 6, code);
  }
});

test('eight messages are on their way at a time', async () => {
  const world = new World();
  const client = await world.open();
  for (let i = 0; i < 20; i++) client.chat('lobby', String(i));
  assert.equal(world.socket.of('chat').length, 8);
  world.socket.receive(ack(world.socket.of('chat')[0], 1));
  assert.equal(world.socket.of('chat').length, 9);
  await ackAll(world.socket);
  assert.deepEqual(
    CONTENTS(world.socket),
    Array.from({ length: 20 }, (_, i) => String(i)),
  );
});

test('the queue keeps to the rate of the welcome', async () => {
  const world = new World();
  const client = await world.open({}, { limits: { ...LIMITS, rate: 10, burst: 5 } });
  for (let i = 0; i < 30; i++) client.chat('lobby', String(i));
  const acked = new Set();
  await ackAll(world.socket, acked);
  assert.equal(world.socket.of('chat').length, 5);
  for (let second = 1; second <= 2; second++) {
    for (let i = 0; i < 10; i++) {
      await world.clock.advance(100);
      await ackAll(world.socket, acked);
    }
    assert.equal(world.socket.of('chat').length, 5 + 10 * second);
  }
});

test('a long silence saves up no more than one burst', async () => {
  const world = new World();
  const client = await world.open({}, { limits: { ...LIMITS, rate: 10, burst: 5 } });
  for (let i = 0; i < 100; i++) {
    await world.clock.advance(25_000);
    world.socket.receive({ type: 'pong' });
  }
  for (let i = 0; i < 30; i++) client.chat('lobby', String(i));
  await ackAll(world.socket);
  assert.equal(world.socket.of('chat').length, 5);
});

test('a rate of 0 is no limit', async () => {
  const world = new World();
  const client = await world.open({}, { limits: { ...LIMITS, rate: 0, burst: 0 } });
  for (let i = 0; i < 100; i++) client.chat('lobby', String(i));
  await ackAll(world.socket);
  assert.equal(world.socket.of('chat').length, 100);
});

test('the queue is bounded by number and bytes', async () => {
  const world = new World();
  const client = world.connect({ queue: { maxMessages: 3, maxBytes: 1_000 } });
  for (let i = 0; i < 3; i++) client.chat('lobby', 'x');
  const error = await failureOf(client.chat('lobby', 'x'));
  assert.ok(error instanceof QueueError);
  assert.equal(error.code, 'queue_full');
  client.outgoing.entries.forEach(({ id }) => client.outgoing.discard(id));
  assert.equal((await failureOf(client.chat('lobby', 'x'.repeat(1_000)))).code, 'queue_full');
  assert.deepEqual(client.outgoing.entries, []);
});

test('a message that is too old fails, and says whether it may have been stored', async () => {
  const world = new World();
  const client = await world.open({ queue: { maxAge: 60_000 } });
  const first = client.chat('lobby', 'sent');
  world.socket.closeWith(1006);
  await world.clock.advance(30_000);
  world.client.close();
  const second = client.chat('lobby', 'not sent');
  await world.clock.advance(30_000);
  assert.equal((await failureOf(first)).code, 'expired');
  assert.match(client.outgoing.entries[0].error.message, /may have been stored/);
  assert.equal(client.outgoing.entries[1].state, 'waiting');
  await world.clock.advance(30_000);

  assert.equal((await failureOf(second)).message, 'This message could not be sent in time.');
});

test('the ack of a message that became too old on its way still counts', async () => {
  const world = new World();
  const client = await world.open({ queue: { maxAge: 20_000 } });
  client.chat('lobby', 'slow');
  const [message] = world.socket.of('chat');
  await world.clock.advance(20_000);
  assert.equal(client.outgoing.entries[0].state, 'failed');
  world.socket.receive(ack(message, 1));

  assert.deepEqual(client.outgoing.entries, []);
});

test('what cannot be a message is refused at once', async () => {
  const client = new World().connect();
  assert.equal((await failureOf(client.chat('lobby', undefined))).code, 'bad_message');
  assert.equal((await failureOf(client.chat('lobby', 'x', { id: 'a b' }))).code, 'bad_message');
  client.chat('lobby', 'x', { id: 'h1' });
  assert.equal((await failureOf(client.chat('lobby', 'x', { id: 'h1' }))).code, 'duplicate');
});

test('a message that is longer than the server takes fails when the limit is known', async () => {
  const world = new World();
  const client = world.connect();
  const early = client.chat('lobby', '界'.repeat(400));
  client.chat('lobby', 'short');
  await world.welcome({ limits: { ...LIMITS, message: 1_000 } });
  assert.equal((await failureOf(early)).code, 'too_long');
  assert.deepEqual(CONTENTS(world.socket), ['short']);
  assert.equal((await failureOf(client.chat('lobby', 'x'.repeat(1_001)))).code, 'too_long');
});

/** The limits of a connection by HTTP. */
const BY_HTTP = { ...LIMITS, frame: 1_000, message: 1_000, chunks: false };

test('by HTTP a long message waits for a WebSocket, with those after it to the same room or person', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.closeWith(1006);
  const long = 'x'.repeat(1_000);
  const stored = client.chat('Straße', long);
  client.message('Ben', 'before');
  client.message('Ben', long);
  for (const to of ['straße', 'ＳＴＲＡＳＳＥ', 'strass\u200de']) client.chat(to, 'after');
  client.message('ben', 'after');
  client.message('cleo', 'another person');
  client.chat('ben', 'another room');
  client.notify({ content: 'everybody' });
  await world.nextAttempt();
  await world.welcome({ limits: BY_HTTP });
  const sent = () => world.socket.messages.slice(1).map(({ content }) => content);
  assert.deepEqual(sent(), ['before', 'another person', 'another room', 'everybody']);
  world.socket.receive(...world.socket.messages.slice(1).map((message) => ack(message, 1)));
  client.chat('straße', 'last');
  assert.equal(sent().length, 4);
  assert.deepEqual(client.outgoing.entries.map(({ state }) => state), Array(7).fill('waiting'));

  const socket = await world.reconnect({}, 1012);
  assert.deepEqual(sent(), [long, long, 'after', 'after', 'after', 'after', 'last']);
  socket.receive(ack(socket.messages[1], 1));
  assert.equal((await stored).seq, 1);
});

test('by HTTP a long message to a guest holds back all that may be for the same guest', async () => {
  const world = new World();
  const client = await world.open();
  world.socket.closeWith(1006);
  client.message({ username: 'ida', guest: 'k3f9' }, 'x'.repeat(1_000));
  client.message({ username: 'eve', guest: 'k3f9' }, 'under its new name');
  client.message('eve', 'to the only one of that name');
  client.message({ username: 'zoe', guest: 'x7y8' }, 'to another guest');
  await world.nextAttempt();
  await world.welcome({ limits: BY_HTTP });
  assert.deepEqual(world.socket.of('message').map(({ content }) => content), ['to another guest']);
});

test('escapes count where a message is too long for HTTP', async () => {
  const world = new World();
  const client = world.connect();
  client.chat('lobby', '"'.repeat(600));
  client.chat('tea', 'x'.repeat(900));
  await world.welcome({ limits: BY_HTTP });
  assert.deepEqual(world.socket.of('chat').map(({ room }) => room), ['tea']);
  assert.deepEqual(world.socket.of('chunk'), []);
});

test('what waits for a WebSocket may be discarded, and fails with its age; then those behind it go', async () => {
  for (const isDiscarded of [true, false]) {
    const world = new World();
    const client = world.connect({ queue: { maxAge: 60_000 }, heartbeat: { interval: 600_000 } });
    const stored = client.chat('lobby', 'x'.repeat(1_000), { id: 'long' });
    await world.welcome({ limits: BY_HTTP });
    await world.clock.advance(59_999);
    client.chat('lobby', 'behind');
    assert.deepEqual(world.socket.of('chat'), []);
    if (isDiscarded) {
      assert.equal(client.outgoing.discard('long'), true);
      client.chat('lobby', 'more');
    } else await world.clock.advance(1);
    assert.equal((await failureOf(stored)).code, isDiscarded ? 'discarded' : 'expired');
    assert.equal(CONTENTS(world.socket)[0], 'behind');
  }
});

test('by HTTP a new message that is too long is refused at once; without a connection it is taken in', async () => {
  const world = new World();
  const client = await world.open({}, { limits: BY_HTTP });
  const error = await failureOf(client.chat('lobby', 'x'.repeat(1_000), { id: 'h1' }));
  assert.equal(error.code, 'too_long');
  assert.equal(error.message, 'This message has 1053 bytes of JSON; without a WebSocket 1000 are the most.');
  assert.deepEqual(client.outgoing.entries, []);
  world.socket.closeWith(1006);
  client.chat('lobby', 'x'.repeat(1_000), { id: 'h1' });
  await world.nextAttempt();
  await world.welcome();
  assert.equal(world.socket.last('chat').id, 'h1');
});

test('while a message waits for a WebSocket, the others are tried as often as ever, and quickly again', async () => {
  const world = new World();
  const client = world.connect({ heartbeat: { interval: 600_000 } });
  client.chat('lobby', 'x'.repeat(1_000));
  await world.welcome({ limits: BY_HTTP });
  client.chat('tea', 'one');
  for (let tries = 1; tries <= 6; tries++) {
    assert.equal(world.socket.of('chat').length, tries);
    world.socket.receive({ type: 'error', id: world.socket.last('chat').id, code: 'internal', message: 'No.' });
    await world.clock.advance(30_000);
  }
  assert.equal(client.outgoing.entries[1].error.code, 'internal');
  ['two', 'three'].forEach((content) => client.chat('tea', content));
  assert.deepEqual(CONTENTS(world.socket).slice(6), ['two', 'three']);
});

test('unacknowledged and failed messages survive a reload', async () => {
  const world = new World();
  const first = await world.open({ ticket: () => 't' });
  first.chat('lobby', 'failed', { id: 'f1' });
  refuse(world.socket, 'forbidden');
  first.chat('lobby', 'sent', { id: 's1' });
  await settle();
  world.window.dispatchEvent(new Event('pagehide'));

  // Another page of the same tab.
  const next = await world.open({ ticket: () => 't' });
  assert.deepEqual(
    next.outgoing.entries.map(({ id, state, error }) => [id, state, error?.code]),
    [
      ['f1', 'failed', 'forbidden'],
      ['s1', 'sent', undefined],
    ],
  );
  assert.deepEqual(
    world.socket.of('chat').map(({ id }) => id),
    ['s1'],
  );
  world.socket.receive(ack({ id: 's1' }, 4));
  next.outgoing.discard('f1');
  await settle();
  assert.deepEqual([...world.storage.values.keys()], []);
});

test('with a name that is known, messages survive a reload without any connection', async () => {
  const world = new World();
  world.connect({ ticket: () => 't' }).chat('lobby', 'offline', { id: 'o1' });
  await settle();
  const next = world.connect({ ticket: () => 't' });

  assert.deepEqual(
    next.outgoing.entries.map(({ id }) => id),
    ['o1'],
  );
});

test('what was written in the same turn in which the client is destroyed is there for the next one', async () => {
  const world = new World();
  const client = world.connect({ ticket: () => 't' });
  const stored = client.chat('lobby', 'the last word', { id: 'l1' });
  client.destroy();
  assert.equal((await failureOf(stored)).code, 'destroyed');
  await settle();
  const next = world.connect({ ticket: () => 't' });

  assert.deepEqual(
    next.outgoing.entries.map(({ id }) => id),
    ['l1'],
  );
});

test('a message that the application gives again after a reload, with its id, is sent once', async () => {
  const world = new World();
  const first = await world.open({ username: undefined, ticket: () => 't' });
  first.chat('lobby', 'kept by the application', { id: 'k1' });
  await settle();
  const next = world.connect({ username: undefined, ticket: () => 't' });
  const stored = next.chat('lobby', 'kept by the application', { id: 'k1' });
  await world.welcome();
  assert.deepEqual(
    world.socket.of('chat').map(({ id }) => id),
    ['k1'],
  );
  world.socket.receive(ack({ id: 'k1' }, 3));

  assert.equal((await stored).seq, 3);
});

test('a guest finds its messages again by its tag, also under a new name', async () => {
  const world = new World();
  const first = await world.open({}, { guest: 'k3f9', guestSecret: 'shh' });
  first.chat('lobby', 'hello', { id: 'h1' });
  await settle();
  const next = world.connect();
  assert.deepEqual(
    next.outgoing.entries.map(({ id }) => id),
    ['h1'],
  );
  await world.welcome({ username: 'guest-k3f9', guest: 'k3f9' });

  assert.deepEqual(
    world.socket.of('chat').map(({ id }) => id),
    ['h1'],
  );
});

test("nobody's messages are sent by somebody else", async () => {
  const world = new World();
  const ana = await world.open({ username: undefined, ticket: () => 't' });
  const stored = ana.chat('lobby', 'from ana', { id: 'a1' });
  world.socket.receive({ type: 'goodbye', reason: '', reconnectAfter: 1 });
  await world.reconnect({ username: 'ben' });
  assert.equal((await failureOf(stored)).code, 'user_changed');
  assert.deepEqual(world.socket.of('chat'), []);
  assert.deepEqual(ana.outgoing.entries, []);

  await world.reconnect({ username: 'ana' });
  assert.deepEqual(
    world.socket.of('chat').map(({ id }) => id),
    ['a1'],
  );
});

test('users of two servers are two users', async () => {
  const world = new World();
  const first = await world.open({ ticket: () => 't' });
  first.chat('lobby', 'hello');
  await settle();
  const other = await world.open({ ticket: () => 't', url: 'ws://other.example/chat' });

  assert.deepEqual(other.outgoing.entries, []);
});

test('a storage that is full or forbidden costs nothing but the survival of a reload', async () => {
  const world = new World();
  world.storage.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const client = await world.open({ ticket: () => 't' });
  const stored = client.chat('lobby', 'hello');
  client.chat('lobby', 'again');
  await settle();
  assert.deepEqual(
    world.events.map(({ code }) => code),
    ['storage_full'],
  );
  await ackAll(world.socket);
  assert.equal((await stored).seq, 1);
});

test('what somebody else has left in the storage is no obstacle', async () => {
  const world = new World();
  await world.open({}, { guest: 'k3f9', guestSecret: 'shh' });
  world.client.chat('lobby', 'hello');
  await settle();
  for (const text of ['{"names":', '7', 'null', '{}']) {
    for (const key of world.storage.values.keys()) world.storage.setItem(key, text);
    await world.open({}, { guest: 'k3f9' });
    assert.deepEqual(world.client.outgoing.entries, []);
  }
});

test('without a storage, as in Node, everything is in memory', async () => {
  const world = new World();
  const client = await world.open({ storage: null }, { guest: 'k3f9', guestSecret: 'shh' });
  client.chat('lobby', 'hello');
  await world.reconnect({ guest: 'k3f9' });

  assert.equal(world.socket.last('login').guestSecret, 'shh');
  assert.deepEqual(CONTENTS(world.socket), ['hello']);
});

test('change tells of each step', async () => {
  const world = new World();
  const client = world.connect();
  const steps = [];
  client.outgoing.on('change', (entries) => steps.push(entries.map(({ state }) => state).join()));
  client.chat('lobby', 'hello');
  await world.welcome();
  await ackAll(world.socket);

  assert.deepEqual(
    steps.filter((step, i) => step !== steps[i - 1]),
    ['waiting', 'sent', ''],
  );
});

test('the hundred newest failed messages are kept', async () => {
  const world = new World();
  const client = await world.open({}, { limits: { ...LIMITS, rate: 0 } });
  for (let i = 0; i < 120; i++) {
    client.chat('lobby', String(i), { id: `i${i}` });
    world.socket.receive({ type: 'error', id: `i${i}`, code: 'forbidden', message: 'No.' });
  }

  assert.equal(client.outgoing.entries.length, 100);
  assert.equal(client.outgoing.entries[0].id, 'i20');
});
