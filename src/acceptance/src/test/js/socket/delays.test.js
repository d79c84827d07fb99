import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { fakeConnection } from '../support/fake-connection.js';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/**
 * Lets the attempt fail, and gives the time until the next one.
 * @param {ReturnType<typeof fakeConnection>} connection
 * @param {number} [mostMillis]
 */
function millisToTheNextAttempt({ sockets, last }, mostMillis = 20_000) {
  last().fail();
  const before = sockets.length;
  for (let millis = 0; millis <= mostMillis; millis++) {
    if (sockets.length > before) return millis;
    mock.timers.tick(1);
  }
  return undefined;
}

describe('without jitter', () => {
  it('waits exactly as long as the options say', () => {
    const connection = fakeConnection({
      jitter: false,
      minReconnectionDelay: 100,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 2,
    });
    const delays = Array.from({ length: 6 }, () => millisToTheNextAttempt(connection));
    assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
  });

  it('takes the older names of the options', () => {
    const connection = fakeConnection({
      jitter: false,
      reconnectDelay: 10,
      reconnectDelayMultiplier: 3,
      maxReconnectAttempts: 2,
    });
    const delays = Array.from({ length: 3 }, () => millisToTheNextAttempt(connection, 1_000));
    assert.deepEqual(delays, [10, 30, undefined]);
  });

  it('waits 1 s by default, then 1.3 times as long each time, and 10 s at most', () => {
    const connection = fakeConnection({ jitter: false });
    const delays = Array.from({ length: 12 }, () => millisToTheNextAttempt(connection));
    assert.deepEqual(delays.slice(0, 3), [1_000, 1_300, 1_690]);
    assert.deepEqual(delays.slice(-2), [10_000, 10_000]);
  });

  it('keeps to the maximum also where the minimum is longer', () => {
    const connection = fakeConnection({ jitter: false, minReconnectionDelay: 500, maxReconnectionDelay: 50 });
    assert.equal(millisToTheNextAttempt(connection), 50);
  });

  it('never takes an endless delay for none', () => {
    const connection = fakeConnection({
      jitter: false,
      minReconnectionDelay: 1e300,
      maxReconnectionDelay: Infinity,
    });
    assert.equal(millisToTheNextAttempt(connection), undefined);
    assert.equal(connection.socket.state, 'WAITING');
  });

  it('connects at once for the first time', () => {
    const { sockets } = fakeConnection({ jitter: false });
    assert.equal(sockets.length, 1);
  });
});

describe('with jitter, the default', () => {
  it('waits a random part of the delay, before the first try too', () => {
    const connection = fakeConnection({
      minReconnectionDelay: 100,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 2,
    });
    const parts = [0.5, 0.25, 0, 0.75];
    mock.method(Math, 'random', () => parts.shift());
    const delays = Array.from({ length: 4 }, () => millisToTheNextAttempt(connection));
    // A timer waits for 1 ms at least.
    assert.deepEqual(delays, [50, 50, 1, 600]);
  });

  it('does not delay the connection that the constructor makes', () => {
    mock.method(Math, 'random', () => 0.9);
    assert.equal(fakeConnection().sockets.length, 1);
  });
});

describe('maxRetries', () => {
  for (const maxRetries of [0, 1, 5]) {
    it(`${maxRetries}: tries so many times more, then it is closed`, () => {
      const { socket, sockets, last, events } = fakeConnection({ maxRetries });
      for (let attempt = 0; attempt <= maxRetries; attempt++) {
        assert.equal(socket.state, 'CONNECTING');
        last().fail();
        mock.timers.tick(20_000);
      }
      assert.equal(socket.state, 'CLOSED');
      assert.equal(socket.readyState, socket.CLOSED);
      assert.equal(socket.retryCount, maxRetries);
      assert.equal(sockets.length, maxRetries + 1);
      assert.deepEqual(events, Array(maxRetries + 1).fill(['error', 'close 1006 unclean']).flat());
    });
  }

  it('begins anew by reconnect()', () => {
    const { socket, sockets, last } = fakeConnection({ maxRetries: 1 });
    for (let attempt = 0; attempt < 2; attempt++) {
      last().fail();
      mock.timers.tick(20_000);
    }
    socket.reconnect();
    assert.equal(socket.retryCount, 0);
    last().fail();
    mock.timers.tick(20_000);
    assert.equal(sockets.length, 4);
  });

  it('is told by state, in the close event of the last attempt too', () => {
    const { socket, last } = fakeConnection({ maxRetries: 1 });
    /** @type {string[]} */
    const states = [];
    socket.onclose = () => states.push(`${socket.state} ${socket.readyState} ${socket.retryCount}`);
    last().fail();
    mock.timers.tick(20_000);
    last().fail();
    assert.deepEqual(states, ['WAITING 3 1', 'CLOSED 3 1']);
  });
});

