import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { FallbackConnector } from '../../../../../../webapp/parley/http/fallback-connector.js';
import { HttpSocket } from '../../../../../../webapp/parley/http-socket.js';
import { fakeServer } from '../support/fake-server.js';
import { FakeWebSocket } from '../support/fake-web-sockets.js';
import { settled } from '../support/recorded.js';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 31);

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW }));

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A connector whose WebSockets the test makes and breaks. */
function connector() {
  /** @type {FakeWebSocket[]} */
  const sockets = [];
  const failures = ['websocket_failed'];
  const webSockets = {
    open: mock.fn((/** @type {{url: string}} */ { url }) => {
      sockets.push(new FakeWebSocket(url));
      return /** @type {any} */ (sockets.at(-1));
    }),
    explain: async () => Object.assign(new Error('why'), { code: failures[0] }),
  };
  const fallback = new FallbackConnector(webSockets, fakeServer().fetch);
  const end = new AbortController();
  const request = { url: 'ws://host.test/chat', protocols: ['parley.v1'], token: 'token', signal: end.signal };
  return { fallback, webSockets, sockets, request, failures, last: () => /** @type {any} */ (sockets.at(-1)) };
}

/** The same after WebSockets were found not to get through. */
async function blocked() {
  const all = connector();
  await all.fallback.open(all.request);
  await all.fallback.explain(all.request);
  await all.fallback.explain(all.request);
  const http = /** @type {HttpSocket} */ (/** @type {unknown} */ (await all.fallback.open(all.request)));
  await settled();
  return { ...all, http };
}

/** @param {number} millis */
async function pass(millis) {
  mock.timers.tick(millis);
  await settled();
}

it('connects by WebSocket', async () => {
  const { fallback, request, last } = connector();
  assert.equal(await fallback.open(request), last());
});

it('tries a WebSocket again after one has not got through: the server may be full or stopping', async () => {
  const { fallback, request, last } = connector();
  for (let tries = 0; tries < 3; tries++) {
    await fallback.open(request);
    await fallback.explain(request);
    assert.equal(await fallback.open(request), last());
    last().open();
  }
});

it('connects by HTTP after two WebSockets have not got through though the server is there', async () => {
  const { http } = await blocked();
  assert.ok(http instanceof HttpSocket);
  assert.equal(http.readyState, WebSocket.OPEN);
  http.close();
});

it('stays with WebSockets where the server is not there, or refuses', async () => {
  const { fallback, request, failures, last } = connector();
  for (const code of ['unreachable', 'login_refused']) {
    failures[0] = code;
    assert.equal((await fallback.explain(request)).code, code);
    assert.equal(await fallback.open(request), last());
  }
});

it('stays with WebSockets for guests', async () => {
  const { fallback, request, last } = connector();
  await fallback.explain(request);
  await fallback.explain(request);
  const { token, ...guest } = request;
  assert.equal(await fallback.open(guest), last());
});

it('connects by HTTP after two attempts that hung', async () => {
  const { fallback, request, last } = connector();
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  const attempt = async (/** @type {number} */ millis) => {
    const end = new AbortController();
    const socket = await fallback.open({ ...request, signal: end.signal });
    now += millis;
    end.abort();
    return socket;
  };
  assert.equal(await attempt(15_000), last());
  // That was the application.
  assert.equal(await attempt(1_000), last());
  assert.equal(await attempt(15_000), last());
  const http = await attempt(0);
  assert.ok(http instanceof HttpSocket);
  http.close();
});

it('forgets a hung attempt when a WebSocket opens', async () => {
  const { fallback, request, last } = connector();
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  for (let attempts = 0; attempts < 3; attempts++) {
    const end = new AbortController();
    await fallback.open({ ...request, signal: end.signal });
    now += 15_000;
    end.abort();
    await fallback.open(request);
    last().open();
  }
  assert.equal(await fallback.open(request), last());
});

it('does not take the end of a connection for a hung attempt', async () => {
  const { fallback, request, last } = connector();
  let now = performance.now();
  mock.method(performance, 'now', () => now);
  for (let connections = 0; connections < 3; connections++) {
    const end = new AbortController();
    assert.equal(await fallback.open({ ...request, signal: end.signal }), last());
    // An open socket that the test has not told to the connector.
    last().readyState = WebSocket.OPEN;
    now += 15_000;
    end.abort();
  }
});

