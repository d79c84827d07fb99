import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';

/**
 * What a socket does on a real connection. Each row is played with the platform's own `WebSocket` and with
 * `ReconnectingSocket`, in Node and in a browser; both must give what is expected. Nothing here needs Node.
 *
 * @typedef {WebSocket | ReconnectingSocket} AnySocket
 * @typedef {(path: string, protocols?: string[]) => AnySocket} Connect
 * @typedef {object} Row
 * @property {string} name
 * @property {(connect: Connect) => Promise<unknown>} play
 * @property {unknown} expected
 */

const ROW_MILLIS = 20_000;
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 66_560];

/** @type {Row[]} */
export const WIRE_ROWS = [
  ...SIZES.map((size) => ({
    name: `text of ${size} bytes comes back`,
    play: async (/** @type {Connect} */ connect) => {
      const text = textOf(size);
      return (await echoOf(connect, text)) === text;
    },
    expected: true,
  })),
  ...SIZES.map((size) => ({
    name: `${size} bytes come back as an ArrayBuffer`,
    play: async (/** @type {Connect} */ connect) => {
      const bytes = bytesOf(size);
      const answer = await echoOf(connect, bytes, 'arraybuffer');
      return answer instanceof ArrayBuffer && isSame(new Uint8Array(answer), bytes);
    },
    expected: true,
  })),
  {
    name: 'text of several scripts comes back',
    play: (connect) => echoOf(connect, 'ä 你好 😀 \0 \u2028'),
    expected: 'ä 你好 😀 \0 \u2028',
  },
  {
    name: 'a lone surrogate becomes U+FFFD',
    play: (connect) => echoOf(connect, 'a\ud800b\udc00c😀'),
    expected: 'a\ufffdb\ufffdc😀',
  },
  {
    name: 'bytes come back as a Blob by default',
    play: async (connect) => {
      const answer = await echoOf(connect, new Uint8Array([1, 2, 3]));
      return [answer instanceof Blob, answer.type, [...new Uint8Array(await answer.arrayBuffer())]];
    },
    expected: [true, '', [1, 2, 3]],
  },
  {
    name: 'an empty message comes back as an empty Blob',
    play: async (connect) => (await echoOf(connect, new Uint8Array(0))).size,
    expected: 0,
  },
  {
    name: 'a Blob is sent, in order with what comes after it',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      socket.binaryType = 'arraybuffer';
      const answers = messages(socket, 3);
      socket.send(new Blob(['first ', 'message']));
      socket.send('second message');
      socket.send(new Blob([]));
      const [first, second, third] = await answers;
      socket.close();
      return [new TextDecoder().decode(first), second, third.byteLength];
    },
    expected: ['first message', 'second message', 0],
  },
  {
    name: 'of a view the part that it shows is sent',
    play: async (connect) => {
      const { buffer } = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]);
      const views = [new Uint8Array(buffer, 2, 4), new DataView(buffer, 2, 4), new Uint16Array(buffer, 2, 2)];
      const socket = await opened(connect('/echo'));
      socket.binaryType = 'arraybuffer';
      const answers = messages(socket, views.length);
      for (const view of views) socket.send(view);
      const received = await answers;
      socket.close();
      return received.map((answer) => [...new Uint8Array(answer)]);
    },
    expected: Array(3).fill([2, 3, 4, 5]),
  },
  {
    name: 'a buffer that changes after send is sent as it was',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      socket.binaryType = 'arraybuffer';
      const answers = messages(socket, 1);
      const bytes = new Uint8Array([1, 2, 3]);
      socket.send(bytes);
      bytes.fill(9);
      const [answer] = await answers;
      socket.close();
      return [...new Uint8Array(answer)];
    },
    expected: [1, 2, 3],
  },
  {
    name: 'a number is sent as text',
    play: (connect) => echoOf(connect, /** @type {any} */ (42)),
    expected: '42',
  },
  {
    name: 'binaryType holds from the next message on',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      /** @type {string[]} */
      const types = [socket.binaryType];
      for (const type of /** @type {BinaryType[]} */ (['arraybuffer', 'blob', 'nonsense'])) {
        socket.binaryType = type;
        const answers = messages(socket, 1);
        socket.send(new Uint8Array(1));
        types.push(socket.binaryType, (await answers)[0].constructor.name);
      }
      socket.close();
      return types;
    },
    expected: ['blob', 'arraybuffer', 'ArrayBuffer', 'blob', 'Blob', 'blob', 'Blob'],
  },
  {
    name: 'bufferedAmount counts what was just sent, and falls to 0',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      const answers = messages(socket, 3);
      const amounts = [socket.bufferedAmount];
      socket.send('你好');
      amounts.push(socket.bufferedAmount);
      socket.send(new Uint8Array(1_000));
      amounts.push(socket.bufferedAmount);
      socket.send('\ud800');
      amounts.push(socket.bufferedAmount);
      await answers;
      amounts.push(socket.bufferedAmount);
      socket.close();
      return amounts;
    },
    expected: [0, 6, 1_006, 1_009, 0],
  },
  {
    name: 'bufferedAmount counts a Blob',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      const answers = messages(socket, 1);
      socket.send(new Blob(['12345']));
      const amount = socket.bufferedAmount;
      await answers;
      socket.close();
      return [amount, socket.bufferedAmount];
    },
    expected: [5, 0],
  },
  {
    name: 'the server chooses a subprotocol',
    play: async (connect) => {
      const socket = await opened(connect('/echo', ['unknown', 'second']));
      const { protocol } = socket;
      socket.close();
      return protocol;
    },
    expected: 'second',
  },
  {
    name: 'a message has the origin of the server',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      const event = /** @type {Promise<MessageEvent>} */ (next(socket, 'message'));
      socket.send('x');
      const { origin } = await event;
      socket.close();
      return origin === new URL(socket.url).origin;
    },
    expected: true,
  },
  ...[1000, 3000, 4000, 4321, 4999].map((code) => ({
    name: `close with ${code} and a reason`,
    play: async (/** @type {Connect} */ connect) => {
      const socket = await opened(connect('/echo'));
      const events = story(socket);
      socket.close(code, 'bye 再见');
      events.push(`closing ${socket.readyState}`);
      await next(socket, 'close');
      return events;
    },
    expected: ['closing 2', `close 3 ${code} bye 再见 true`],
  })),
  {
    name: 'close without a code',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      const events = story(socket);
      socket.close();
      await next(socket, 'close');
      return events;
    },
    // What Tyrus answers. To a 1000 it would answer 1000 without a reason.
    expected: ['close 3 1000 Normal closure. true'],
  },
  {
    name: 'close while connecting',
    play: async (connect) => {
      const socket = connect('/echo');
      const events = story(socket);
      // Node dispatches the events within close(), a browser later.
      const closed = next(socket, 'close');
      socket.close(4000, 'never mind');
      await closed;
      return events;
    },
    expected: ['error 3', 'close 3 1006  false'],
  },
  {
    name: 'send after close changes nothing',
    play: async (connect) => {
      const socket = await opened(connect('/echo'));
      const events = story(socket);
      socket.close(1000);
      socket.send('too late');
      await next(socket, 'close');
      socket.send('far too late');
      return events;
    },
    expected: ['close 3 1000  true'],
  },
  ...[1000, 1001, 1008, 1011, 1013, 4000, 4501].map((code) => ({
    name: `the server closes with ${code} and a reason`,
    play: async (/** @type {Connect} */ connect) => {
      const socket = connect(`/close/${code}?reason=${encodeURIComponent('why 为什么')}`);
      const events = story(socket);
      await next(socket, 'close');
      return events;
    },
    expected: ['open 1', `close 3 ${code} why 为什么 true`],
  })),
  {
    name: 'the server closes with the longest reason',
    play: async (connect) => {
      const socket = connect(`/close/4000?reason=${'x'.repeat(123)}`);
      const event = /** @type {CloseEvent} */ (await next(socket, 'close'));
      return event.reason;
    },
    expected: 'x'.repeat(123),
  },
  {
    name: 'a path that the server does not know',
    play: async (connect) => {
      const socket = connect('/nowhere');
      const events = story(socket);
      await next(socket, 'close');
      return events;
    },
    expected: ['error 3', 'close 3 1006  false'],
  },
];

