import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { HttpSocket } from '../../../../../../webapp/parley/http-socket.js';
import { fakeServer } from '../support/fake-server.js';
import { settled } from '../support/recorded.js';

const LONG_MILLIS = 60_000;
const CHANNELS = '/app/api/channels';
const TOKEN = `x.${btoa(JSON.stringify({ exp: 4_102_444_800 }))}.x`;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A server with a user, streams and rooms, and a socket that is open. */
async function connect() {
  const server = fakeServer();
  const streams = new Map();
  server.on('POST /app/api/tickets', (request) =>
    request.json(201, { ticket: 't', expiresIn: 30_000, username: 'ana', roles: ['user'] }));
  server.on('GET /app/api/rooms', (request) => request.json(200, { rooms: [{ room: 'lobby', unread: 3 }] }));
  const stream = (/** @type {string} */ path, /** @type {string} */ channel) =>
    server.on(`GET ${CHANNELS}/${path}/messages`, (request) => {
      streams.set(channel, request);
      request.stream(channel, request.headers['Last-Event-ID'] ?? `${channel.length}:41`);
    });
  stream('inbox', 'inbox');
  stream('broadcast', 'broadcast');
  stream('room/lobby', 'room:lobby');
  const socket = new HttpSocket('wss://host.test/app/chat', { token: TOKEN, fetch: server.fetch });
  /** @type {any[]} */
  const messages = [];
  /** @type {number[]} */
  const closes = [];
  socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
  socket.onclose = ({ code }) => closes.push(code);
  await settled();
  const send = async (/** @type {object} */ message) => {
    socket.send(JSON.stringify(message));
    await flushed();
  };
  const take = () => messages.splice(0);
  return { socket, server, streams, stream, send, take, closes };
}

/** Lets promises and streams go as far as they get. */
async function flushed() {
  for (let round = 0; round < 20; round++) await settled();
}

async function signedIn() {
  const connection = await connect();
  await connection.send({ type: 'login', id: 'l1' });
  connection.take();
  return connection;
}

describe('the shape of a WebSocket', () => {
  it('opens after its constructor, and not before', async () => {
    const { fetch } = fakeServer();
    const socket = new HttpSocket('ws://host.test/chat', { token: TOKEN, fetch });
    assert.equal(socket.readyState, socket.constructor.CONNECTING);
    assert.throws(() => socket.send('{}'), { name: 'InvalidStateError' });
    const opened = mock.fn();
    socket.onopen = opened;
    await settled();
    assert.equal(opened.mock.callCount(), 1);
    assert.equal(socket.readyState, WebSocket.OPEN);
    assert.equal(socket.url, 'ws://host.test/chat');
    assert.equal(socket.transport, 'http');
  });

  it('closes after close() has returned, and aborts its requests', async () => {
    const { socket, closes, streams } = await signedIn();
    socket.close(4321, 'bye');
    assert.equal(socket.readyState, WebSocket.CLOSING);
    assert.deepEqual(closes, []);
    await settled();
    assert.equal(socket.readyState, WebSocket.CLOSED);
    assert.deepEqual(closes, [4321]);
    assert.ok([...streams.values()].every(({ isAborted }) => isAborted));
  });

  it('asks nothing more after close', async () => {
    const { socket, send, server } = await signedIn();
    const before = server.requests.length;
    socket.close();
    await send({ type: 'rooms' });
    assert.equal(server.requests.length, before);
  });

  it('closes once where a listener closes it because of the error', async () => {
    const { socket, send, server, closes } = await connect();
    server.on('POST /app/api/tickets', (request) => request.json(401, { code: 'token_expired' }));
    socket.addEventListener('message', () => socket.close(1000));
    await send({ type: 'login', id: 'l1' });
    assert.deepEqual(closes, [1000]);
  });

  it('needs a token', () => {
    assert.throws(() => new HttpSocket('ws://host.test/chat', { token: '' }), TypeError);
  });
});

