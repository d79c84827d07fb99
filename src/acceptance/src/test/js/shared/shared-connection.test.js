import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionError, connect } from '../../../../../../webapp/parley/parley-client.js';
import { FakeSocket } from '../client/support/fake-socket.js';
import { channel, chat, failureOf, welcome } from '../client/support/world.js';
import { Browser, CHANNELS, TOKEN, tokenOf, turns, until } from './support.js';

const joined = (room, seq, recovered = false) =>
  ({ type: 'joined', room, position: { epoch: 'e1', seq }, recovered, present: [], count: 1 });

/** Two tabs that are open on one connection. */
async function two(t, options = {}) {
  const browser = new Browser(t);
  const first = await browser.openTab(options.first);
  const second = await browser.openTab(options.second);
  return { browser, first, second };
}

test('five tabs of a user have one connection, and each gets its messages', async (t) => {
  const browser = new Browser(t);
  const tabs = [];
  for (let count = 0; count < 5; count++) tabs.push(await browser.openTab());
  assert.equal(browser.sockets.length, 1);
  assert.equal(browser.socket.of('login').length, 1);
  for (const { client } of tabs) {
    assert.equal(client.me.username, 'ana');
    assert.equal(client.transport, 'websocket');
    assert.equal(client.inbox.unread, 2);
  }

  browser.socket.receive(chat(11), chat(12));
  for (const { messages } of tabs) await until(() => messages.length === 2);
  assert.deepEqual(tabs.map(({ messages }) => messages), Array(5).fill(['text 11', 'text 12']));
});

test('tabs that come at the same time wait for one attempt', async (t) => {
  const browser = new Browser(t);
  const tabs = [browser.tab(), browser.tab(), browser.tab()];
  await browser.welcome();
  for (const { client } of tabs) await until(() => client.state === 'OPEN');
  assert.equal(browser.requests.length, 1);
  assert.equal(browser.requests[0].token, TOKEN);
});

test('another user, another address and a guest have connections of their own', async (t) => {
  const browser = new Browser(t);
  await browser.openTab();
  browser.tab({ token: tokenOf('ben') });
  browser.tab({ url: 'ws://other.example/chat' });
  await until(() => browser.sockets.length === 3);
  const guest = browser.tab({ username: 'visitor' });
  const other = browser.tab({ token: 'no-jwt' });
  await until(() => guest.own.length === 1 && other.own.length === 1);
  assert.equal(browser.workers.size, 3);
});

test('tokens of one sign-in share a connection, one with other roles has its own', async (t) => {
  const browser = new Browser(t);
  const tab = (claims) => browser.tab({ token: tokenOf('ana', '', claims) });
  await browser.openTab({ token: tokenOf('ana', '', { roles: [], exp: 1, iat: 0, jti: 'a' }) });
  const other = tab({ jti: 'b', iat: 5, exp: 6, roles: [] });
  await until(() => other.client.state === 'OPEN');
  assert.equal(browser.sockets.length, 1);
  tab({ roles: ['admin'], exp: 1 });
  await until(() => browser.sockets.length === 2);
  assert.equal(browser.workers.size, 2);
});

test('a session that somebody ends is over for all tabs', async (t) => {
  const { browser, first, second } = await two(t);
  browser.socket.closeWith(4502);
  await until(() => first.client.state === 'CLOSED' && second.client.state === 'CLOSED');
  assert.equal(second.client.error.code, 'forbidden');
});

test('a tab that closes or is destroyed leaves the others alone, and the last one ends the connection', async (t) => {
  const { browser, first, second } = await two(t);
  const third = await browser.openTab();
  first.client.close();
  second.client.destroy();
  await turns();
  browser.socket.receive(chat(11));
  await until(() => third.messages.length === 1);
  assert.equal(third.client.state, 'OPEN');
  assert.equal(browser.socket.closedWith, undefined);

  third.client.close();
  await until(() => browser.socket.closedWith === 1000);
  first.client.open();
  await browser.welcome({}, 2);
  await until(() => first.client.state === 'OPEN');
});

