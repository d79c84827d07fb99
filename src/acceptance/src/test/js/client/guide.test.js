import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeSocket } from './support/fake-socket.js';
import { json, settle, welcome } from './support/world.js';

const LIBRARY = new URL('../../../../../../webapp/parley/', import.meta.url);
const guide = await readFile(new URL('README.md', LIBRARY), 'utf8');
const before = { WebSocket: globalThis.WebSocket, fetch: globalThis.fetch, document: globalThis.document };

/** A server in the place of the network, which answers as Parley does. */
class AnsweringSocket extends FakeSocket {
  static all = [];

  constructor(url) {
    super(url);
    AnsweringSocket.all.push(this);
    queueMicrotask(() => this.open());
  }

  send(frame) {
    super.send(frame);
    const { type, ...message } = JSON.parse(frame);
    const at = { position: { epoch: 'e1', seq: 0 }, recovered: false, present: [], count: 1, unread: 0 };
    const stored = { room: message.room, seq: 1, sentAt: '2026-01-31T12:00:00.000Z' };
    const answers = {
      login: () => [welcome({ id: message.id, username: 'visitor', channels: { 'room:lobby': at } })],
      join: () => [{ type: 'joined', id: message.id, room: message.room, ...at }],
      chat: () => [
        { type: 'ack', id: message.id, ...stored },
        { type: 'chat', sender: 'visitor', ...message, ...stored },
      ],
    };
    queueMicrotask(() => answers[type] && this.receive(...answers[type]()));
  }
}

/** Runs the only example in a language, with the library of this repository. */
async function run(language) {
  const [, example, ...others] = guide
    .split(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``))
    .filter((_, i) => i % 2 === 1 || i === 0);
  assert.deepEqual(others, [], 'one example in each language');
  const code = language === 'html' ? /<script type="module">([^]*)<\/script>/.exec(example)[1] : example;
  const module = code.replace(
    /'(\.\/parley\/parley-client\.js|parley-client)'/,
    `'${new URL('parley-client.js', LIBRARY)}'`,
  );
  await import(`data:text/javascript,${encodeURIComponent(module)}`);
  for (let i = 0; i < 10; i++) await settle();
}

beforeEach(() => {
  AnsweringSocket.all = [];
  globalThis.WebSocket = AnsweringSocket;
});
afterEach(() => Object.assign(globalThis, before));

test('the example for Node signs in with a token, says something and ends', async (context) => {
  const lines = context.mock.method(console, 'log', () => {});
  globalThis.fetch = async (address, { headers }) => {
    assert.equal(headers.Authorization, 'Bearer a.b.c');
    assert.equal(address, 'http://localhost:8080/api/tickets');
    return json(201, { ticket: 't1' });
  };
  process.env.PARLEY_TOKEN = 'a.b.c';
  await run('js');

  assert.equal(AnsweringSocket.all[0].url, 'ws://localhost:8080/chat?ticket=t1');
  assert.deepEqual(
    lines.mock.calls.map(({ arguments: [line] }) => line),
    ['visitor: Build 42 is green.', 'stored as 1'],
  );
  assert.equal(AnsweringSocket.all[0].closedWith, 1000);
});

test('the plain page shows what is said', async () => {
  const items = [];
  globalThis.document = {
    baseURI: 'http://localhost:8080/page.html',
    createElement: () => ({}),
    querySelector: () => ({ appendChild: (item) => items.push(item) && item }),
  };
  await run('html');

  assert.deepEqual(items, [{ textContent: 'visitor: Hello from a plain page' }]);
  AnsweringSocket.all[0].closeWith(4501);
});