describe('login', () => {
  it('is answered with a welcome', async () => {
    const { send, take, server } = await connect();
    await send({ type: 'login', id: 'l1' });
    const [welcome, ...more] = take();
    assert.deepEqual(more, []);
    assert.ok(welcome.expiresIn > 0);
    assert.deepEqual({ ...welcome, expiresIn: 1 }, {
      type: 'welcome',
      id: 'l1',
      username: 'ana',
      roles: ['user'],
      session: 'l1',
      expiresIn: 1,
      protocol: 'parley.v1',
      heartbeat: { interval: 30_000, timeout: 10_000 },
      limits: { frame: 65_536, message: 65_536, rate: 20, burst: 60, chunks: false },
      channels: {
        inbox: { position: { epoch: '5', seq: 41 }, recovered: false },
        broadcast: { position: { epoch: '9', seq: 41 }, recovered: false },
        'room:lobby': { position: { epoch: '10', seq: 41 }, recovered: false, unread: 3 },
      },
    });
    assert.ok(server.requests.every(({ headers }) => headers.Authorization === `Bearer ${TOKEN}`));
    assert.ok(server.requests.every(({ origin }) => origin === 'https://host.test'));
  });

  it('goes on from the positions, and says where it cannot', async () => {
    const { send, take, stream, server, streams } = await connect();
    stream('room/a%2Fb', 'room:a/b');
    server.on(`GET ${CHANNELS}/inbox/messages`, (request) => {
      if (request.headers['Last-Event-ID'] === 'e:1') {
        request.json(410, { code: 'not_recovered', position: { epoch: 'e2', seq: 9 }, oldest: 5 });
      } else request.stream('inbox', request.headers['Last-Event-ID']);
    });
    server.on(`GET ${CHANNELS}/room/secret/messages`, (request) => request.json(404, { code: 'no_such_room' }));
    const position = { epoch: 'e', seq: 1 };
    await send({
      type: 'login', id: 'l1', positions: { inbox: position, 'room:a/b': position, 'room:secret': position },
    });
    const [{ channels }] = take();
    assert.equal(streams.get('room:a/b').headers['Last-Event-ID'], 'e:1');
    assert.deepEqual(channels['room:a/b'], { position, recovered: true });
    assert.deepEqual(channels.inbox, { position: { epoch: 'e2', seq: 9 }, recovered: false });
    assert.equal(channels['room:secret'], undefined);
  });

  it('tells messages after the welcome', async () => {
    const { send, take, server, streams } = await connect();
    server.on(`GET ${CHANNELS}/broadcast/messages`, () => {});
    await send({ type: 'login', id: 'l1' });
    streams.get('inbox').message('5:42', { type: 'message', content: 'early' });
    await flushed();
    assert.deepEqual(take(), []);
    server.last(`GET ${CHANNELS}/broadcast/messages`).stream('broadcast', '9:41');
    await flushed();
    assert.deepEqual(take().map(({ type }) => type), ['welcome', 'message']);
  });

  for (const [code, status, closeCode] of /** @type {[string, number, number][]} */ ([
    ['token_expired', 401, 4003],
    ['login_refused', 401, 4501],
  ])) {
    it(`that is answered ${code} closes with ${closeCode}, after the sentence`, async () => {
      const { send, take, server, closes } = await connect();
      server.on('POST /app/api/tickets', (request) => request.json(status, { code, detail: 'A sentence.' }));
      await send({ type: 'login', id: 'l1' });
      assert.deepEqual(take(), [{ type: 'error', code, message: 'A sentence.' }]);
      assert.deepEqual(closes, [closeCode]);
    });
  }

  it('that is refused for now closes with a code to come back, and the time', async () => {
    const { send, take, server, closes } = await connect();
    const problem = { code: 'try_again_later', detail: 'Full.' };
    server.on('POST /app/api/tickets', (request) => request.json(503, problem, { 'Retry-After': '7' }));
    await send({ type: 'login', id: 'l1' });
    assert.deepEqual(take(), [
      { type: 'error', code: 'try_again_later', message: 'Full.', retryAfter: 7_000 },
      { type: 'goodbye', reason: 'Full.', reconnectAfter: 7_000 },
    ]);
    assert.deepEqual(closes, [1013]);
  });

  it('of a server that is not there closes with 1006', async () => {
    const { send, server, closes } = await connect();
    server.on('POST /app/api/tickets', (request) => request.fail());
    await send({ type: 'login', id: 'l1' });
    assert.deepEqual(closes, [1006]);
  });

  it('on an open session takes the streams up with the new token', async () => {
    const { send, take, streams } = await signedIn();
    const before = streams.get('inbox');
    before.message('5:42', { type: 'message', content: 'x' });
    await flushed();
    take();
    await send({ type: 'login', id: 'l2', token: 'new' });
    assert.deepEqual(take().map(({ type, id }) => `${type} ${id}`), ['welcome l2']);
    assert.equal(before.isAborted, true);
    assert.equal(streams.get('inbox').headers.Authorization, 'Bearer new');
    assert.equal(streams.get('inbox').headers['Last-Event-ID'], '5:42');
  });
});