test('a tab that is put away leaves the others alone, and goes on where it was', async (t) => {
  const { browser, first, second } = await two(t);
  first.client.join('lobby');
  first.window.dispatchEvent(new Event('pagehide'));
  assert.equal(first.client.state, 'WAITING');
  await turns();
  browser.socket.receive(chat(11), chat(12));
  await until(() => second.messages.length === 2);
  first.window.dispatchEvent(new Event('pageshow'));
  await browser.clock.advance(0);
  const messages = [chat(11), chat(12)];
  await browser.answer('history', { type: 'history', room: 'lobby', messages, oldest: 1, more: true });
  await until(() => first.messages.length === 2);
  assert.equal(first.client.room('lobby').recovered, true);
  assert.equal(browser.sockets.length, 1);
});

test('a tab that vanishes is noticed', async (t) => {
  const browser = new Browser(t);
  // Nobody answers on this port.
  const { port } = browser.startWorker('["a"]');
  port.postMessage(['open', { url: 'ws://chat.example/app/chat', protocols: [], token: TOKEN }]);
  await until(() => browser.sockets.length === 1);
  browser.socket.open();
  port.postMessage(['frame', '{"type":"login","id":"l"}']);
  await browser.answer('login', welcome({ channels: CHANNELS() }));
  for (let count = 0; count < 5; count++) {
    await browser.clock.advance(10_000);
    browser.socket.receive({ type: 'pong' });
    await turns();
  }
  assert.equal(browser.socket.closedWith, undefined);
  await browser.clock.advance(10_000);
  assert.equal(browser.socket.closedWith, 1000);
});

test('a tab that is there stays, whether it says anything or not', async (t) => {
  const { browser, first, second } = await two(t);
  for (let count = 0; count < 10; count++) {
    await browser.clock.advance(10_000);
    browser.socket.receive(chat(11 + count));
    await turns();
  }
  assert.equal(first.client.state, 'OPEN');
  assert.equal(second.client.state, 'OPEN');
});

test('answers come to the tab that asked', async (t) => {
  const { browser, first, second } = await two(t);
  const said = first.client.chat('lobby', 'from the first');
  const asked = second.client.join('lobby').history();
  await browser.answer('history', { type: 'history', room: 'lobby', messages: [chat(9)], oldest: 1, more: false });
  await browser.answer('chat', { type: 'ack', room: 'lobby', seq: 11, sentAt: '2026-01-31T12:00:00.000Z' });
  assert.equal((await said).seq, 11);
  assert.equal((await asked).messages.length, 1);
  assert.equal(second.client.outgoing.entries.length, 0);
});

test('two tabs that send the same id, as one that was duplicated does, get an ack each', async (t) => {
  const { browser, first, second } = await two(t);
  const acks = [first, second].map(({ client }) => client.chat('lobby', 'twice', { id: 'same' }));
  await until(() => browser.socket.of('chat').length === 2);
  for (let count = 0; count < 2; count++) browser.socket.answer('chat', { type: 'ack', room: 'lobby', seq: 11 });
  assert.deepEqual((await Promise.all(acks)).map(({ seq }) => seq), [11, 11]);
});

test('a room that two tabs read is read once, and left with the last of them', async (t) => {
  const { browser, first, second } = await two(t);
  const one = first.client.join('tea');
  await browser.answer('join', joined('tea', 5));
  await one.whenJoined();
  const other = second.client.join('tea');
  await browser.answer('join', joined('tea', 5, true), 2);
  await other.whenJoined();
  assert.equal(other.recovered, false, 'it never read this room');

  browser.socket.receive(chat(6, { room: 'tea' }), chat(11));
  await until(() => first.messages.length === 2 && second.messages.length === 2);

  await one.leave();
  await turns();
  assert.equal(browser.socket.of('leave').length, 0);
  browser.socket.receive(chat(7, { room: 'tea' }));
  await until(() => second.messages.length === 3);
  assert.equal(first.messages.length, 2, 'it has left');
  await other.leave();
  await until(() => browser.socket.of('leave').length === 1);
});