it('tries a WebSocket after a minute, and comes back to it when it opens', async () => {
  const { fallback, request, sockets, http, last } = await blocked();
  /** @type {number[]} */
  const closes = [];
  http.onclose = ({ code }) => closes.push(code);
  await pass(MINUTE - 1);
  assert.equal(sockets.length, 1);
  await pass(1);
  assert.equal(sockets.length, 2);
  last().open();
  await settled();
  assert.deepEqual(last().closes, [[1000]]);
  assert.deepEqual(closes, [1012]);
  assert.equal(await fallback.open(request), last());
});

it('tries again after twice the time each time, and stays with HTTP meanwhile', async () => {
  const { sockets, http, last } = await blocked();
  await pass(MINUTE);
  last().fail();
  await settled();
  await pass(2 * MINUTE - 1);
  assert.equal(sockets.length, 2);
  await pass(1);
  assert.equal(sockets.length, 3);
  // This one hangs.
  await pass(15_000);
  assert.deepEqual(last().closes, [[1000]]);
  await pass(4 * MINUTE);
  assert.equal(sockets.length, 4);
  assert.equal(http.readyState, WebSocket.OPEN);
  http.close();
});

it('tries at least once an hour', async () => {
  const { webSockets, http } = await blocked();
  webSockets.open.mock.mockImplementation(() => {
    throw new Error('no ticket');
  });
  await pass(MINUTE);
  for (let tries = 1; tries < 10; tries++) await pass(60 * MINUTE);
  assert.equal(webSockets.open.mock.callCount(), 11);
  http.close();
});

it('begins with a minute again after a WebSocket has opened', async () => {
  const { fallback, request, sockets, http, last } = await blocked();
  await pass(MINUTE);
  last().fail();
  await settled();
  await pass(2 * MINUTE);
  last().open();
  await settled();
  assert.equal(http.readyState, WebSocket.CLOSED);
  await fallback.open(request);
  last().open();
  await fallback.explain(request);
  await fallback.explain(request);
  const again = await fallback.open(request);
  const before = sockets.length;
  await settled();
  await pass(MINUTE);
  assert.equal(sockets.length, before + 1);
  again.close();
});

it('stays with HTTP where a WebSocket cannot even be tried', async () => {
  const { webSockets, http } = await blocked();
  webSockets.open.mock.mockImplementation(() => {
    throw new Error('no ticket');
  });
  await pass(MINUTE);
  assert.equal(http.readyState, WebSocket.OPEN);
  assert.equal(webSockets.open.mock.callCount(), 2);
  await pass(2 * MINUTE);
  assert.equal(webSockets.open.mock.callCount(), 3);
  http.close();
});

it('tries a WebSocket in time though no connection by HTTP lasts so long', async () => {
  const { fallback, request, sockets, http, last } = await blocked();
  let connection = http;
  const reconnect = async (/** @type {number} */ millis) => {
    await pass(millis);
    connection.close();
    await settled();
    connection = /** @type {HttpSocket} */ (/** @type {unknown} */ (await fallback.open(request)));
  };
  await reconnect(55_000);
  await reconnect(4_999);
  assert.equal(sockets.length, 1);
  await pass(1);
  assert.equal(sockets.length, 2);

  last().fail();
  await settled();
  await reconnect(55_000);
  await reconnect(55_000);
  assert.equal(sockets.length, 2);
  await pass(10_000);
  assert.equal(sockets.length, 3);

  // That one told nothing before the end. The next is due while there is no connection.
  await reconnect(0);
  await pass(MINUTE);
  connection.close();
  await settled();
  await pass(70_000);
  assert.equal(sockets.length, 3);
  connection = /** @type {HttpSocket} */ (/** @type {unknown} */ (await fallback.open(request)));
  await pass(0);
  assert.equal(sockets.length, 4);
  connection.close();
});

it('is not put off by a clock that is put back', async () => {
  const { fallback, request, sockets, http } = await blocked();
  http.close();
  await settled();
  mock.timers.setTime(Date.now() - 60 * MINUTE);
  const again = await fallback.open(request);
  await pass(MINUTE);
  assert.equal(sockets.length, 2);
  again.close();
});

it('tries nothing when the connection has ended before', async () => {
  const { sockets, http } = await blocked();
  http.close();
  await settled();
  await pass(MINUTE);
  assert.equal(sockets.length, 1);
});

it('tries no more when the connection has ended', async () => {
  const { sockets, http, last } = await blocked();
  await pass(MINUTE);
  http.close();
  await settled();
  assert.deepEqual(last().closes, [[1000]]);
  await pass(10 * MINUTE);
  assert.equal(sockets.length, 2);
});