describe('a stream', () => {
  it('gives messages in order, whatever the parts in which they come', async () => {
    const { take, streams } = await signedIn();
    const text = 'id: 10:42\ndata: {"type":"chat","content":"你好"}\n\n: alive\n\n'
      + 'id: 10:43\ndata: {"type":"chat"}\n\n';
    streams.get('room:lobby').writeSlowly(text);
    for (let parts = 0; parts < 10; parts++) await flushed();
    assert.deepEqual(take(), [{ type: 'chat', content: '你好' }, { type: 'chat' }]);
  });

  it('that breaks off is taken up after the last message', async () => {
    const { take, streams, closes } = await signedIn();
    const before = streams.get('room:lobby');
    before.message('10:42', { type: 'chat', seq: 42 });
    await flushed();
    before.fail();
    await flushed();
    mock.timers.tick(LONG_MILLIS);
    await flushed();
    assert.notEqual(streams.get('room:lobby'), before);
    assert.equal(streams.get('room:lobby').headers['Last-Event-ID'], '10:42');
    streams.get('room:lobby').message('10:43', { type: 'chat', seq: 43 });
    await flushed();
    assert.deepEqual(take().map(({ seq }) => seq), [42, 43]);
    assert.deepEqual(closes, []);
  });

  it('that breaks off again and again is taken up as long as it begins', async () => {
    const { streams, closes } = await signedIn();
    for (let breaks = 0; breaks < 10; breaks++) {
      streams.get('room:lobby').fail();
      await flushed();
      mock.timers.tick(LONG_MILLIS / 10);
      await flushed();
      for (const each of streams.values()) each.write(': alive\n\n');
      await flushed();
    }
    assert.deepEqual(closes, []);
  });

  it('that ends without a word is taken up after a pause', async () => {
    const { server, streams, closes } = await signedIn();
    mock.method(Math, 'random', () => 0.5);
    streams.get('inbox').end();
    await flushed();
    const count = () => server.requests.filter(({ path }) => path.endsWith('/inbox/messages')).length;
    assert.equal(count(), 1);
    mock.timers.tick(1_000);
    await flushed();
    assert.equal(count(), 2);
    assert.deepEqual(closes, []);
  });

  it('whose position is not served any more ends in 4000', async () => {
    const { server, streams, closes } = await signedIn();
    server.on(`GET ${CHANNELS}/inbox/messages`, (request) =>
      request.json(410, { code: 'not_recovered', position: { epoch: 'e', seq: 1 } }));
    streams.get('inbox').fail();
    await flushed();
    mock.timers.tick(10_000);
    await flushed();
    assert.deepEqual(closes, [4000]);
  });

  it('of a server that is gone ends in 1006', async () => {
    const { streams, server, closes } = await signedIn();
    server.on(`GET ${CHANNELS}/room/lobby/messages`, (request) => request.fail());
    streams.get('room:lobby').fail();
    for (let tries = 0; tries < 5; tries++) {
      await flushed();
      mock.timers.tick(LONG_MILLIS);
    }
    await flushed();
    assert.deepEqual(closes, [1006]);
    assert.equal(server.requests.filter(({ path }) => path.endsWith('/lobby/messages')).length, 4);
  });

  it('that is silent for long is taken for broken', async () => {
    const { streams, closes } = await signedIn();
    const before = streams.get('room:lobby');
    mock.timers.tick(44_999);
    await flushed();
    assert.equal(before.isAborted, false);
    mock.timers.tick(1);
    await flushed();
    assert.equal(before.isAborted, true);
    mock.timers.tick(10_000);
    await flushed();
    assert.notEqual(streams.get('room:lobby'), before);
    assert.deepEqual(closes, []);
  });

  it('is kept by comments', async () => {
    const { streams } = await signedIn();
    const stream = streams.get('room:lobby');
    for (let comments = 0; comments < 3; comments++) {
      mock.timers.tick(30_000);
      for (const each of streams.values()) each.write(': alive\n\n');
      await flushed();
    }
    assert.equal(stream.isAborted, false);
  });

  it('that the server ends for now is taken up when it says', async () => {
    const { streams } = await signedIn();
    const before = streams.get('inbox');
    before.write('event: end\nretry: 3000\ndata: {"code":"try_again_later","status":503}\n\n');
    await flushed();
    mock.timers.tick(2_999);
    await flushed();
    assert.equal(streams.get('inbox'), before);
    mock.timers.tick(1);
    await flushed();
    assert.notEqual(streams.get('inbox'), before);
  });

  for (const [code, status, closeCode] of /** @type {[string, number, number][]} */ ([
    ['token_expired', 401, 4003],
    ['login_refused', 401, 4501],
    ['not_recovered', 410, 4000],
    ['rate_limited', 429, 4002],
  ])) {
    it(`that ends with ${code} closes with ${closeCode}`, async () => {
      const { streams, take, closes } = await signedIn();
      streams.get('inbox').write(`event: end\ndata: ${JSON.stringify({ code, status, detail: 'Why.' })}\n\n`);
      await flushed();
      assert.deepEqual(closes, [closeCode]);
      assert.deepEqual(take(), [{ type: 'error', code, message: 'Why.' }]);
    });
  }

  it('of a room that one may not read any more ends in left', async () => {
    const { streams, take, closes } = await signedIn();
    streams.get('room:lobby').write('event: end\ndata: {"code":"no_such_room","status":404}\n\n');
    await flushed();
    assert.deepEqual(take(), [{ type: 'left', room: 'lobby' }]);
    assert.deepEqual(closes, []);
  });
});