test('a room is left when the tab that was in it goes, and one that is left on its way in too', async (t) => {
  const { browser, first, second } = await two(t);
  const room = first.client.join('Straße');
  await until(() => browser.socket.of('join').length === 1);
  second.client.join('kept');
  await until(() => browser.socket.of('join').length === 2);
  const [{ id }] = browser.socket.of('join');
  room.leave();
  await turns();
  browser.socket.receive({ ...joined('strasse', 5), id });
  await turns();
  assert.equal(browser.socket.of('leave').length, 0, 'the other one is on its way');
  await browser.answer('join', joined('kept', 1));
  await until(() => second.client.room('kept').state === 'JOINED');
  const left = () => browser.socket.of('leave').map(({ room: name }) => name);
  await until(() => left().length === 1);
  assert.deepEqual(left(), ['strasse']);
  second.client.destroy();
  await until(() => left().length === 2);
  assert.deepEqual(left(), ['strasse', 'kept']);
});

test('a tab that joins later with a position gets what it lacks, then what came meanwhile, in order', async (t) => {
  const { browser, first, second } = await two(t);
  first.client.join('tea');
  await browser.answer('join', joined('tea', 5));
  await until(() => first.client.room('tea').state === 'JOINED');
  const room = second.client.join('tea', { position: { epoch: 'e1', seq: 2 } });
  await until(() => browser.socket.of('join').length === 2);
  assert.equal(browser.socket.last('join').position, undefined, 'or all tabs would begin there again');
  browser.socket.answer('join', joined('tea', 5, true));
  await until(() => browser.socket.of('history').length === 1);
  const { before } = browser.socket.last('history');
  assert.equal(before, 6);
  browser.socket.receive(chat(6, { room: 'tea' }));
  browser.socket.answer('history',
    { type: 'history', room: 'tea', messages: [4, 5].map((seq) => chat(seq, { room: 'tea' })), oldest: 1, more: true });
  await browser.answer('history',
    { type: 'history', room: 'tea', messages: [1, 2, 3].map((seq) => chat(seq, { room: 'tea' })), oldest: 1 }, 2);
  await until(() => second.messages.length === 4);
  assert.deepEqual(second.messages, ['text 3', 'text 4', 'text 5', 'text 6']);
  assert.equal(room.recovered, true);
  assert.deepEqual(first.messages, ['text 6']);
});

for (const [what, position, answer] of [
  ['trimmed', { epoch: 'e1', seq: 2 },
    { type: 'history', room: 'tea', messages: [chat(5, { room: 'tea' })], oldest: 5, more: false }],
  ['not to be had', { epoch: 'e1', seq: 2 }, { type: 'error', code: 'store_unavailable', message: 'No.' }],
  ['of another epoch', { epoch: 'old', seq: 2 }, undefined],
]) {
  test(`where what a tab lacks is ${what}, it is told`, async (t) => {
    const { browser, first, second } = await two(t);
    first.client.join('tea');
    await browser.answer('join', joined('tea', 5));
    await until(() => first.client.room('tea').state === 'JOINED');
    const room = second.client.join('tea', { position });
    await browser.answer('join', joined('tea', 5, true), 2);
    if (answer) await browser.answer('history', answer);
    await room.whenJoined();
    assert.equal(room.recovered, false);
    assert.deepEqual(room.position, { epoch: 'e1', seq: 5 });
    browser.socket.receive(chat(6, { room: 'tea' }));
    await until(() => second.messages.length === 1);
  });
}