/**
 * Plays a row with both classes.
 * @param {Row} row
 * @param {string} server `ws://HOST:PORT`
 * @returns {Promise<{platform: unknown, own: unknown}>}
 */
export async function played(row, server) {
  const platform = await row.play((path, protocols = []) => new WebSocket(server + path, protocols));
  const own = await row.play(
    (path, protocols) => new ReconnectingSocket(server + path, protocols, { maxRetries: 0 }),
  );
  return { platform, own };
}

/**
 * Plays all rows, for a browser: one after the other, as Chromium keeps the handshakes to one server apart.
 * @param {string} server `ws://HOST:PORT`
 * @returns {Promise<{name: string, problem: string}[]>} with an empty problem where everything is as expected
 */
export async function results(server) {
  const outcomes = [];
  for (const row of WIRE_ROWS) outcomes.push({ name: row.name, problem: await problemOf(row, server) });
  return outcomes;
}

/**
 * @param {Row} row
 * @param {string} server
 */
async function problemOf(row, server) {
  const late = new Promise((resolve) => setTimeout(resolve, ROW_MILLIS, 'It did not end.'));
  const expected = JSON.stringify(row.expected);
  const problem = played(row, server).then(
    ({ platform, own }) => [platform, own].every((result) => JSON.stringify(result) === expected)
      ? ''
      : `Expected ${expected}, but WebSocket gives ${JSON.stringify(platform)}, and ours ${JSON.stringify(own)}.`,
    (error) => `${error.stack}`,
  );
  return /** @type {Promise<string>} */ (Promise.race([problem, late]));
}