describe('stored messages', () => {
  it('are posted one after the other, and acknowledged', async () => {
    const { send, take, server } = await signedIn();
    await send([
      { type: 'chat', id: 'c1', content: '1' },
      { type: 'chat', id: 'c2', content: '2' },
    ]);
    const posts = () => server.requests.filter(({ path }) => path === '/app/api/messages');
    assert.deepEqual(posts().map(({ body }) => body.id), ['c1']);
    posts()[0].json(201, { type: 'ack', id: 'c1', seq: 42 });
    await flushed();
    posts()[1].json(201, { type: 'ack', id: 'c2', seq: 43 });
    await flushed();
    assert.deepEqual(take().map(({ type, id }) => `${type} ${id}`), ['ack c1', 'ack c2']);
  });

  it('that are refused get an error, and those after them go on', async () => {
    const { send, take, server } = await signedIn();
    const answers = [
      [429, { code: 'rate_limited', detail: 'Slower.' }, { 'Retry-After': '2' }],
      [201, { type: 'ack', id: 'c2' }],
    ];
    server.on('POST /app/api/messages', (request) => request.json(.../** @type {any} */ (answers.shift())));
    await send([{ type: 'chat', id: 'c1' }, { type: 'chat', id: 'c2' }]);
    assert.deepEqual(take(), [
      { type: 'error', id: 'c1', code: 'rate_limited', message: 'Slower.', retryAfter: 2_000 },
      { type: 'ack', id: 'c2' },
    ]);
  });

  it('whose answer is lost end the connection, so that they are sent again', async () => {
    const { send, server, closes, take } = await signedIn();
    await send([{ type: 'chat', id: 'c1' }, { type: 'chat', id: 'c2' }]);
    server.last('POST /app/api/messages').fail();
    await flushed();
    assert.deepEqual(closes, [1006]);
    assert.deepEqual(take(), []);
    assert.equal(server.requests.filter(({ path }) => path === '/app/api/messages').length, 1);
  });

  it('that a token is too old for end the connection', async () => {
    const { send, server, closes } = await signedIn();
    server.on('POST /app/api/messages', (request) => request.json(401, { code: 'token_expired' }));
    await send({ type: 'chat', id: 'c1' });
    assert.deepEqual(closes, [4003]);
  });

  it('count in bufferedAmount until they are answered', async () => {
    const { socket, send, server } = await signedIn();
    await send({ type: 'chat', id: 'c1' });
    assert.equal(socket.bufferedAmount, JSON.stringify({ type: 'chat', id: 'c1' }).length);
    server.last('POST /app/api/messages').json(201, { type: 'ack', id: 'c1' });
    await flushed();
    assert.equal(socket.bufferedAmount, 0);
  });
});

