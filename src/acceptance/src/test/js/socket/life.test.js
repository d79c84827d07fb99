import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';
import { fakeConnection } from '../support/fake-connection.js';
import { settled } from '../support/recorded.js';

const LONG_MILLIS = 100_000;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

it('has the constants of WebSocket, on the class and on each socket', () => {
  const { socket } = fakeConnection();
  for (const name of /** @type {const} */ (['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'])) {
    assert.equal(ReconnectingSocket[name], WebSocket[name]);
    assert.equal(socket[name], WebSocket[name]);
  }
});

it('tells what its socket tells', () => {
  const { socket, last } = fakeConnection();
  assert.equal(socket.readyState, socket.CONNECTING);
  assert.equal(socket.url, 'ws://host.test/');
  assert.equal(socket.protocol, '');
  assert.equal(socket.extensions, '');
  assert.equal(socket.binaryType, 'blob');
  Object.assign(last(), { protocol: 'parley.v1', extensions: 'permessage-deflate' });
  last().open();
  assert.equal(socket.readyState, socket.OPEN);
  assert.equal(socket.protocol, 'parley.v1');
  assert.equal(socket.extensions, 'permessage-deflate');
});

it('logs what happens where debug is on, and nothing otherwise', () => {
  const log = mock.method(console, 'log', () => {});
  fakeConnection().last().open();
  assert.equal(log.mock.callCount(), 0);
  fakeConnection({ debug: true }).last().open();
  assert.ok(log.mock.callCount() > 0);
});

describe('listeners', () => {
  /** @param {ReturnType<typeof fakeConnection>} connection */
  function loseAndComeBack({ last }) {
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    last().open();
  }

  it('are kept when it comes back', () => {
    const connection = fakeConnection();
    const { socket, last } = connection;
    /** @type {string[]} */
    const calls = [];
    socket.onopen = () => calls.push('onopen');
    socket.onmessage = ({ data }) => calls.push(`onmessage ${data}`);
    socket.onerror = () => calls.push('onerror');
    socket.onclose = () => calls.push('onclose');
    socket.addEventListener('open', () => calls.push('listener'));
    socket.addEventListener('open', { handleEvent: () => calls.push('object') });
    last().open();
    loseAndComeBack(connection);
    last().receive('again');
    assert.deepEqual(calls, [
      'onopen', 'listener', 'object', 'onerror', 'onclose', 'onopen', 'listener', 'object', 'onmessage again',
    ]);
  });

  it('are called once if they say so', () => {
    const connection = fakeConnection();
    let calls = 0;
    connection.socket.addEventListener('open', () => calls++, { once: true });
    connection.last().open();
    loseAndComeBack(connection);
    assert.equal(calls, 1);
  });

  it('can be removed', () => {
    const { socket, last } = fakeConnection();
    const listener = mock.fn();
    socket.addEventListener('open', listener);
    socket.removeEventListener('open', listener);
    last().open();
    assert.equal(listener.mock.callCount(), 0);
  });

  it('are called with the socket as this', () => {
    const { socket, last } = fakeConnection();
    /** @type {unknown[]} */
    const receivers = [];
    socket.onopen = function () {
      receivers.push(this);
    };
    socket.addEventListener('open', function () {
      receivers.push(this);
    });
    socket.addEventListener('open', ({ target }) => receivers.push(target));
    last().open();
    assert.deepEqual(receivers, [socket, socket, socket]);
  });

  it('in on… are one each, in the place of the first, and null takes them away', () => {
    const { socket, last } = fakeConnection();
    /** @type {string[]} */
    const calls = [];
    const second = () => calls.push('second');
    assert.equal(socket.onopen, null);
    socket.onopen = () => calls.push('first');
    socket.addEventListener('open', () => calls.push('listener'));
    socket.onopen = second;
    assert.equal(socket.onopen, second);
    last().open();
    socket.onopen = null;
    assert.equal(socket.onopen, null);
    socket.dispatchEvent(new Event('open'));
    assert.deepEqual(calls, ['second', 'listener', 'listener']);
  });

  it('in on… come last when they are set again after null', () => {
    const { socket, last } = fakeConnection();
    /** @type {string[]} */
    const calls = [];
    socket.onopen = () => calls.push('first');
    socket.addEventListener('open', () => calls.push('listener'));
    socket.onopen = null;
    socket.onopen = () => calls.push('again');
    last().open();
    assert.deepEqual(calls, ['listener', 'again']);
  });

  it('hear what dispatchEvent is given', () => {
    const { socket } = fakeConnection();
    const listener = mock.fn();
    socket.onmessage = listener;
    const event = new MessageEvent('message', { data: 'own', cancelable: true });
    assert.equal(socket.dispatchEvent(event), true);
    assert.equal(listener.mock.calls[0].arguments[0], event);
    socket.addEventListener('message', (given) => given.preventDefault());
    assert.equal(socket.dispatchEvent(new Event('message', { cancelable: true })), false);
  });

  it('receive the origin of a message', () => {
    const { socket, last } = fakeConnection();
    /** @type {string[]} */
    const origins = [];
    socket.onmessage = ({ origin }) => origins.push(origin);
    last().open();
    last().receive('text');
    assert.deepEqual(origins, ['ws://host.test']);
  });
});

