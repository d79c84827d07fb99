import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBinary } from '../../../../../../webapp/parley/client/sending/binary-frames.js';
import { LIMITS, World, failureOf, json, settle } from './support/world.js';

const ATTACHMENT = { id: 'f1', name: 'cat.png', mediaType: 'image/png', size: 150_000, href: 'attachments/f1' };

async function bytesOf(frames) {
  const parts = await Promise.all(
    frames.map(async (frame) => new Uint8Array(frame instanceof Blob ? await frame.arrayBuffer() : frame)),
  );
  return Buffer.concat(parts);
}

const binary = (socket) => socket.sent.filter((frame) => typeof frame !== 'string');

for (const [kind, make] of [
  ['ArrayBuffer', (bytes) => bytes.buffer],
  ['view of a part', (bytes) => new Uint8Array([9, ...bytes, 9]).subarray(1, -1)],
  ['Blob', (bytes) => new Blob([bytes], { type: 'image/png;q=1' })],
]) {
  test(`a file goes as a ${kind}, in frames after the ack`, async () => {
    const world = new World();
    const client = await world.open();
    const bytes = Uint8Array.from({ length: 150_000 }, (_, i) => i % 251);
    const told = [];
    const uploaded = client.upload('team', make(bytes), {
      name: 'cat.png',
      mediaType: kind === 'Blob' ? undefined : 'image/png',
      onProgress: (p) => told.push(p.sent),
    });
    const { id, ...upload } = world.socket.last('upload');
    assert.deepEqual(upload, { type: 'upload', room: 'team', name: 'cat.png', mediaType: 'image/png', size: 150_000 });
    assert.deepEqual(binary(world.socket), []);
    world.socket.answer('upload', { type: 'ack' });
    assert.deepEqual(await bytesOf(binary(world.socket)), Buffer.from(bytes));
    world.socket.answer('upload', { type: 'uploaded', attachment: ATTACHMENT });

    assert.deepEqual(await uploaded, ATTACHMENT);
    assert.equal(told.at(-1), 150_000);
  });
}

test('files go one after the other, as fast as the connection takes them', async () => {
  const world = new World();
  const client = await world.open();
  const first = client.upload('team', new Uint8Array(500_000), { name: 'a' });
  client.upload('team', new Uint8Array(1), { name: 'b' });
  assert.equal(world.socket.of('upload').length, 1);
  world.socket.bufferedAmount = 300_000;
  world.socket.answer('upload', { type: 'ack' });
  assert.equal(binary(world.socket).length, 0);
  world.socket.bufferedAmount = 0;
  await world.clock.advance(20);
  assert.equal((await bytesOf(binary(world.socket))).length, 500_000);
  world.socket.answer('upload', { type: 'uploaded', attachment: ATTACHMENT });
  await first;
  assert.equal(world.socket.last('upload').name, 'b');
});

test('a file that a lost connection cut off begins anew', async () => {
  const world = new World();
  const client = await world.open();
  const uploaded = client.upload('team', new Uint8Array(3), { name: 'a' });
  world.socket.answer('upload', { type: 'ack' });
  const { id } = world.socket.last('upload');
  await world.reconnect();
  assert.notEqual(world.socket.last('upload').id, id);
  world.socket.answer('upload', { type: 'ack' });
  assert.equal(binary(world.socket).length, 1);
  world.socket.answer('upload', { type: 'uploaded', attachment: ATTACHMENT });
  assert.deepEqual(await uploaded, ATTACHMENT);
});

test('a file that is refused fails, for now or for good', async () => {
  const world = new World();
  const client = await world.open();
  const uploaded = client.upload('team', new Uint8Array(3));
  world.socket.answer('upload', { type: 'error', code: 'rate_limited', message: 'Later.', retryAfter: 3_000 });
  await world.clock.advance(3_000);
  assert.equal(world.socket.of('upload').length, 2);
  world.socket.answer('upload', { type: 'error', code: 'too_many_files', message: 'No space.' });

  assert.equal((await failureOf(uploaded)).code, 'too_many_files');
});

test('an upload without an answer ends, and the next begins', async () => {
  const world = new World();
  const client = await world.open({ heartbeat: { interval: 600_000 } });
  const failure = failureOf(client.upload('team', new Uint8Array(3), { name: 'a' }));
  client.upload('team', new Uint8Array(3), { name: 'b' });
  await world.clock.advance(30_000);
  assert.equal((await failure).code, 'timeout');
  assert.equal(world.socket.last('upload').name, 'b');
});