describe('rooms', () => {
  it('are joined, read and left', async () => {
    const { send, take, stream, streams } = await signedIn();
    stream('room/caf%C3%A9', 'room:café');
    await send({ type: 'join', id: 'j1', room: 'café', position: { epoch: 'e', seq: 7 } });
    streams.get('room:café').message('e:8', { type: 'chat', seq: 8 });
    await flushed();
    await send({ type: 'leave', id: 'l2', room: 'café' });
    const position = { epoch: 'e', seq: 7 };
    assert.deepEqual(take(), [
      { type: 'joined', id: 'j1', room: 'café', position, recovered: true, present: [], count: 0 },
      { type: 'chat', seq: 8 },
      { type: 'left', id: 'l2', room: 'café' },
    ]);
    assert.equal(streams.get('room:café').isAborted, true);
  });

  it('beyond four streams are asked from time to time', async () => {
    const { send, take, stream, server } = await signedIn();
    stream('room/fourth', 'room:fourth');
    await send({ type: 'join', id: 'j1', room: 'fourth' });
    await send({ type: 'join', id: 'j2', room: 'fifth' });
    const path = `GET ${CHANNELS}/room/fifth/messages`;
    const answer = (/** @type {number} */ seq, /** @type {object[]} */ messages) => server.last(path)
      .json(200, { channel: 'room:fifth', position: { epoch: 'e', seq }, more: false, messages });
    answer(5, []);
    await flushed();
    assert.deepEqual(take().map(({ type, room }) => `${type} ${room}`), ['joined fourth', 'joined fifth']);
    mock.timers.tick(5_000);
    await flushed();
    assert.deepEqual(server.last(path).query, { after: 'e:5' });
    answer(6, [{ type: 'chat', seq: 6 }]);
    await flushed();
    assert.deepEqual(take(), [{ type: 'chat', seq: 6 }]);
    mock.timers.tick(5_000);
    await flushed();
    assert.deepEqual(server.last(path).query, { after: 'e:6' });
  });

  it('beyond four streams are asked more rarely if they are many', async () => {
    const { send, stream, server } = await signedIn();
    stream('room/0', 'room:0');
    const rooms = Array.from({ length: 21 }, (_, index) => String(index));
    for (const room of rooms.slice(1)) {
      server.on(`GET ${CHANNELS}/room/${room}/messages`, (request) => request.json(200,
        { channel: `room:${room}`, position: { epoch: 'e', seq: 1 }, more: false, messages: [] }));
    }
    for (const room of rooms) await send({ type: 'join', id: 'j', room });
    const count = () => server.requests.filter(({ path }) => path === `${CHANNELS}/room/20/messages`).length;
    assert.equal(count(), 1);
    mock.timers.tick(9_999);
    await flushed();
    assert.equal(count(), 1);
    mock.timers.tick(1);
    await flushed();
    assert.equal(count(), 2);
  });

  it('that one may not read are refused', async () => {
    const { send, take, server } = await signedIn();
    server.on(`GET ${CHANNELS}/room/secret/messages`, (request) => request.json(404, { code: 'no_such_room' }));
    await send({ type: 'join', id: 'j1', room: 'secret' });
    assert.deepEqual(take().map(({ type, id, code }) => `${type} ${id} ${code}`), ['error j1 no_such_room']);
  });

  it('are listed, created, and have members', async () => {
    const { send, take, server } = await signedIn();
    server.on('POST /app/api/rooms', (request) => request.json(201, { room: `_${request.body.name}-x` }));
    server.on('PUT /app/api/rooms/_a-x/members/b%20n', (request) => request.json(200, {}));
    server.on('DELETE /app/api/rooms/_a-x/members/b%20n', (request) => request.json(403, { code: 'forbidden' }));
    server.on('GET /app/api/rooms/_a-x/members', (request) => request.json(200,
      { room: '_a-x', owner: 'ana', members: ['ana', 'b n'] }));
    server.on('GET /app/api/rooms/_b-y/members', (request) => request.json(404, { code: 'no_such_room' }));
    await send({ type: 'rooms', id: 'r1' });
    await send({ type: 'create', id: 'r2', name: 'a' });
    await send({ type: 'invite', id: 'r3', room: '_a-x', username: 'b n' });
    await send({ type: 'remove', id: 'r4', room: '_a-x', username: 'b n' });
    await send({ type: 'members', id: 'r5', room: '_a-x' });
    await send({ type: 'members', id: 'r6', room: '_b-y' });
    assert.deepEqual(take().map(({ message, ...rest }) => rest), [
      { type: 'rooms', id: 'r1', rooms: [{ room: 'lobby', joined: true, unread: 3 }] },
      { type: 'created', id: 'r2', room: '_a-x' },
      { type: 'ack', id: 'r3' },
      { type: 'error', id: 'r4', code: 'forbidden' },
      { type: 'members', id: 'r5', room: '_a-x', owner: 'ana', members: ['ana', 'b n'] },
      { type: 'error', id: 'r6', code: 'no_such_room' },
    ]);
  });
});

