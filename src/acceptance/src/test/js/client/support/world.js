import { connect } from '../../../../../../../webapp/parley/parley-client.js';
import { FakeClock, settle } from './fake-clock.js';
import { FakeSocket } from './fake-socket.js';

export { settle };

export const LIMITS = { frame: 65_536, message: 1_048_576, rate: 20, burst: 60, binary: 32_768 };
export const URL_OF_CHAT = 'ws://chat.example/app/chat';

/** A storage like a tab's, which a test can look into. */
export class FakeStorage {
  values = new Map();

  get length() {
    return this.values.size;
  }

  key(index) {
    return [...this.values.keys()][index] ?? null;
  }

  getItem(key) {
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.values.set(key, value);
  }

  removeItem(key) {
    this.values.delete(key);
  }
}

/** A page's window and document, as far as their events go, which counts its listeners. */
export class FakePage extends EventTarget {
  #signals = [];

  addEventListener(type, listener, options) {
    this.#signals.push(options?.signal);
    // Without the signal, which warns of many listeners in Node.
    super.addEventListener(type, (event) => options?.signal?.aborted || listener(event));
  }

  get listeners() {
    return this.#signals.filter((signal) => !signal?.aborted).length;
  }
}

/**
 * A client in a world without network and time. `fetch` answers by `http`, a function of (method, address, headers) to
 * a Response, or an error to throw.
 */
export class World {
  clock = new FakeClock();
  sockets = [];
  requests = [];
  storage = new FakeStorage();
  window = new FakePage();
  http = () => {
    throw new TypeError('The network is down.');
  };
  states = [];
  events = [];

  constructor() {
    this.window.document = Object.assign(new FakePage(), { visibilityState: 'visible' });
  }

  /** The options of a client in this world. */
  options(options = {}) {
    const { sockets } = this;
    class WorldSocket extends FakeSocket {
      constructor(url, protocols) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    const fetch = async (address, { method, headers = {}, signal, redirect }) => {
      signal?.throwIfAborted();
      this.requests.push({ address, method, headers, redirect });
      const aborted = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      aborted.catch(() => {});
      const answer = await Promise.race([this.http(method, address, headers), aborted]);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return {
      url: URL_OF_CHAT,
      username: 'ana',
      WebSocket: WorldSocket,
      fetch,
      storage: this.storage,
      clock: this.clock,
      random: () => 0.5,
      window: this.window,
      ...options,
    };
  }

  connect(options) {
    this.client = connect(this.options(options));
    this.client.on('state', ({ state }) => this.states.push(state));
    this.client.on('error', (error) => this.events.push(error));
    return this.client;
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** Opens the newest socket and answers its login. */
  async welcome(fields = {}) {
    await settle();
    this.socket.open();
    await settle();
    this.socket.answer('login', welcome(fields));
    await settle();
    return this.socket;
  }

  /** A client that is open. */
  async open(options, fields) {
    this.connect(options);
    await this.welcome(fields);
    return this.client;
  }

  /** Loses the connection, and waits for the next attempt. */
  async reconnect(fields = {}, code = 1006) {
    this.socket.closeWith(code);
    await this.nextAttempt();
    return this.welcome(fields);
  }

  async nextAttempt() {
    await this.clock.advance(this.client.retryAt - this.clock.now());
  }
}

export function welcome(fields = {}) {
  return {
    type: 'welcome',
    username: 'ana',
    session: 's1',
    roles: [],
    protocol: 'parley.v1',
    heartbeat: { interval: 30_000, timeout: 10_000 },
    limits: LIMITS,
    channels: {},
    ...fields,
  };
}

export function channel(seq, { recovered = false, unread = 0, epoch = 'e1' } = {}) {
  return { position: { epoch, seq }, recovered, unread };
}

export function chat(seq, fields = {}) {
  return {
    type: 'chat',
    room: 'lobby',
    seq,
    id: `m${seq}`,
    sender: 'ben',
    content: `text ${seq}`,
    sentAt: '2026-01-31T12:00:00.000Z',
    ...fields,
  };
}

export function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}

/** The error that a promise ends in. */
export async function failureOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise did not fail.');
}
