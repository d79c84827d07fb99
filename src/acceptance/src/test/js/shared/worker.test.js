import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../../../../../webapp/parley/parley-client.js';
import { fakeServer } from '../support/fake-server.js';
import { FakeSocket } from '../client/support/fake-socket.js';
import { URL_OF_CHAT, welcome } from '../client/support/world.js';
import { TOKEN, until } from './support.js';

test('with shared: true a client connects by the script of the worker', async (t) => {
  const sockets = [];
  const started = [];
  const ports = [];
  const server = fakeServer();
  server.on('POST /app/api/tickets', (request) => request.json(201, { ticket: 't1', expiresIn: 30_000 }));
  // What a browser has, for a page and a worker in one.
  const globals = {
    fetch: server.fetch,
    WebSocket: class extends FakeSocket {
      constructor(url, protocols) {
        super(url, protocols);
        sockets.push(this);
      }
    },
    SharedWorker: class {
      constructor(url, options) {
        started.push({ url: String(url), ...options });
        const { port1, port2 } = new MessageChannel();
        ports.push(port1, port2);
        this.port = port2;
        globalThis.name = options.name;
        import(url).then(() => globalThis.onconnect({ ports: [port1] }));
      }
    },
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const client = connect({ url: URL_OF_CHAT, token: TOKEN, shared: true, storage: null });
  t.after(() => {
    client.destroy();
    for (const port of ports) port.close();
  });
  await until(() => sockets.length === 1);
  assert.equal(sockets[0].url, `${URL_OF_CHAT}?ticket=t1`);
  assert.match(started[0].url, /\/webapp\/parley\/shared\/worker\.js$/);
  assert.equal(started[0].type, 'module');
  assert.equal(started[0].name, `${JSON.stringify([1, URL_OF_CHAT, [['iss', 'me'], ['sub', 'ana']]])} fallback`);
  sockets[0].open();
  await until(() => sockets[0].of('login').length === 1);
  sockets[0].answer('login', welcome());
  await until(() => client.state === 'OPEN');
  client.close();
  await until(() => sockets[0].closedWith === 1000);
});