describe('binaryType', () => {
  it('holds for this connection and the next ones', () => {
    const { socket, sockets, last } = fakeConnection();
    socket.binaryType = 'arraybuffer';
    assert.equal(last().binaryType, 'arraybuffer');
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    assert.equal(sockets.length, 2);
    assert.equal(last().binaryType, 'arraybuffer');
    assert.equal(socket.binaryType, 'arraybuffer');
  });

  it('ignores an unknown type, as WebSocket does', () => {
    const { socket } = fakeConnection();
    socket.binaryType = /** @type {any} */ ('nonsense');
    assert.equal(socket.binaryType, 'blob');
  });
});

describe('comes back', () => {
  const COMES_BACK = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4000, 4499];
  const STAYS_AWAY = [4500, 4501, 4999];

  for (const code of COMES_BACK) {
    it(`after ${code} from the server`, () => {
      const { socket, sockets, last, events } = fakeConnection();
      last().open();
      last().end(code, 'why');
      assert.deepEqual(events, ['open', `close ${code} why`]);
      assert.equal(socket.state, 'WAITING');
      mock.timers.tick(LONG_MILLIS);
      assert.equal(sockets.length, 2);
    });
  }

  for (const code of STAYS_AWAY) {
    it(`not after ${code} from the server`, () => {
      const { socket, sockets, last, events } = fakeConnection();
      last().open();
      last().end(code, 'why');
      assert.deepEqual(events, ['open', `close ${code} why`]);
      assert.equal(socket.state, 'CLOSED');
      mock.timers.tick(LONG_MILLIS);
      assert.equal(sockets.length, 1);
    });
  }

  it('as shouldReconnect decides', () => {
    /** @type {number[]} */
    const asked = [];
    const shouldReconnect = (/** @type {CloseEvent} */ { code }) => {
      asked.push(code);
      return code === 4501;
    };
    const { socket, last } = fakeConnection({ shouldReconnect });
    last().open();
    last().end(4501);
    assert.equal(socket.state, 'WAITING');
    mock.timers.tick(LONG_MILLIS);
    last().open();
    last().end(1001);
    assert.equal(socket.state, 'CLOSED');
    assert.deepEqual(asked, [4501, 1001]);
  });

  it('as by default where shouldReconnect fails, which is reported', () => {
    const reported = mock.fn();
    globalThis.reportError = reported;
    try {
      const { socket, last } = fakeConnection({
        shouldReconnect: () => {
          throw new Error('a mistake of the application');
        },
      });
      last().fail();
      assert.equal(socket.state, 'WAITING');
      assert.equal(reported.mock.calls[0].arguments[0].message, 'a mistake of the application');
    } finally {
      Reflect.deleteProperty(globalThis, 'reportError');
    }
  });

  it('as by default where shouldReconnect gives a promise, which is reported', () => {
    const reported = mock.fn();
    globalThis.reportError = reported;
    try {
      const { socket, last } = fakeConnection({ shouldReconnect: async () => true });
      last().open();
      last().end(4501);
      assert.equal(socket.state, 'CLOSED');
      assert.match(reported.mock.calls[0].arguments[0].message, /must give true or false/);
    } finally {
      Reflect.deleteProperty(globalThis, 'reportError');
    }
  });

  it('never with two attempts at a time', () => {
    const { socket, sockets, last } = fakeConnection();
    last().fail();
    socket.reconnect();
    socket.reconnect();
    mock.timers.tick(3_999);
    const alive = sockets.filter(({ closes, readyState }) => closes.length === 0 && readyState !== 3);
    assert.deepEqual(alive, [last()]);
  });
});

