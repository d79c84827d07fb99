import { Hub } from '../../../../../../webapp/parley/shared/hub.js';
import { SharedConnector } from '../../../../../../webapp/parley/shared/shared-connector.js';
import { FakeClock, settle } from '../client/support/fake-clock.js';
import { FakeSocket } from '../client/support/fake-socket.js';
import { World, channel, welcome } from '../client/support/world.js';

/** A token that says whose it is; nobody checks it here. */
export const tokenOf = (sub, more = '', claims = {}) =>
  `h.${btoa(JSON.stringify({ iss: 'me', sub, ...claims }))}.${more}`;
export const TOKEN = tokenOf('ana');

/** Waits until something holds: messages over ports take turns of the event loop. */
export async function until(condition, what = condition) {
  for (let turns = 0; turns < 5_000; turns++) {
    if (condition()) return;
    await settle();
  }
  throw new Error(`It never was so: ${what}`);
}

/** A few turns of the event loop, for what is not to happen. */
export async function turns() {
  for (let count = 0; count < 20; count++) await settle();
}

/** A browser: tabs, and workers by their names, whose sockets are in the hands of the test. */
export class Browser {
  clock = new FakeClock();
  /** Sockets of the workers. */
  sockets = [];
  /** Requests by which they were opened. */
  requests = [];
  /** @type {Map<string, Hub>} */
  workers = new Map();
  ports = [];
  tabs = [];
  /** Opens a fake connection to the server, and records the request. */
  open = (request) => {
    this.requests.push(request);
    this.sockets.push(new FakeSocket(request.url, request.protocols));
    return this.sockets.at(-1);
  };

  /** @param {import('node:test').TestContext} t */
  constructor(t) {
    t.after(() => {
      for (const { client } of this.tabs) client.destroy();
      for (const port of this.ports) port.close();
    });
  }

  startWorker(name) {
    if (!this.workers.has(name)) this.workers.set(name, new Hub({ open: (request) => this.open(request) }, this.clock));
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port1, port2);
    this.workers.get(name).accept(port1);
    return { port: port2, onerror: null };
  }

  /** A tab with a client; its world has its clock, storage, page and the sockets that are its own. */
  tab(options = {}, start = (name) => this.startWorker(name)) {
    const world = new World();
    world.clock = this.clock;
    world.own = [];
    const own = {
      open: (request) => {
        world.own.push(new FakeSocket(request.url, request.protocols));
        return world.own.at(-1);
      },
    };
    const connector = new SharedConnector(own, this.clock, start);
    const credential = 'username' in options ? {} : { username: undefined, token: TOKEN };
    world.connect({ ...credential, connector, ...options });
    world.messages = [];
    world.client.on('message', ({ seq, content }) => world.messages.push(content ?? seq));
    this.tabs.push(world);
    return world;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** The server welcomes the newest connection. */
  async welcome(fields = {}, count = this.sockets.length) {
    await until(() => this.sockets.length >= Math.max(1, count));
    const { socket } = this;
    socket.open();
    await until(() => socket.of('login').length > 0, 'login');
    socket.answer('login', welcome({ channels: CHANNELS(), ...fields }));
  }

  /** A tab that is open: the first, or one that shares. */
  async openTab(options, fields) {
    const tab = this.tab(options);
    if (this.sockets.length === 0) await this.welcome(fields);
    await until(() => tab.client.state === 'OPEN', 'OPEN');
    return tab;
  }

  /** The server answers the last message of a type, when it has come. */
  async answer(type, answer, count = 1) {
    await until(() => this.socket.of(type).length >= count, type);
    this.socket.answer(type, answer);
  }
}

export const CHANNELS = (seq = 10) => ({
  'room:lobby': channel(seq), inbox: channel(3, { unread: 2 }), broadcast: channel(1),
});