test('an upload that is given up sends no more, and the next waits until the server has given it up too', async () => {
  const world = new World();
  const client = await world.open();
  const abort = new AbortController();
  const uploaded = client.upload('team', new Uint8Array(500_000), { name: 'a', signal: abort.signal });
  const third = client.upload('team', new Uint8Array(3), { name: 'never', signal: abort.signal });
  client.upload('team', new Uint8Array(3), { name: 'b' });
  world.socket.answer('upload', { type: 'ack' });
  world.socket.bufferedAmount = 300_000;
  abort.abort(new Error('never mind'));
  assert.equal((await failureOf(uploaded)).message, 'never mind');
  assert.equal((await failureOf(third)).message, 'never mind');
  const before = binary(world.socket).length;
  world.socket.bufferedAmount = 0;
  await world.clock.advance(100);
  assert.equal(binary(world.socket).length, before);
  assert.equal(world.socket.of('upload').length, 1);
  world.socket.answer('upload', { type: 'error', code: 'bad_chunk', message: 'Too slow.' });
  assert.equal(world.socket.last('upload').name, 'b');
});

test('what is no file is told', async () => {
  const client = new World().connect();
  assert.equal((await failureOf(client.upload('team', 'text'))).code, 'bad_message');
});

test('a file is read with the token, a ticket, or as a guest', async () => {
  const seen = [];
  const http = (method, address, headers) => {
    seen.push([method, address, headers.Authorization]);
    return address.endsWith('/tickets') ? json(201, { ticket: 't1' }) : new Response('meow');
  };
  for (const [options, expected] of [
    [{ token: 'a.b.c' }, [['GET', 'http://chat.example/app/attachments/f1', 'Bearer a.b.c']]],
    [{ getTicket: () => 'own' }, [['GET', 'http://chat.example/app/attachments/f1?ticket=own', undefined]]],
    [{}, [['GET', 'http://chat.example/app/attachments/f1', undefined]]],
  ]) {
    const world = new World();
    world.http = http;
    const client = await world.open(options);
    seen.length = 0;
    assert.equal(await (await client.download(ATTACHMENT)).text(), 'meow');
    assert.deepEqual(seen, expected);
  }
});

test('an address of a file for the browser has a ticket of its own', async () => {
  const world = new World();
  world.http = () => json(201, { ticket: 't1' });
  const client = await world.open({ token: 'a.b.c' });
  assert.equal(await client.attachmentUrl(ATTACHMENT), 'http://chat.example/app/attachments/f1?ticket=t1');
  const guest = await new World().open();
  assert.equal(await guest.attachmentUrl(ATTACHMENT), 'http://chat.example/app/attachments/f1');
});

test('a file that is gone, or a server that is away, is an error', async () => {
  const world = new World();
  const client = await world.open();
  world.http = () => json(404, { code: 'not_found', detail: 'There is no such file.' });
  assert.equal((await failureOf(client.download(ATTACHMENT))).message, 'There is no such file.');
  world.http = () => new TypeError('Failed to fetch');
  assert.equal((await failureOf(client.download(ATTACHMENT))).code, 'unreachable');
});

test('a file whose server does not answer ends in time; its bytes may take longer', async () => {
  const world = new World();
  const client = await world.open();
  world.http = () => new Promise(() => {});
  const failures = [client.download(ATTACHMENT), client.attachmentUrl(ATTACHMENT)].map((promise) =>
    promise.catch(String),
  );
  const failure = failureOf(client.download(ATTACHMENT));
  await world.clock.advance(15_000);
  assert.equal((await failure).code, 'timeout');
  assert.match((await Promise.all(failures))[0], /in time/);

  let end;
  const body = new ReadableStream({ start: (controller) => (end = () => controller.close()) });
  world.http = () => new Response(body);
  const blob = client.download(ATTACHMENT);
  await world.clock.advance(60_000);
  end();
  assert.equal((await blob).size, 0);
});

test('the example of protocol.md is encoded byte for byte', () => {
  assert.equal(
    Buffer.from(encodeBinary({ room: 'lobby' }, new Uint8Array([1, 2]))).toString('hex'),
    '00107b22726f6f6d223a226c6f626279227d0102',
  );
});