describe('history', () => {
  /**
   * A room of which the messages from one number to another are stored.
   * @param {number} oldest
   * @param {number} head
   * @param {number} [mostInAPage]
   */
  async function withHistory(oldest, head, mostInAPage = 1_000) {
    const connection = await signedIn();
    connection.server.on(`GET ${CHANNELS}/room/lobby/messages`, (request) => {
      const { after, limit } = request.query;
      const from = after === undefined ? head : Number(after.split(':')[1]);
      if (from < 0) {
        request.json(400, { code: 'bad_message' });
        return;
      }
      if (from < oldest - 1) {
        request.json(410, { code: 'not_recovered', position: { epoch: 'e', seq: head }, oldest });
        return;
      }
      const count = Math.min(Number(limit), mostInAPage, head - from);
      const messages = Array.from({ length: count }, (_, index) => ({ seq: from + 1 + index }));
      request.json(200, { channel: 'room:lobby', position: { epoch: 'e', seq: from + count }, more: false, messages });
    });
    const ask = async (/** @type {object} */ fields) => {
      await connection.send({ type: 'history', id: 'h', room: 'lobby', ...fields });
      const [{ messages, ...rest }] = connection.take();
      return { ...rest, seqs: messages.map((/** @type {any} */ { seq }) => seq) };
    };
    return ask;
  }

  const ANSWER = { type: 'history', id: 'h', room: 'lobby' };

  it('ends at the newest message, or before one', async () => {
    const ask = await withHistory(1, 10);
    assert.deepEqual(await ask({ limit: 3 }), { ...ANSWER, seqs: [8, 9, 10], oldest: 1, more: true });
    assert.deepEqual(await ask({ limit: 3, before: 4 }), { ...ANSWER, seqs: [1, 2, 3], oldest: 1, more: false });
    assert.deepEqual(await ask({ limit: 3, before: 1 }), { ...ANSWER, seqs: [], oldest: 1, more: false });
  });

  it('begins at the oldest message that is stored', async () => {
    const ask = await withHistory(7, 10);
    assert.deepEqual(await ask({}), { ...ANSWER, seqs: [7, 8, 9, 10], oldest: 7, more: false });
  });

  it('is put together from several pages', async () => {
    const ask = await withHistory(1, 10, 2);
    assert.deepEqual((await ask({ limit: 5 })).seqs, [6, 7, 8, 9, 10]);
  });

  it('ends where the server gives nothing', async () => {
    const ask = await withHistory(1, 10, 0);
    assert.deepEqual((await ask({})).seqs, []);
  });

  it('that cannot be served is refused', async () => {
    const { send, take, server } = await signedIn();
    server.on(`GET ${CHANNELS}/room/lobby/messages`, (request) => (request.query.after
      ? request.json(410, { code: 'not_recovered' })
      : request.json(200, { channel: 'room:lobby', position: { epoch: 'e', seq: 9 }, more: false, messages: [] })));
    await send({ type: 'history', id: 'h', room: 'lobby' });
    assert.deepEqual(take().map(({ type, id, code }) => `${type} ${id} ${code}`), ['error h not_recovered']);
  });

  it('of an empty room is empty', async () => {
    const ask = await withHistory(1, 0);
    assert.deepEqual(await ask({}), { ...ANSWER, seqs: [], oldest: 1, more: false });
  });
});