test('a subscription that two tabs have is ended with the last of them', async (t) => {
  const { browser, first, second } = await two(t);
  const values = [[], []];
  const all = first.client.subscribe('cpu.*', ({ value }) => values[0].push(value));
  await browser.answer('subscribe', { type: 'subscribed', metricId: 'cpu.*', metrics: [] });
  const one = second.client.subscribe('cpu.*', ({ value }) => values[1].push(value));
  await browser.answer('subscribe', { type: 'subscribed', metricId: 'cpu.*', metrics: [] }, 2);
  await Promise.all([all.ready, one.ready]);
  browser.socket.receive({ type: 'metric', metricId: 'cpu.1', value: 7, at: '' });
  await until(() => values[0].length === 1 && values[1].length === 1);
  all.unsubscribe();
  await turns();
  assert.equal(browser.socket.of('unsubscribe').length, 0);
  browser.socket.receive({ type: 'metric', metricId: 'cpu.1', value: 8, at: '' });
  await until(() => values[1].length === 2);
  assert.deepEqual(values[0], [7]);
  second.client.destroy();
  await until(() => browser.socket.of('unsubscribe').length === 1);
});

test('a lost connection is lost for all, one attempt brings it back, and each goes on where it was', async (t) => {
  const { browser, first, second } = await two(t);
  first.client.join('lobby');
  second.client.join('lobby');
  second.client.join('tea');
  await browser.answer('join', joined('tea', 5));
  await until(() => second.client.room('tea').state === 'JOINED');
  const said = second.client.chat('lobby', 'kept');
  await until(() => browser.socket.of('chat').length === 1);
  browser.socket.closeWith(1006);
  await until(() => first.client.state === 'WAITING' && second.client.state === 'WAITING');

  first.client.open();
  second.client.open();
  const channels = { ...CHANNELS(), 'room:lobby': channel(10, { recovered: true }) };
  await browser.welcome({ session: 's2', channels }, 2);
  await until(() => first.client.state === 'OPEN' && second.client.state === 'OPEN');
  assert.equal(browser.sockets.length, 2);
  assert.equal(second.client.room('lobby').recovered, true);
  await until(() => browser.socket.of('join').length === 1);
  assert.deepEqual(browser.socket.last('join').position, { epoch: 'e1', seq: 5 });
  await browser.answer('join', joined('tea', 5, true));
  await browser.answer('chat', { type: 'ack', room: 'lobby', seq: 11 });
  assert.equal((await said).seq, 11);
});

test('tabs that share a connection by HTTP say so, and go on where they were by the WebSocket after it', async (t) => {
  const browser = new Browser(t);
  const { open } = browser;
  browser.open = (request) => Object.assign(open(request), { transport: 'http' });
  const tabs = [await browser.openTab(), await browser.openTab()];
  assert.deepEqual(tabs.map(({ client }) => client.transport), ['http', 'http']);
  browser.socket.receive(chat(11));
  for (const { messages } of tabs) await until(() => messages.length === 1);

  // As when a WebSocket gets through again.
  browser.open = open;
  browser.socket.closeWith(1012);
  for (const { client } of tabs) await until(() => client.state === 'WAITING');
  assert.deepEqual(tabs.map(({ client }) => client.error.closeCode), [1012, 1012]);
  for (const { client } of tabs) client.open();
  await until(() => browser.sockets.length === 2);
  await turns();
  const channels = { ...CHANNELS(), 'room:lobby': channel(11, { recovered: true }) };
  await browser.welcome({ session: 's2', channels });
  assert.deepEqual(browser.socket.last('login').positions['room:lobby'], { epoch: 'e1', seq: 11 });
  browser.socket.receive(chat(12));
  for (const { client, messages } of tabs) {
    await until(() => client.state === 'OPEN' && messages.length > 1);
    assert.equal(client.transport, 'websocket');
  }
  await turns();
  assert.deepEqual(tabs.map(({ messages }) => messages), Array(2).fill(['text 11', 'text 12']));
});

