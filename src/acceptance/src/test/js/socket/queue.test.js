import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { fakeConnection } from '../support/fake-connection.js';

const LONG_MILLIS = 100_000;

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

describe('send', () => {
  it('hands a message to an open connection as it is', () => {
    const { socket, last } = fakeConnection();
    last().open();
    const bytes = new Uint8Array([1, 2]);
    assert.equal(socket.send('text'), true);
    assert.equal(socket.send(bytes), true);
    assert.deepEqual(last().sent, ['text', bytes]);
  });

  it('keeps messages in order, and sends them before open is dispatched', () => {
    const { socket, last } = fakeConnection();
    assert.equal(socket.send('1'), true);
    assert.equal(socket.send('2'), true);
    socket.onopen = () => socket.send('4');
    socket.send('3');
    last().open();
    socket.send('5');
    assert.deepEqual(last().sent, ['1', '2', '3', '4', '5']);
  });

  it('keeps messages over several failed attempts', () => {
    const { socket, sockets, last } = fakeConnection();
    socket.send('1');
    last().fail();
    socket.send('2');
    mock.timers.tick(LONG_MILLIS);
    socket.send('3');
    last().open();
    assert.deepEqual(sockets.map(({ sent }) => sent), [[], ['1', '2', '3']]);
  });

  it('sends each message once', () => {
    const { socket, sockets, last } = fakeConnection();
    socket.send('1');
    last().open();
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    last().open();
    assert.deepEqual(sockets.map(({ sent }) => sent), [['1'], []]);
  });

  it('keeps what a socket would drop that has heard of its end but not told it', () => {
    const { socket, sockets, last } = fakeConnection();
    last().open();
    last().readyState = WebSocket.CLOSING;
    assert.equal(socket.send('1'), true);
    assert.equal(socket.bufferedAmount, 1);
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    last().open();
    assert.deepEqual(sockets[1].sent, ['1']);
  });

  it('keeps the rest where the connection ends while it sends what was kept', () => {
    const { socket, sockets, last } = fakeConnection();
    for (const text of ['1', '2', '3']) socket.send(text);
    last().send = (data) => {
      last().sent.push(data);
      last().readyState = WebSocket.CLOSING;
    };
    last().open();
    assert.equal(socket.bufferedAmount, 2);
    last().fail();
    mock.timers.tick(LONG_MILLIS);
    last().open();
    assert.deepEqual(sockets.map(({ sent }) => sent), [['1'], ['2', '3']]);
  });

  it('says when the queue is full, and drops the message', () => {
    const { socket, last } = fakeConnection({ maxEnqueuedMessages: 2 });
    const results = ['1', '2', '3', '4'].map((text) => socket.send(text));
    assert.deepEqual(results, [true, true, false, false]);
    assert.equal(socket.bufferedAmount, 2);
    last().open();
    assert.deepEqual(last().sent, ['1', '2']);
    assert.equal(socket.send('5'), true);
  });

  it('takes messages again when the queue has been sent', () => {
    const { socket, last } = fakeConnection({ maxEnqueuedMessages: 1 });
    socket.send('1');
    last().open();
    last().fail();
    assert.equal(socket.send('2'), true);
    assert.equal(socket.send('3'), false);
  });

  it('keeps 1,000 messages by default', () => {
    const { socket } = fakeConnection();
    for (let count = 0; count < 1_000; count++) assert.equal(socket.send('x'), true);
    assert.equal(socket.send('x'), false);
  });

  it('keeps none where none are allowed', () => {
    const { socket } = fakeConnection({ maxEnqueuedMessages: 0 });
    assert.equal(socket.send('1'), false);
  });

  it('says after close that it drops messages', () => {
    const { socket, last } = fakeConnection();
    last().open();
    socket.close();
    assert.equal(socket.send('closing'), false);
    last().end(1005);
    assert.equal(socket.send('closed'), false);
    assert.equal(socket.bufferedAmount, 0);
    socket.reconnect();
    assert.equal(socket.send('connecting'), true);
    last().open();
    assert.deepEqual(last().sent, ['connecting']);
  });

  it('says after the last attempt that it drops messages', () => {
    const { socket, last } = fakeConnection({ maxRetries: 0 });
    assert.equal(socket.send('1'), true);
    last().fail();
    assert.equal(socket.send('2'), false);
  });

  it('keeps what waits at close for reconnect', () => {
    const { socket, last } = fakeConnection();
    last().fail();
    socket.send('1');
    socket.close();
    socket.reconnect();
    last().open();
    assert.deepEqual(last().sent, ['1']);
  });

  it('keeps messages where it is to be started later', () => {
    const { socket, last } = fakeConnection({ startClosed: true });
    assert.equal(socket.send('1'), true);
    socket.reconnect();
    last().open();
    assert.deepEqual(last().sent, ['1']);
  });
});