describe('close', () => {
  it('passes code and reason on, waits for the end, and does not come back', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().open();
    socket.close(4000, 'done');
    assert.deepEqual(last().closes, [[4000, 'done']]);
    assert.equal(socket.readyState, socket.CLOSING);
    assert.deepEqual(events, ['open']);
    last().end(4000, 'done');
    assert.equal(socket.readyState, socket.CLOSED);
    mock.timers.tick(LONG_MILLIS);
    assert.deepEqual(events, ['open', 'close 4000 done']);
    assert.equal(sockets.length, 1);
  });

  it('adds no code of its own', () => {
    const { socket, last } = fakeConnection();
    last().open();
    socket.close();
    assert.deepEqual(last().closes, [[]]);
  });

  it('while connecting ends the attempt, as a WebSocket', async () => {
    const { socket, sockets, last, events } = fakeConnection();
    socket.close();
    assert.equal(last().closes.length, 1);
    await settled();
    mock.timers.tick(LONG_MILLIS);
    assert.deepEqual(events, ['error', 'close 1006 unclean']);
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 1);
  });

  it('while connecting holds also where the socket opens all the same', () => {
    const { socket, last, events } = fakeConnection();
    socket.close();
    last().open();
    assert.deepEqual(events, []);
    last().end(1005);
    assert.deepEqual(events, ['close 1005']);
    assert.equal(socket.state, 'CLOSED');
  });

  it('while it waits ends the waiting, without another event', async () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().fail();
    socket.close();
    assert.equal(socket.state, 'CLOSED');
    mock.timers.tick(LONG_MILLIS);
    await settled();
    assert.deepEqual(events, ['error', 'close 1006 unclean']);
    assert.equal(sockets.length, 1);
  });

  it('in a listener of close keeps it closed', () => {
    const { socket, sockets, last, events } = fakeConnection();
    socket.onclose = () => socket.close();
    last().open();
    last().end(1012);
    mock.timers.tick(LONG_MILLIS);
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 1);
    assert.deepEqual(events, ['open', 'close 1012']);
  });

  it('in a listener of error keeps it closed', () => {
    const { socket, sockets, events } = fakeConnection({ connectionTimeout: 100 });
    socket.onerror = () => socket.close();
    mock.timers.tick(LONG_MILLIS);
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 1);
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
  });

  it('may be called several times', () => {
    const { socket, last, events } = fakeConnection();
    last().open();
    socket.close(1000);
    socket.close(1000);
    last().end(1000);
    socket.close(1000);
    assert.deepEqual(last().closes, [[1000]]);
    assert.deepEqual(events, ['open', 'close 1000']);
  });

  it('is not taken for a lost connection when the line breaks meanwhile', () => {
    const { socket, last, events } = fakeConnection();
    last().open();
    socket.close(1000);
    last().fail();
    assert.equal(socket.state, 'CLOSED');
    assert.deepEqual(events, ['open', 'error', 'close 1006 unclean']);
  });

  it('before it was started keeps it closed', () => {
    const { socket, sockets, events } = fakeConnection({ startClosed: true });
    socket.close();
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 0);
    assert.deepEqual(events, []);
  });
});