describe('other messages', () => {
  it('get pong while the server is heard', async () => {
    const { send, take } = await signedIn();
    await send({ type: 'ping', id: 'p' });
    assert.deepEqual(take(), [{ type: 'pong', id: 'p' }]);
  });

  it('get no pong when nothing was heard of the server for long', async () => {
    const { send, take, streams } = await signedIn();
    const now = performance.now();
    mock.method(performance, 'now', () => now + 40_001);
    await send({ type: 'ping', id: 'p1' });
    await send({ type: 'ping', id: 'p2' });
    assert.deepEqual(take(), []);
    streams.get('inbox').write(': alive\n\n');
    await flushed();
    await send({ type: 'ping', id: 'p3' });
    assert.deepEqual(take(), [{ type: 'pong', id: 'p3' }]);
  });

  it('are refused if HTTP has nothing for them', async () => {
    const { send, take, socket } = await signedIn();
    for (const type of ['subscribe', 'read', 'upload', 'chunk', 'toString']) await send({ type, id: 'x' });
    socket.send(new Uint8Array(1));
    await flushed();
    assert.deepEqual(take().map(({ type, code, id }) => `${type} ${code} ${id}`), [
      ...Array(5).fill('error unknown_type x'), 'error unknown_type undefined',
    ]);
  });

  it('that are typing are dropped', async () => {
    const { send, take } = await signedIn();
    await send({ type: 'typing', room: 'lobby' });
    assert.deepEqual(take(), []);
  });
});
