import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { fakeConnection } from '../support/fake-connection.js';
import { settled } from '../support/recorded.js';

const LONG_MILLIS = 100_000;

/** @type {import('node:test').Mock<(...words: any[]) => void>} */
let logged;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  logged = mock.method(console, 'error', () => {});
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** @param {{last: () => {fail: () => void}}} connection */
async function loseAndTryAgain({ last }) {
  last().fail();
  mock.timers.tick(LONG_MILLIS);
  await settled();
}

describe('a function for the URL', () => {
  it('is asked anew for each attempt', async () => {
    let count = 0;
    const connection = fakeConnection({}, () => `ws://host.test/?ticket=${++count}`);
    await loseAndTryAgain(connection);
    await loseAndTryAgain(connection);
    assert.deepEqual(
      connection.sockets.map(({ url }) => url),
      ['ws://host.test/?ticket=1', 'ws://host.test/?ticket=2', 'ws://host.test/?ticket=3'],
    );
    assert.equal(connection.socket.url, 'ws://host.test/?ticket=3');
  });

  it('may give a promise', async () => {
    let count = 0;
    const connection = fakeConnection({}, async () => `ws://host.test/?ticket=${++count}`);
    assert.equal(connection.socket.readyState, connection.socket.CONNECTING);
    assert.equal(connection.socket.url, '');
    assert.equal(connection.sockets.length, 0);
    await settled();
    await loseAndTryAgain(connection);
    assert.deepEqual(
      connection.sockets.map(({ url }) => url),
      ['ws://host.test/?ticket=1', 'ws://host.test/?ticket=2'],
    );
  });

  it('may give a URL object', async () => {
    assert.equal(fakeConnection({}, new URL('ws://host.test/a')).last().url, 'ws://host.test/a');
    assert.equal(fakeConnection({}, () => new URL('ws://host.test/b')).last().url, 'ws://host.test/b');
  });

  it('is not asked before it is started', () => {
    const url = mock.fn(() => 'ws://host.test/');
    const { socket } = fakeConnection({ startClosed: true }, url);
    assert.equal(url.mock.callCount(), 0);
    assert.equal(socket.url, '');
    socket.reconnect();
    assert.equal(url.mock.callCount(), 1);
  });

  it('that gives something wrong at once makes the constructor throw', () => {
    for (const wrong of [undefined, null, 42, {}, '', 'no url', 'ftp://host.test/', 'ws://host.test/#part']) {
      assert.throws(() => fakeConnection({}, () => wrong), { name: 'SyntaxError' });
    }
  });

  it('that throws at once makes the constructor throw that', () => {
    const error = new Error('signed out');
    assert.throws(() => fakeConnection({}, () => {
      throw error;
    }), error);
  });

  it('that gives something wrong later ends it, and says so', async () => {
    for (const wrong of [undefined, 42, {}, 'no url']) {
      const url = mock.fn(async () => wrong);
      const { socket, sockets, events } = fakeConnection({}, url);
      /** @type {any[]} */
      const errors = [];
      socket.addEventListener('error', ({ error }) => errors.push(error));
      await settled();
      assert.equal(errors.length, 1);
      assert.equal(errors[0].name, 'SyntaxError');
      assert.match(errors[0].message, new RegExp(String(wrong)));
      assert.deepEqual(events, [`error ${errors[0].message}`, 'close 1006 unclean']);
      assert.deepEqual(logged.mock.calls.at(-1)?.arguments, ['ReconnectingSocket:', errors[0]]);
      assert.equal(socket.state, 'CLOSED');
      mock.timers.tick(LONG_MILLIS);
      await settled();
      assert.equal(url.mock.callCount(), 1);
      assert.equal(sockets.length, 0);
    }
  });

  it('that gave something wrong is asked again by reconnect()', async () => {
    const answers = [undefined, 'ws://host.test/good'];
    const { socket, last, events } = fakeConnection({}, async () => answers.shift());
    await settled();
    socket.reconnect();
    await settled();
    last().open();
    assert.equal(last().url, 'ws://host.test/good');
    assert.equal(events.at(-1), 'open');
  });

  it('whose promise is rejected fails the attempt, says why and is asked again', async () => {
    const reason = new Error('no ticket');
    const { socket, events } = fakeConnection({ maxRetries: 1 }, () => Promise.reject(reason));
    /** @type {any[]} */
    const errors = [];
    socket.addEventListener('error', ({ error }) => errors.push(error));
    await settled();
    mock.timers.tick(LONG_MILLIS);
    await settled();
    assert.deepEqual(errors, [reason, reason]);
    assert.deepEqual(events, Array(2).fill(['error no ticket', 'close 1006 unclean']).flat());
    assert.equal(socket.state, 'CLOSED');
  });

  it('that throws at a later attempt fails it', async () => {
    const answers = ['ws://host.test/'];
    const connection = fakeConnection({ maxRetries: 1 }, () => {
      if (answers.length === 0) throw new Error('signed out');
      return answers.shift();
    });
    await loseAndTryAgain(connection);
    assert.deepEqual(connection.events, [
      'error', 'close 1006 unclean', 'error signed out', 'close 1006 unclean',
    ]);
    assert.equal(connection.socket.state, 'CLOSED');
  });

  it('fails without a word in the log where a listener says that it has seen to it', async () => {
    const { socket } = fakeConnection({ maxRetries: 0 }, () => Promise.reject(new Error('seen to')));
    socket.onerror = (event) => event.preventDefault();
    await settled();
    assert.equal(socket.state, 'CLOSED');
    assert.equal(logged.mock.callCount(), 0);
  });

  it('has connectionTimeout for its promise, and the socket as much again', async () => {
    /** @type {((url: string) => void)[]} */
    const answer = [];
    const { sockets, events } = fakeConnection(
      { connectionTimeout: 300, maxRetries: 1, jitter: false, minReconnectionDelay: 100 },
      () => new Promise((resolve) => answer.push(resolve)),
    );
    mock.timers.tick(300);
    assert.deepEqual(events, ['error TIMEOUT', 'close 1006 unclean']);
    mock.timers.tick(100);
    mock.timers.tick(299);
    answer[1]('ws://host.test/');
    await settled();
    mock.timers.tick(299);
    assert.equal(events.length, 2);
    mock.timers.tick(1);
    assert.deepEqual(events, Array(2).fill(['error TIMEOUT', 'close 1006 unclean']).flat());
    assert.equal(sockets.length, 1);
  });

  it('is not reported when its promise is rejected after the attempt has ended', async () => {
    /** @type {((reason: Error) => void)[]} */
    const refuse = [];
    const { socket, events } = fakeConnection({}, () => new Promise((_, reject) => refuse.push(reject)));
    socket.forceClose();
    refuse[0](new Error('too late'));
    await settled();
    assert.deepEqual(events, ['close 1006 unclean']);
    assert.equal(logged.mock.callCount(), 0);
  });

  it('leads nowhere when it answers after the attempt has ended', async () => {
    /** @type {((url: string) => void)[]} */
    const answer = [];
    const { socket, sockets, events } = fakeConnection({}, () => new Promise((resolve) => answer.push(resolve)));
    socket.close();
    assert.equal(socket.readyState, socket.CLOSING);
    await settled();
    assert.equal(socket.readyState, socket.CLOSED);
    answer[0]('ws://host.test/');
    await settled();
    assert.deepEqual(events, ['close 1006 unclean']);
    assert.equal(sockets.length, 0);
  });
});