test('a refused credential is that of one tab; the others come back with theirs', async (t) => {
  const browser = new Browser(t);
  const first = browser.tab({ token: tokenOf('ana', 'bad') });
  await until(() => browser.sockets.length === 1);
  const second = browser.tab({ token: tokenOf('ana', 'good') });
  await turns();
  browser.socket.open();
  await until(() => browser.socket.of('login').length === 1);
  browser.socket.receive({ type: 'error', code: 'login_refused', message: 'No.' });
  browser.socket.closeWith(4501);
  await until(() => first.client.state === 'CLOSED' && second.client.state === 'WAITING');
  assert.equal(first.client.reason, 'No.');
  await second.nextAttempt();
  await browser.welcome({}, 2);
  await until(() => second.client.state === 'OPEN');
  assert.equal(browser.requests[1].token, tokenOf('ana', 'good'));
});

test('a server that refuses, or is away, is told to the tab that asked, with its pause', async (t) => {
  const browser = new Browser(t);
  browser.open = () => {
    throw new ConnectionError('It is down.', 'try_again_later', { closeCode: 1013, retryAfter: 7_000 });
  };
  const { client } = browser.tab();
  await until(() => client.state === 'WAITING');
  assert.equal(client.error.code, 'try_again_later');
  assert.equal(client.reason, 'It is down.');
  assert.equal(client.retryAt - browser.clock.now(), 7_500);
});

test('a connection that goes silent is noticed, and given up for all', async (t) => {
  const { browser, first, second } = await two(t);
  for (let count = 0; count < 8; count++) {
    await turns();
    await browser.clock.advance(5_000);
  }
  await until(() => browser.socket.of('ping').length > 0);
  await until(() => first.client.state !== 'OPEN' && second.client.state !== 'OPEN');
});

test('one tab sends a file at a time, and nobody else\'s bytes come in between', async (t) => {
  const { browser, first, second } = await two(t, { second: { binary: true } });
  const attachment = { id: 'f1', name: 'a', mediaType: 'text/plain', size: 3, href: 'files/f1' };
  const one = first.client.upload('lobby', new Uint8Array([1, 2, 3]));
  await until(() => browser.socket.of('upload').length === 1);
  const other = second.client.upload('lobby', new Uint8Array([4]));
  await turns();
  assert.equal(browser.socket.of('upload').length, 1);
  second.client.sendBinary('lobby', new Uint8Array(100));
  await turns();
  const bytes = () => browser.socket.sent.filter((frame) => typeof frame !== 'string');
  await browser.answer('upload', { type: 'ack' });
  await until(() => bytes().length === 1);
  assert.equal(bytes()[0].byteLength, 3, 'these would have become a part of the file');
  await browser.answer('upload', { type: 'uploaded', attachment });
  assert.deepEqual(await one, attachment);
  await browser.clock.advance(2_000);
  await browser.answer('upload', { type: 'ack' }, 2);
  await until(() => bytes().length === 2);
  await browser.answer('upload', { type: 'uploaded', attachment });
  await other;
});

test('a file is under way until an answer names it, whatever else goes wrong', async (t) => {
  const { browser, first, second } = await two(t);
  const told = [];
  second.client.on('error', ({ message }) => told.push(message));
  const bytes = () => browser.socket.sent.filter((frame) => typeof frame !== 'string');
  const failure = failureOf(first.client.upload('lobby', new Uint8Array([1, 2, 3])));
  await browser.answer('upload', { type: 'ack' });
  await until(() => bytes().length === 1);
  // A long text of some tab was too slow, which is told without an id.
  browser.socket.receive({ type: 'error', code: 'bad_chunk', message: "Transfer 'x' is rejected: it was too slow." });
  await until(() => told.length === 1);
  second.client.sendBinary('lobby', new Uint8Array(100));
  await turns();
  assert.equal(bytes().length, 1, 'these would have become a part of the file');

  first.client.destroy();
  assert.equal((await failure).code, 'destroyed');
  await turns();
  await browser.answer('upload', { type: 'error', code: 'bad_chunk', message: 'Nothing came of it.' });
  await turns();
  second.client.sendBinary('lobby', new Uint8Array(100));
  await until(() => bytes().length === 2);
});