describe('forceClose', () => {
  it('is closed at once, and ignores what the socket does later', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().open();
    socket.forceClose();
    assert.equal(socket.readyState, socket.CLOSED);
    assert.deepEqual(events, ['open', 'close 1006 unclean']);
    assert.equal(last().closes.length, 1);
    last().receive('late');
    last().end(1000);
    mock.timers.tick(LONG_MILLIS);
    assert.deepEqual(events, ['open', 'close 1006 unclean']);
    assert.equal(sockets.length, 1);
  });

  it('ends an attempt', () => {
    const { socket, events } = fakeConnection();
    socket.forceClose();
    assert.equal(socket.state, 'CLOSED');
    assert.deepEqual(events, ['close 1006 unclean']);
  });

  it('ends a close that takes long', () => {
    const { socket, last, events } = fakeConnection();
    last().open();
    socket.close();
    socket.forceClose();
    assert.equal(socket.state, 'CLOSED');
    assert.deepEqual(events, ['open', 'close 1006 unclean']);
  });

  it('ends the waiting, and changes nothing when it is closed', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().fail();
    socket.forceClose();
    socket.forceClose();
    mock.timers.tick(LONG_MILLIS);
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 1);
    assert.deepEqual(events, ['error', 'close 1006 unclean']);
  });
});

describe('reconnect', () => {
  it('connects again after close', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().open();
    socket.close();
    last().end(1005);
    socket.reconnect();
    assert.equal(socket.readyState, socket.CONNECTING);
    assert.equal(sockets.length, 2);
    last().open();
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    assert.equal(sockets.length, 3);
    assert.deepEqual(events, ['open', 'close 1005', 'open', 'error', 'close 1006 unclean']);
  });

  it('connects again while close waits for its answer', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().open();
    socket.close();
    socket.reconnect();
    sockets[0].end(1005);
    last().open();
    assert.equal(sockets.length, 2);
    assert.equal(socket.state, 'OPEN');
    assert.deepEqual(events, ['open', 'close 1000', 'open']);
  });

  it('drops an open connection, with code and reason', () => {
    const { socket, sockets, events } = fakeConnection();
    sockets[0].open();
    socket.reconnect(4321, 'moved');
    assert.deepEqual(sockets[0].closes, [[4321, 'moved']]);
    assert.equal(sockets.length, 2);
    sockets[0].receive('late');
    sockets[0].end(4321, 'moved');
    assert.deepEqual(events, ['open', 'close 4321 moved']);
    assert.equal(socket.state, 'CONNECTING');
  });

  it('tries at once where it waits', () => {
    const { socket, sockets, last, events } = fakeConnection();
    last().fail();
    socket.reconnect();
    assert.equal(sockets.length, 2);
    assert.equal(socket.retryCount, 0);
    mock.timers.tick(3_999);
    assert.equal(sockets.length, 2);
    assert.deepEqual(events, ['error', 'close 1006 unclean']);
  });

  it('starts what was to start closed', () => {
    const { socket, sockets, last, events } = fakeConnection({ startClosed: true });
    assert.equal(socket.readyState, socket.CLOSED);
    assert.equal(socket.state, 'IDLE');
    mock.timers.tick(LONG_MILLIS);
    assert.equal(sockets.length, 0);
    socket.reconnect();
    last().open();
    assert.deepEqual(events, ['open']);
  });

  it('leaves the last word to a listener of close', () => {
    const { socket, sockets, last } = fakeConnection();
    last().open();
    socket.onclose = () => socket.close();
    socket.reconnect();
    assert.equal(socket.state, 'CLOSED');
    assert.equal(sockets.length, 1);
  });

  it('makes one attempt where a listener of close calls it too', () => {
    const { socket, sockets, last } = fakeConnection();
    last().open();
    socket.onclose = () => socket.reconnect();
    socket.reconnect();
    assert.equal(socket.state, 'CONNECTING');
    assert.equal(sockets.length, 2);
  });

  it('may be called in a listener of error', () => {
    const { socket, sockets, events } = fakeConnection({ connectionTimeout: 100 });
    socket.addEventListener('error', () => socket.reconnect(), { once: true });
    mock.timers.tick(100);
    assert.equal(socket.state, 'CONNECTING');
    assert.equal(sockets.length, 2);
    assert.deepEqual(events, ['error TIMEOUT', 'close 1000']);
  });
});