/** @param {number} size */
function textOf(size) {
  return 'abcdefghij'.repeat(Math.ceil(size / 10)).slice(0, size);
}

/** @param {number} size */
function bytesOf(size) {
  return Uint8Array.from({ length: size }, (_, index) => index % 251);
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function isSame(one, other) {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/**
 * @param {Connect} connect
 * @param {any} data
 * @param {BinaryType} [binaryType]
 * @returns {Promise<any>}
 */
async function echoOf(connect, data, binaryType) {
  const socket = await opened(connect('/echo'));
  if (binaryType) socket.binaryType = binaryType;
  const answers = messages(socket, 1);
  socket.send(data);
  const [answer] = await answers;
  socket.close();
  return answer;
}

/** @param {AnySocket} socket */
async function opened(socket) {
  await next(socket, 'open');
  return socket;
}

/**
 * @param {AnySocket} socket
 * @param {string} type
 * @returns {Promise<Event>}
 */
function next(socket, type) {
  return new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));
}

/**
 * The data of the next messages.
 * @param {AnySocket} socket
 * @param {number} count
 * @returns {Promise<any[]>}
 */
function messages(socket, count) {
  /** @type {any[]} */
  const received = [];
  return new Promise((resolve) => {
    socket.addEventListener('message', (event) => {
      received.push(/** @type {MessageEvent} */ (event).data);
      if (received.length === count) resolve(received);
    });
  });
}

/**
 * Records what the socket dispatches, with its state at that time.
 * @param {AnySocket} socket
 * @returns {string[]}
 */
function story(socket) {
  /** @type {string[]} */
  const lines = [];
  for (const type of ['open', 'message', 'error']) {
    socket.addEventListener(type, () => lines.push(`${type} ${socket.readyState}`));
  }
  socket.addEventListener('close', (event) => {
    const { code, reason, wasClean } = /** @type {CloseEvent} */ (event);
    lines.push(`close ${socket.readyState} ${code} ${reason} ${wasClean}`);
  });
  return lines;
}