test('a tab that goes while it signs in is in no room, and the others are welcomed', async (t) => {
  const browser = new Browser(t);
  const first = browser.tab({ positions: { 'room:tea': { epoch: 'e1', seq: 1 } } });
  await until(() => browser.sockets.length === 1);
  const second = browser.tab();
  await turns();
  browser.socket.open();
  await until(() => browser.socket.of('login').length === 1);
  first.client.destroy();
  await turns();
  browser.socket.answer('login', welcome({ channels: { ...CHANNELS(), 'room:tea': channel(1) } }));
  await until(() => second.client.state === 'OPEN');
  await until(() => browser.socket.of('leave').length === 1);
  assert.equal(browser.socket.last('leave').room, 'tea');
});

test('a tab that goes while it waits to be signed in is in no room', async (t) => {
  const browser = new Browser(t);
  const positions = { 'room:tea': { epoch: 'e1', seq: 1 } };
  const first = browser.tab({ positions });
  await until(() => browser.sockets.length === 1);
  const second = browser.tab({ positions });
  await turns();
  browser.socket.open();
  await until(() => browser.socket.of('login').length === 1);
  await turns();
  second.client.destroy();
  const room = first.client.join('tea');
  await turns();
  browser.socket.answer('login', welcome({ channels: { ...CHANNELS(), 'room:tea': channel(1) } }));
  await room.whenJoined();
  room.leave();
  await until(() => browser.socket.of('leave').length === 1);
});

test('a tab that goes while it joins is not in the room', async (t) => {
  const { browser, first, second } = await two(t);
  const room = first.client.join('tea');
  await browser.answer('join', joined('tea', 5));
  await room.whenJoined();
  second.client.join('tea');
  await until(() => browser.socket.of('join').length === 2);
  second.client.destroy();
  await turns();
  browser.socket.answer('join', joined('tea', 5, true));
  room.leave();
  await until(() => browser.socket.of('leave').length === 1);
});

test('a message that comes twice is told once, and takes no position back', async (t) => {
  const { browser, first } = await two(t);
  browser.socket.receive(chat(11), chat(12), chat(11));
  await until(() => first.messages.length === 2);
  const third = await browser.openTab();
  assert.equal(third.client.positions['room:lobby'].seq, 12);
  assert.equal(third.client.welcome.channels['room:lobby'].unread, 2);
});

test('the list of rooms says which the tab is in', async (t) => {
  const { browser, first, second } = await two(t);
  first.client.join('tea');
  await browser.answer('join', joined('tea', 5));
  await until(() => first.client.room('tea').state === 'JOINED');
  const rooms = [{ room: 'tea', joined: true, unread: 0 }];
  for (const [{ client }, isIn, count] of [[first, true, 1], [second, false, 2]]) {
    const asked = client.listRooms();
    await browser.answer('rooms', { type: 'rooms', rooms }, count);
    assert.equal((await asked)[0].joined, isIn);
  }
});

test('a refused subscription is not ended', async (t) => {
  const { browser, first, second } = await two(t);
  const { ready } = first.client.subscribe('cpu', () => {});
  await browser.answer('subscribe', { type: 'error', code: 'forbidden', message: 'No.' });
  assert.equal((await failureOf(ready)).code, 'forbidden');
  first.client.destroy();
  second.client.send({ type: 'rooms' });
  await until(() => browser.socket.of('rooms').length === 1);
  await turns();
  assert.equal(browser.socket.of('unsubscribe').length, 0);
});

test('a tab that gives another name than the user has is refused', async (t) => {
  const browser = new Browser(t);
  const first = await browser.openTab();
  const { client } = browser.tab({ token: TOKEN, username: 'ben' });
  await until(() => client.state === 'CLOSED');
  assert.equal(client.error.code, 'login_refused');
  assert.equal(first.client.state, 'OPEN');
});