describe('what is kept', () => {
  /** @param {any} data */
  function afterOpening(data, change = () => {}) {
    const { socket, last } = fakeConnection();
    socket.send(data);
    const { bufferedAmount } = socket;
    change();
    last().open();
    return { sent: last().sent[0], bufferedAmount, after: socket.bufferedAmount };
  }

  it('counts in bufferedAmount until it is sent', () => {
    for (const [data, bytes] of /** @type {[any, number][]} */ ([
      ['', 0],
      ['abc', 3],
      ['ä', 2],
      ['你好', 6],
      ['😀', 4],
      ['\ud800', 3],
      ['x'.repeat(65_536), 65_536],
      [new ArrayBuffer(7), 7],
      [new Uint16Array(3), 6],
      [new DataView(new ArrayBuffer(9), 4), 5],
      [new Blob(['12345']), 5],
    ])) {
      const { bufferedAmount, after } = afterOpening(data);
      assert.equal(bufferedAmount, bytes);
      assert.equal(after, 0);
    }
  });

  it('adds to the bufferedAmount of the connection', () => {
    const { socket, last } = fakeConnection();
    last().open();
    last().bufferedAmount = 10;
    assert.equal(socket.bufferedAmount, 10);
    last().fail();
    socket.send('abc');
    assert.equal(socket.bufferedAmount, 13);
  });

  it('is the buffer as it was when it was sent', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const { sent } = afterOpening(bytes.buffer, () => bytes.fill(9));
    assert.deepEqual(new Uint8Array(sent), new Uint8Array([1, 2, 3]));
  });

  it('is the part of the buffer that a view shows', () => {
    const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const view of [
      bytes.subarray(2, 6),
      new DataView(bytes.buffer, 2, 4),
      new Uint16Array(bytes.buffer, 2, 2),
      Buffer.from(bytes.buffer, 2, 4),
    ]) {
      assert.deepEqual(new Uint8Array(afterOpening(view).sent), new Uint8Array([2, 3, 4, 5]));
    }
  });

  it('is the same Blob', () => {
    const blob = new Blob(['abc']);
    assert.equal(afterOpening(blob).sent, blob);
  });

  it('is a text for everything else, as with WebSocket', () => {
    assert.equal(afterOpening(12).sent, '12');
    assert.equal(afterOpening(null).sent, 'null');
    assert.equal(afterOpening({ toString: () => 'own' }).sent, 'own');
  });

  it('is never shared memory, a symbol or nothing', () => {
    const { socket } = fakeConnection();
    const shared = /** @type {any} */ (new SharedArrayBuffer(1));
    assert.throws(() => socket.send(shared), TypeError);
    assert.throws(() => socket.send(new Uint8Array(shared)), TypeError);
    assert.throws(() => socket.send(/** @type {any} */ (Symbol('s'))), TypeError);
    assert.throws(() => /** @type {any} */ (socket).send(), TypeError);
    assert.throws(() => socket.send(/** @type {any} */ (undefined)), TypeError);
    assert.equal(socket.bufferedAmount, 0);
  });
});
