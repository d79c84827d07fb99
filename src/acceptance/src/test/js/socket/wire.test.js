import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { ReconnectingSocket } from '../../../../../../webapp/parley/reconnecting-socket.js';
import { recorded } from '../support/recorded.js';
import { server } from '../support/server.js';
import { played, WIRE_ROWS } from '../support/wire-rows.js';

describe('on a real connection, as WebSocket', { concurrency: true }, () => {
  for (const row of WIRE_ROWS) {
    it(row.name, async () => {
      const { platform, own } = await played(row, server());
      assert.deepEqual(platform, row.expected, 'of WebSocket');
      assert.deepEqual(own, row.expected, 'of ReconnectingSocket');
    });
  }
});

describe('on a real connection that breaks', () => {
  it('comes back, and sends what was kept, in order', async (t) => {
    const relay = await relayTo(new URL(server()));
    t.after(() => relay.close());
    const socket = new ReconnectingSocket(`${relay.url}/echo`, [], { minReconnectionDelay: 1 });
    t.after(() => socket.forceClose());
    const events = recorded(socket);
    await once(socket, 'open');
    socket.addEventListener('close', () => {
      for (const text of ['1', '2', '3']) assert.equal(socket.send(text), true);
    }, { once: true });
    relay.breakConnections();
    await new Promise((resolve) => {
      socket.addEventListener('message', ({ data }) => data === '3' && resolve(undefined));
    });
    assert.deepEqual(events, ['open', 'error', 'close 1006 unclean', 'open', 'message 1', 'message 2', 'message 3']);
  });

  it('gives a server up that does not answer', async (t) => {
    const silent = createServer(() => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (silent.address());
    t.after(() => silent.close());
    const socket = new ReconnectingSocket(`ws://127.0.0.1:${port}/`, [], { connectionTimeout: 50, maxRetries: 1 });
    const events = recorded(socket);
    await once(socket, 'close');
    await once(socket, 'close');
    assert.deepEqual(events, Array(2).fill(['error TIMEOUT', 'close 1006 unclean']).flat());
    assert.equal(socket.state, 'CLOSED');
  });
});

/**
 * A relay to the server whose connections can be broken.
 * @param {URL} target
 */
async function relayTo({ hostname, port }) {
  /** @type {Set<import('node:net').Socket>} */
  const connections = new Set();
  const relay = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      connections.add(from);
      from.pipe(to);
      // One end that breaks ends the other.
      from.on('error', () => to.destroy());
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (relay.address());
  const breakConnections = () => connections.forEach((connection) => connection.destroy());
  return {
    url: `ws://127.0.0.1:${address.port}`,
    breakConnections,
    close() {
      relay.close();
      breakConnections();
    },
  };
}