test('a token that gets no ticket is refused to its own tab alone', async (t) => {
  const browser = new Browser(t);
  let refuse;
  browser.open = () => new Promise((_, reject) => (refuse = reject));
  const first = browser.tab();
  await until(() => refuse);
  const second = browser.tab();
  await turns();
  refuse(new ConnectionError('No.', 'login_refused', { closeCode: 4501 }));
  await until(() => first.client.state === 'CLOSED' && second.client.state === 'WAITING');
  assert.equal(first.client.reason, 'No.');
});

test('an attempt that nobody waits for any more is ended', async (t) => {
  const browser = new Browser(t);
  const asked = [];
  browser.open = (request) => new Promise((resolve) => asked.push({ ...request, resolve }));
  const { client } = browser.tab();
  await until(() => asked.length === 1);
  client.close();
  await until(() => asked[0].signal.aborted);
  const late = new FakeSocket();
  asked[0].resolve(late);
  await until(() => late.closedWith === 1000);
});

test('a token is renewed by the tab that has a function for it, and later tabs are told what is left', async (t) => {
  const browser = new Browser(t);
  const tokens = [TOKEN, tokenOf('ana', 'new')];
  const first = await browser.openTab({ token: () => tokens.shift() },
    { expiresIn: 100_000 });
  await browser.clock.advance(30_000);
  const second = await browser.openTab();
  assert.equal(second.client.welcome.expiresIn, 70_000);
  for (let count = 0; count < 5; count++) {
    await turns();
    browser.socket.receive({ type: 'pong' });
    await browser.clock.advance(10_000);
  }
  await until(() => browser.socket.of('login').length === 2);
  assert.equal(browser.socket.last('login').token, tokenOf('ana', 'new'));
  browser.socket.answer('login', welcome({ expiresIn: 200_000, channels: CHANNELS() }));
  await until(() => first.client.welcome.expiresIn === 200_000);

  // The token that the session has now is that tab's.
  browser.socket.closeWith(4003);
  await until(() => first.client.error?.code === 'token_expired');
  await until(() => second.client.error?.code === 'disconnected');
  assert.equal(second.client.state, 'WAITING');
});

test('what concerns a room comes to the tabs that are in it, and what concerns the user to all', async (t) => {
  const { browser, first, second } = await two(t);
  first.client.join('_tea-1');
  await browser.answer('join', joined('_tea-1', 5));
  await until(() => first.client.room('_tea-1').state === 'JOINED');
  const told = [[], []];
  [first, second].forEach(({ client }, tab) => {
    for (const type of ['typing', 'presence', 'read', 'created', 'left', 'goodbye']) {
      client.on(type, () => told[tab].push(type));
    }
  });
  const cat = { username: 'cat' };
  browser.socket.receive({ type: 'typing', room: '_tea-1', ...cat });
  browser.socket.receive({ type: 'presence', room: '_tea-1', joined: [cat], count: 2 });
  browser.socket.receive({ type: 'read', inbox: true, seq: 3, username: 'ana' });
  browser.socket.receive({ type: 'created', room: '_cake-2' });
  browser.socket.receive({ type: 'left', room: '_tea-1' });
  browser.socket.receive({ type: 'goodbye', reason: 'Bye.', reconnectAfter: 1_000 });
  await until(() => told[0].length === 6 && told[1].length === 3);
  assert.deepEqual(told[0], ['typing', 'presence', 'read', 'created', 'left', 'goodbye']);
  assert.deepEqual(told[1], ['read', 'created', 'goodbye']);
  assert.equal(first.client.room('_tea-1'), undefined);
  const again = first.client.join('_tea-1');
  await browser.answer('join', joined('_tea-1', 9), 2);
  await again.whenJoined();
  assert.equal(again.position.seq, 9, 'as the server says, since nobody was in it');

  const third = await browser.openTab();
  assert.equal(third.client.inbox.unread, 0, 'as read meanwhile');
});

