import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteLength, chunks } from '../../../../../../webapp/parley/client/sending/chunks.js';
import { LIMITS, World, failureOf, settle } from './support/world.js';

const FRAME = 1_024;

/** Joins the chunks of a transfer, as the server does. */
function joined(frames) {
  const parts = frames.map((frame) => (typeof frame === 'string' ? JSON.parse(frame) : frame));
  assert.deepEqual(
    parts.map(({ index }) => index),
    parts.map((_, i) => i),
  );
  assert.ok(parts.every(({ count, transfer }) => count === parts.length && transfer === parts[0].transfer));
  return JSON.parse(parts.map(({ data }) => data).join(''));
}

const MEAN_TEXTS = {
  'plain text': 'a'.repeat(5_000),
  'quotes and backslashes': '"\\'.repeat(2_500),
  'control characters': '\u0001\n\t'.repeat(1_500),
  'text of three bytes': '界'.repeat(3_000),
  'emoji, cut wherever': `x${'😀'.repeat(2_000)}`,
  'all of them': 'a"\\\u0001界😀é'.repeat(700),
};

for (const [kind, content] of Object.entries(MEAN_TEXTS)) {
  test(`${kind}: each chunk fits into a frame, and together they are the message`, () => {
    const message = { type: 'chat', room: 'lobby', content, id: 'h1' };
    const frames = chunks(JSON.stringify(message), 'h1', FRAME);

    assert.ok(frames.length > 1);
    for (const frame of frames) assert.ok(byteLength(frame) <= FRAME, `${byteLength(frame)} bytes`);
    assert.deepEqual(joined(frames), message);
  });
}

async function openWithShortFrames() {
  const world = new World();
  const client = await world.open({}, { limits: { ...LIMITS, frame: FRAME } });
  return { world, client };
}

test('a long message goes in chunks by itself, and those after it wait for its last one', async () => {
  const { world, client } = await openWithShortFrames();
  world.socket.bufferedAmount = 300_000;
  const stored = client.chat('lobby', 'a'.repeat(5_000), { id: 'long' });
  client.chat('lobby', 'short');
  assert.deepEqual(world.socket.of('chunk'), [], 'the browser has enough to do');
  world.socket.bufferedAmount = 0;
  await world.clock.advance(20);

  assert.deepEqual(
    world.socket.messages.slice(1).map(({ type }) => type),
    [...Array(7).fill('chunk'), 'chat'],
  );
  const message = joined(world.socket.of('chunk'));
  assert.deepEqual(message, { type: 'chat', room: 'lobby', content: 'a'.repeat(5_000), id: 'long' });
  assert.ok(world.socket.of('chunk').every(({ id }) => id === 'long'));
  world.socket.receive({ type: 'ack', id: 'long', room: 'lobby', seq: 1, sentAt: '' });
  assert.equal((await stored).seq, 1);
});

test('progress is told until all is handed over, less what waits in the browser', async () => {
  const { world, client } = await openWithShortFrames();
  const told = [];
  const { send } = Object.getPrototypeOf(Object.getPrototypeOf(world.socket));
  world.socket.send = function slow(frame) {
    this.bufferedAmount += 100_000;
    send.call(this, frame);
  };
  client.chat('lobby', 'a'.repeat(5_000), { id: 'long', onProgress: (progress) => told.push(progress) });
  assert.equal(world.socket.of('chunk').length, 2);
  assert.equal(client.outgoing.entries[0].progress.total, told[0].total);
  while (world.socket.of('chunk').length < 7) {
    world.socket.bufferedAmount = 0;
    await world.clock.advance(20);
  }
  world.socket.receive({ type: 'ack', id: 'long', room: 'lobby', seq: 1, sentAt: '' });

  const { total } = told[0];
  assert.ok(
    told.every((progress, i) => i === 0 || progress.sent >= told[i - 1].sent),
    JSON.stringify(told),
  );
  assert.deepEqual(told.at(-1), { sent: total, total });
});

test('a transfer that a lost connection cut off begins anew', async () => {
  const { world, client } = await openWithShortFrames();
  const { send } = Object.getPrototypeOf(Object.getPrototypeOf(world.socket));
  world.socket.send = function slow(frame) {
    this.bufferedAmount += 100_000;
    send.call(this, frame);
  };
  client.chat('lobby', 'a'.repeat(5_000), { id: 'long' });
  client.chat('lobby', 'short');
  assert.equal(world.socket.of('chunk').length, 2);
  const socket = await world.reconnect({ limits: { ...LIMITS, frame: FRAME } });

  assert.equal(joined(socket.of('chunk')).id, 'long');
  assert.equal(socket.messages.at(-1).content, 'short');
});

for (const [words, error] of [
  ['named by its id', { id: 'long', code: 'rate_limited', message: 'Too many.', retryAfter: 2_000 }],
  [
    'named in the sentence',
    { code: 'bad_chunk', message: "Transfer 'long' is rejected: it was not complete in time." },
  ],
]) {
  test(`a transfer that is refused, ${words}, begins anew before what follows it`, async () => {
    const { world, client } = await openWithShortFrames();
    client.chat('lobby', 'a'.repeat(5_000), { id: 'long' });
    const before = world.socket.of('chunk').length;
    world.socket.receive({ type: 'error', ...error });
    client.chat('lobby', 'short');
    assert.equal(client.outgoing.entries[0].state, 'waiting');
    assert.equal(world.socket.of('chunk').length, before);
    await world.clock.advance(2_000);

    assert.equal(joined(world.socket.of('chunk').slice(before)).id, 'long');
    assert.equal(world.socket.of('chat').length, 0, 'one at a time after a refusal');
  });
}

test('a transfer that is refused on its way sends nothing more of itself', async () => {
  const { world, client } = await openWithShortFrames();
  world.socket.bufferedAmount = 300_000;
  client.chat('lobby', 'a'.repeat(5_000), { id: 'long' });
  world.socket.receive({ type: 'error', id: 'long', code: 'rate_limited', message: 'Too many.', retryAfter: 9_000 });
  world.socket.bufferedAmount = 0;
  await world.clock.advance(8_999);
  assert.deepEqual(world.socket.of('chunk'), []);
  await world.clock.advance(1);
  assert.equal(joined(world.socket.of('chunk')).id, 'long');
});

test('a transfer that is refused six times fails', async () => {
  const { world, client } = await openWithShortFrames();
  const stored = client.chat('lobby', 'a'.repeat(5_000), { id: 'long' });
  for (let i = 0; i < 6; i++) {
    world.socket.receive({ type: 'error', id: 'long', code: 'bad_chunk', message: 'No.' });
    await world.clock.advance(30_000);
    world.socket.receive({ type: 'pong' });
  }
  assert.equal((await failureOf(stored)).code, 'bad_chunk');
});

test('heartbeats get between the chunks', async () => {
  const { world, client } = await openWithShortFrames();
  world.socket.bufferedAmount = 300_000;
  client.chat('lobby', 'a'.repeat(5_000));
  await world.clock.advance(30_000);
  assert.equal(world.socket.messages.at(-1).type, 'ping');
  await settle();
});