describe('minUptime', () => {
  it('lets the delays grow on while connections last for less', () => {
    const connection = fakeConnection({
      jitter: false,
      minReconnectionDelay: 100,
      maxReconnectionDelay: 2_000,
      reconnectionDelayGrowFactor: 2,
      minUptime: 500,
    });
    const delays = [499, 499, 499, 500, 499].map((uptime) => {
      connection.last().open();
      mock.timers.tick(uptime);
      return millisToTheNextAttempt(connection);
    });
    assert.deepEqual(delays, [100, 200, 400, 100, 200]);
  });

  it('takes the count of tries back while connected', () => {
    const { socket, last } = fakeConnection({ minUptime: 500 });
    last().fail();
    mock.timers.tick(20_000);
    last().open();
    mock.timers.tick(499);
    assert.equal(socket.retryCount, 1);
    mock.timers.tick(1);
    assert.equal(socket.retryCount, 0);
  });

  it('does not count the uptime of a connection that is gone', () => {
    const { socket, last } = fakeConnection({ jitter: false, minUptime: 500, minReconnectionDelay: 10_000 });
    last().open();
    last().fail();
    mock.timers.tick(9_999);
    assert.equal(socket.retryCount, 1);
  });
});

describe('an infinite minUptime', () => {
  it('never takes the count of tries back', () => {
    const { socket, last } = fakeConnection({ minUptime: Infinity });
    last().fail();
    mock.timers.tick(20_000);
    last().open();
    mock.timers.tick(1_000_000);
    assert.equal(socket.retryCount, 1);
  });
});

describe('connectionTimeout', () => {
  it('gives an attempt up, and tries again', () => {
    const { socket, sockets, events } = fakeConnection({
      connectionTimeout: 300,
      jitter: false,
      minReconnectionDelay: 100,
    });
    mock.timers.tick(299);
    assert.deepEqual(events, []);
    mock.timers.tick(1);
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
    assert.equal(sockets[0].closes.length, 1);
    assert.equal(socket.state, 'WAITING');
    mock.timers.tick(100);
    assert.equal(sockets.length, 2);
  });

  it('says in the error what did not answer', () => {
    const { socket } = fakeConnection({ connectionTimeout: 300 });
    /** @type {any[]} */
    const errors = [];
    socket.onerror = ({ error }) => errors.push(error.message);
    mock.timers.tick(300);
    assert.deepEqual(errors, ['ws://host.test/ did not answer within 300 ms (connectionTimeout).']);
  });

  it('is over once the connection is open', () => {
    const { last, events } = fakeConnection({ connectionTimeout: 300 });
    mock.timers.tick(299);
    last().open();
    mock.timers.tick(10_000);
    assert.deepEqual(events, ['open']);
  });

  it('does not take the given up socket for the next one', () => {
    const { socket, sockets, events } = fakeConnection({ connectionTimeout: 300 });
    mock.timers.tick(300);
    mock.timers.tick(1_000);
    assert.equal(sockets.length, 2);
    sockets[0].open();
    assert.equal(socket.state, 'CONNECTING');
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
  });

  it('ignores what the given up socket does later', () => {
    const { last, events } = fakeConnection({ connectionTimeout: 300, maxRetries: 0 });
    mock.timers.tick(300);
    last().open();
    last().receive('late');
    last().fail();
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
  });

  it('is 4 s by default', () => {
    const { events } = fakeConnection({ maxRetries: 0 });
    mock.timers.tick(3_999);
    assert.deepEqual(events, []);
    mock.timers.tick(1);
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
  });

  it('may be infinite', () => {
    const { events } = fakeConnection({ connectionTimeout: Infinity });
    mock.timers.tick(2 ** 31 - 1);
    assert.deepEqual(events, []);
  });

  it('does not come to a failed attempt', () => {
    const { last, events } = fakeConnection({ connectionTimeout: 300, maxRetries: 0 });
    last().fail();
    mock.timers.tick(10_000);
    assert.deepEqual(events, ['error', 'close 1006 unclean']);
  });
});