test('a room that one tab makes is told to the others', async (t) => {
  const { browser, first, second } = await two(t);
  const created = [];
  second.client.on('created', ({ room }) => created.push(room));
  first.client.createRoom('Tea');
  await browser.answer('create', { type: 'created', room: '_tea-1' });
  await until(() => created.length === 1);
  await until(() => browser.socket.of('join').length === 1);
});

test('binary payloads come to the tabs that asked for them and are in the room', async (t) => {
  const { browser, first, second } = await two(t, { second: { binary: true } });
  await until(() => browser.socket.of('login').length === 2);
  assert.equal(browser.socket.of('login')[0].binary, undefined);
  assert.equal(browser.socket.last('login').binary, true);
  const told = [[], []];
  [first, second].forEach(({ client }, tab) => client.on('binary', ({ data }) => told[tab].push(data.byteLength)));
  const header = new TextEncoder().encode(JSON.stringify({ room: 'lobby', sender: 'ben', mediaType: 'a/b' }));
  browser.socket.receiveData(Uint8Array.from([0, header.length, ...header, 1, 2]).buffer);
  await until(() => told[1].length === 1);
  assert.deepEqual(told, [[], [2]]);

  assert.equal(first.client.sendBinary('lobby', new Uint8Array([1, 2, 3])), true);
  await until(() => browser.socket.sent.some((frame) => typeof frame !== 'string'));
});

test('a tab is told how much waits, as on a WebSocket of its own', async (t) => {
  const { browser, first } = await two(t);
  browser.socket.bufferedAmount = 1_000_000;
  assert.equal(first.client.sendBinary('lobby', new Uint8Array(30_000)), true);
  for (let count = 1; count < 10; count++) first.client.sendBinary('lobby', new Uint8Array(30_000));
  await turns();
  assert.equal(first.client.sendBinary('lobby', new Uint8Array(1)), false, 'more than 256 KiB wait');
  browser.socket.bufferedAmount = 0;
  await browser.clock.advance(20);
  await until(() => first.client.sendBinary('lobby', new Uint8Array(1)));
});

test('what cannot be read ends the connection for all', async (t) => {
  const { browser, first, second } = await two(t);
  assert.throws(() => browser.socket.receiveData('no JSON'), SyntaxError);
  await until(() => first.client.error?.code === 'internal_error' && second.client.error?.code === 'internal_error');
});

for (const [what, start] of [
  ['there are no such workers', () => {
    throw new ReferenceError('SharedWorker is not defined');
  }],
  ['the page may not have one', () => {
    const { port1, port2 } = new MessageChannel();
    const worker = { port: port2, onerror: null };
    setImmediate(() => {
      port1.close();
      worker.onerror({});
    });
    return worker;
  }],
]) {
  test(`where ${what}, the tab has a connection of its own`, async (t) => {
    const browser = new Browser(t);
    let starts = 0;
    const tab = browser.tab({}, (name) => {
      starts++;
      return start(name);
    });
    await until(() => tab.own.length === 1);
    tab.own[0].closeWith(1006);
    await until(() => tab.client.state === 'WAITING');
    await tab.nextAttempt();
    await until(() => tab.own.length === 2);
    assert.equal(starts, 1, 'it is not tried again');
    assert.equal(browser.sockets.length, 0);
  });
}

test('a worker that does not begin is not waited for', async (t) => {
  const browser = new Browser(t);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const tab = browser.tab({}, () => ({ port: port2, onerror: null }));
  await turns();
  await browser.clock.advance(5_000);
  await until(() => tab.own.length === 1);
});

test('a connection that is shared has no WebSocket, fetch or connector of the application', () => {
  for (const option of ['WebSocket', 'fetch', 'connector']) {
    const options = { url: 'ws://chat.example/chat', shared: true, [option]: () => {} };
    assert.throws(() => connect(options), { code: 'bad_option' });
  }
});
