import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';
import { fakeConnection } from '../support/fake-connection.js';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

/**
 * What the call throws.
 * @param {() => unknown} call
 * @returns {any}
 */
function thrownBy(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/**
 * Fails unless both calls throw the same kind of error.
 * @param {() => unknown} own
 * @param {() => unknown} platform
 */
function assertThrowsAlike(own, platform) {
  const expected = thrownBy(platform);
  const error = thrownBy(own);
  assert.ok(expected);
  assert.ok(error, `Nothing is thrown instead of ${expected}`);
  assert.equal(error.constructor, expected.constructor);
  assert.equal(error.name, expected.name);
  assert.equal(error.code, expected.code);
}

describe('the constructor', () => {
  for (const url of ['', 'no url', '/path', 'ftp://host.test/', 'ws://host.test/#part', 'ws://', undefined, 42]) {
    it(`throws for the URL ${url} what WebSocket throws`, () => {
      assertThrowsAlike(
        () => new ReconnectingSocket(/** @type {any} */ (url), [], { startClosed: true }),
        () => new WebSocket(/** @type {any} */ (url)),
      );
    });
  }

  for (const protocols of ['', 'two words', 'a,b', 'ä', ['one', 'one'], [''], [42, 42]]) {
    it(`throws for the subprotocols ${JSON.stringify(protocols)} what WebSocket throws`, () => {
      assertThrowsAlike(
        () => fakeConnection({}, 'ws://host.test/', protocols),
        () => new WebSocket('ws://host.test/', /** @type {any} */ (protocols)),
      );
    });
  }

  it('says what is wrong, with the value', () => {
    assert.match(thrownBy(() => fakeConnection({}, 'ftp://host.test/')).message, /'ftp:\/\/host\.test\/'/);
    assert.match(thrownBy(() => fakeConnection({}, 'ws://host.test/', 'two words')).message, /'two words'/);
    assert.match(
      thrownBy(() => fakeConnection({}, 'ws://host.test/', { maxRetries: 1 })).message,
      /The options are the third argument/,
    );
  });

  it('takes http for ws', () => {
    assert.equal(fakeConnection({}, 'http://host.test/a').last().url, 'ws://host.test/a');
    assert.equal(fakeConnection({}, 'https://host.test:99/a').last().url, 'wss://host.test:99/a');
  });

  it('needs new', () => {
    assert.throws(() => /** @type {any} */ (ReconnectingSocket)('ws://host.test/'), TypeError);
  });

  it('needs a WebSocket', () => {
    const { WebSocket } = globalThis;
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      assert.throws(() => new ReconnectingSocket('ws://host.test/'), /pass a class in the option WebSocket/);
    } finally {
      globalThis.WebSocket = WebSocket;
    }
  });

  it('throws for options of the wrong kind, with name and value', () => {
    for (const [options, message] of /** @type {[any, RegExp][]} */ ([
      [{ WebSocket: 123 }, /WebSocket must be a class, not 123/],
      [{ WebSocket: {} }, /WebSocket must be a class/],
      [{ maxRetries: '5' }, /maxRetries must be a number, not 5/],
      [{ maxRetries: -1 }, /maxRetries must be 0 or more, not -1/],
      [{ minReconnectionDelay: NaN }, /minReconnectionDelay must be 0 or more, not NaN/],
      [{ jitter: 0.5 }, /jitter must be a boolean, not 0.5/],
      [{ startClosed: 'yes' }, /startClosed must be a boolean, not yes/],
      [{ shouldReconnect: true }, /shouldReconnect must be a function, not true/],
      [{ reconnectDelay: 'soon' }, /minReconnectionDelay must be a number, not soon/],
      [{ maxRetries: 1, maxReconnectAttempts: 1 }, /maxReconnectAttempts is another name of maxRetries/],
      [null, /options must be an object, not null/],
    ])) {
      const connect = () => new ReconnectingSocket('ws://host.test/', [], options && { startClosed: true, ...options });
      assert.match(thrownBy(connect)?.message ?? 'Nothing is thrown', message);
    }
  });

  it('takes undefined for an option that is not given', () => {
    const { socket } = fakeConnection({ maxRetries: undefined, shouldReconnect: undefined, reconnectDelay: undefined });
    assert.equal(socket.state, 'CONNECTING');
  });
});

describe('close', () => {
  for (const code of [0, 999, 1001, 1005, 1006, 2999, 5000, 65_535, -1, NaN]) {
    it(`throws for the code ${code} what WebSocket throws, in any state`, () => {
      const platform = new WebSocket('ws://127.0.0.1:1/');
      const { socket, last } = fakeConnection();
      assertThrowsAlike(() => socket.close(code), () => platform.close(code));
      assertThrowsAlike(() => socket.reconnect(code), () => platform.close(code));
      assert.equal(socket.state, 'CONNECTING');
      last().fail();
      assertThrowsAlike(() => socket.close(code), () => platform.close(code));
      socket.close();
    });
  }

  it('throws for a reason of more than 123 bytes what WebSocket throws', () => {
    const platform = new WebSocket('ws://127.0.0.1:1/');
    const { socket, last } = fakeConnection();
    last().open();
    for (const reason of ['x'.repeat(124), '你'.repeat(42), '\ud800'.repeat(42)]) {
      assertThrowsAlike(() => socket.close(1000, reason), () => platform.close(1000, reason));
    }
    assert.equal(socket.state, 'OPEN');
    socket.close(1000, '你'.repeat(41));
    assert.equal(socket.readyState, socket.CLOSING);
  });
});