for (const [kind, make] of [
  ['ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
  ['view with an offset', () => new Uint8Array([0, 1, 2, 3, 0]).subarray(1, 4)],
  ['DataView', () => new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1)],
  ['Blob', () => new Blob([new Uint8Array([1, 2, 3])])],
  ['nothing', () => new ArrayBuffer(0)],
]) {
  test(`a binary payload is sent as a ${kind}`, async () => {
    const world = new World();
    const client = await world.open({ binary: true });
    assert.equal(world.socket.last('login').binary, true);
    assert.equal(client.sendBinary('team', make(), { mediaType: 'audio/webm' }), true);
    const frame = await bytesOf(binary(world.socket));
    const end = 2 + frame.readUInt16BE(0);

    assert.deepEqual(JSON.parse(frame.subarray(2, end).toString()), { room: 'team', mediaType: 'audio/webm' });
    assert.deepEqual([...frame.subarray(end)], kind === 'nothing' ? [] : [1, 2, 3]);
  });
}

test('a binary payload is not sent where it would have to wait or be taken for something else', async () => {
  const world = new World();
  const client = world.connect();
  const data = new Uint8Array(3);
  assert.equal(client.sendBinary('team', data), false, 'not open');
  await world.welcome();
  world.socket.bufferedAmount = 300_000;
  assert.equal(client.sendBinary('team', data), false, 'too much waits');
  world.socket.bufferedAmount = 0;
  client.upload('team', data);
  assert.equal(client.sendBinary('team', data), false, 'an upload is under way');
  world.socket.answer('upload', { type: 'uploaded', attachment: ATTACHMENT });
  assert.equal(client.sendBinary('team', data), true);
});

test('a binary payload that can never be sent throws', async () => {
  const world = new World();
  const client = await world.open();
  assert.throws(() => client.sendBinary('team', 'text'), { code: 'bad_message' });
  assert.throws(() => client.sendBinary('team', new Uint8Array(LIMITS.binary + 1)), { code: 'too_long' });
  assert.throws(() => client.sendBinary('r'.repeat(5_000), new Uint8Array(1)), { code: 'too_long' });
  const other = new World();
  await other.open({}, { limits: { ...LIMITS, binary: undefined } });
  assert.throws(() => other.client.sendBinary('team', new Uint8Array(1)), { code: 'forbidden' });
});

test('a binary payload comes as the binaryType says, to the room and the client', async () => {
  const world = new World();
  const client = await world.open({ binary: true });
  const room = client.join('team');
  const got = [];
  client.on('binary', (event) => got.push(event));
  room.on('binary', (event) => got.push(event));
  const header = { room: 'team', sender: 'ben', guest: 'k3f9', mediaType: 'audio/webm' };
  const frame = encodeBinary(header, new Uint8Array([1, 2, 3]));
  world.socket.receiveData(frame.buffer);
  assert.equal(got.length, 2);
  const { data, ...rest } = got[1];
  assert.deepEqual(rest, header);
  assert.deepEqual(new Uint8Array(data), new Uint8Array([1, 2, 3]));
  client.binaryType = 'blob';
  world.socket.receiveData(frame.buffer);
  assert.ok(got[3].data instanceof Blob);
  assert.equal(got[3].data.type, 'audio/webm');
  assert.deepEqual(await bytesOf([got[3].data]), Buffer.from([1, 2, 3]));
  assert.throws(() => (client.binaryType = 'text'), { code: 'bad_option' });
});

for (const [kind, bytes] of [
  ['nothing', []],
  ['one byte', [0]],
  ['a header of length 0', [0, 0, 1]],
  ['a header beyond the end', [0, 9, 1]],
  ['a header that is no JSON', [0, 1, 0x7b]],
  ['a header that is no UTF-8', [0, 1, 0xff]],
]) {
  test(`a binary frame with ${kind} is an error event, and the connection stays`, async () => {
    const world = new World();
    const client = await world.open({ binary: true });
    world.socket.receiveData(new Uint8Array(bytes).buffer);
    await settle();
    assert.deepEqual(
      world.events.map(({ code }) => code),
      ['bad_server'],
    );
    assert.equal(client.state, 'OPEN');
  });
}