describe('the subprotocols', () => {
  it('are passed on as an array, and not at all if there are none', () => {
    assert.deepEqual(fakeConnection({}, 'ws://host.test/', 'one').last().protocols, ['one']);
    assert.deepEqual(fakeConnection({}, 'ws://host.test/', ['one', 'two']).last().protocols, ['one', 'two']);
    for (const none of [undefined, null, []]) {
      assert.deepEqual(fakeConnection({}, 'ws://host.test/', none).last().protocols, []);
    }
  });

  it('may be a function, which is asked anew for each attempt', async () => {
    let count = 0;
    const connection = fakeConnection({}, 'ws://host.test/', async () => ['parley.v1', `bearer.${++count}`]);
    await settled();
    await loseAndTryAgain(connection);
    assert.deepEqual(
      connection.sockets.map(({ protocols }) => protocols),
      [['parley.v1', 'bearer.1'], ['parley.v1', 'bearer.2']],
    );
  });

  it('that are wrong make the constructor throw where they are known', () => {
    for (const wrong of ['', 'two words', ['one', 'one'], 42, [undefined], 'ä', '(']) {
      assert.throws(() => fakeConnection({}, 'ws://host.test/', wrong), { name: 'SyntaxError' });
      assert.throws(() => fakeConnection({}, 'ws://host.test/', () => wrong), { name: 'SyntaxError' });
    }
  });

  it('that are wrong later end it', async () => {
    const { socket, events } = fakeConnection({}, 'ws://host.test/', async () => 'two words');
    await settled();
    assert.match(events[0], /^error .*'two words'/);
    assert.equal(socket.state, 'CLOSED');
  });
});
