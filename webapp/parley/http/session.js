import { HttpProblem, positionFrom } from './api.js';
import { PollReader, StreamReader } from './channel-reader.js';
import { historyPage } from './history.js';

/** Streams at a time: a browser opens six connections to a server by HTTP/1.1, and POST needs one too. */
const STREAMS_MAX = 4;
/** Between two questions for a channel that has no stream; and for all of them together, for the rate of requests. */
const POLL_MILLIS = 5_000;
const POLL_OF_ANY_MILLIS = 500;
const PROTOCOL = 'parley.v1';
const HEARTBEAT = { interval: 30_000, timeout: 10_000 };
/** A message is the body of a POST, which has 64 KiB at most. */
const LIMITS = { frame: 65_536, message: 65_536, rate: 20, burst: 60, chunks: false };
const ALWAYS_READ = ['inbox', 'broadcast', 'room:lobby'];
const ROOM = 'room:';

/** What a client may say in vain: nobody waits for an answer. */
const EPHEMERAL = new Set(['typing']);

/** Close codes of Parley, by the code of the problem. */
const CLOSE_CODES = new Map([
  ['token_expired', 4003],
  ['login_refused', 4501],
  ['login_required', 4501],
  ['forbidden', 4502],
  ['not_recovered', 4000],
  ['rate_limited', 4002],
  ['try_again_later', 1013],
  ['store_unavailable', 1013],
  ['internal', 1011],
]);
const ABNORMAL = 1006;
/** Problems that concern the session, whatever was asked. */
const FATAL = new Set(['token_expired', 'login_refused', 'login_required']);

/** @typedef {import('./api.js').Position} Position */

/**
 * @typedef {object} SessionListener
 * @property {(message: any) => void} received a message as the server would send it over a WebSocket
 * @property {(code: number) => void} ended with a close code; the last call
 */

/** What a session on a WebSocket is on the server, made of requests: it answers messages by messages. */
export class HttpSession {
  #api;
  #listener;
  #end = new AbortController();
  /** @type {Map<string, StreamReader | PollReader>} by channel, as in `positions` */
  #readers = new Map();
  /** @type {any} the last `welcome` */
  #welcome;
  /** @type {any[]} what came before the `welcome` was told */
  #early = [];
  /** One stored message after the other, for their order. */
  #sending = Promise.resolve();
  #heardAt = performance.now();
  /** @type {Record<string, (message: any) => Promise<void>>} */
  #handlers = {
    login: (message) => this.#logIn(message),
    ping: (message) => this.#pong(message),
    chat: (message) => this.#store(message),
    message: (message) => this.#store(message),
    notification: (message) => this.#store(message),
    join: (message) => this.#join(message),
    leave: (message) => this.#leave(message),
    rooms: (message) => this.#listRooms(message),
    history: (message) => this.#history(message),
    create: (message) => this.#create(message),
    invite: (message) => this.#change('PUT', message),
    remove: (message) => this.#change('DELETE', message),
    members: (message) => this.#listMembers(message),
  };

  /**
   * @param {import('./api.js').HttpApi} api
   * @param {SessionListener} listener
   */
  constructor(api, listener) {
    this.#api = api;
    this.#listener = listener;
  }

  /** Ends all requests; the listener hears nothing more. */
  stop() {
    this.#end.abort();
    for (const reader of this.#readers.values()) reader.stop();
  }

  /**
   * Does what a message asks for.
   * @param {any} message
   * @returns {Promise<void>} when it is answered
   */
  async take(message) {
    const handler = Object.hasOwn(this.#handlers, message.type) ? this.#handlers[message.type] : undefined;
    if (!handler) {
      if (!EPHEMERAL.has(message.type)) this.#refuseUnknown(message);
      return;
    }
    try {
      await handler(message);
    } catch (error) {
      if (!this.#end.signal.aborted) this.#failed(message, error);
    }
  }

  /** @param {any} message */
  #refuseUnknown({ id, type }) {
    this.#tell({ type: 'error', id, code: 'unknown_type', message: `'${type}' needs a WebSocket; this is HTTP.` });
  }

  /** @param {any} message */
  #tell(message) {
    if (!this.#end.signal.aborted) this.#listener.received(message);
  }

  #heard() {
    this.#heardAt = performance.now();
  }

  /**
   * @param {any} message
   * @param {unknown} error
   */
  #failed({ type, id }, error) {
    if (type === 'login' || !(error instanceof HttpProblem) || FATAL.has(error.problem.code)) {
      this.#endBy(error);
      return;
    }
    const { code, message, retryAfter } = error.problem;
    this.#tell({ type: 'error', id, code, message, retryAfter });
  }

  /** @param {unknown} error */
  #endBy(error) {
    const problem = error instanceof HttpProblem ? error.problem : undefined;
    if (problem) {
      const { code, message, retryAfter } = problem;
      this.#tell({ type: 'error', code, message, retryAfter });
      if (retryAfter) this.#tell({ type: 'goodbye', reason: message, reconnectAfter: retryAfter });
    }
    const isOver = this.#end.signal.aborted;
    this.stop();
    if (!isOver) this.#listener.ended(CLOSE_CODES.get(problem?.code ?? '') ?? ABNORMAL);
  }

  /** @param {any} message */
  async #logIn({ id, token, positions = {} }) {
    if (token) this.#api.token = token;
    // Checks the token, and tells what the server calls its user.
    const { username, roles } = await this.#request('POST', 'tickets');
    if (this.#welcome) {
      this.#readAgain();
      this.#tell({ ...this.#welcome, id, roles, expiresIn: millisOf(this.#api.token) });
      return;
    }
    const { rooms } = await this.#request('GET', 'rooms');
    const unread = new Map(rooms.map((/** @type {any} */ { room, unread: count }) => [ROOM + room, count]));
    const wanted = new Set([...ALWAYS_READ, ...Object.keys(positions)]);
    const opened = await Promise.all([...wanted].map((channel) => this.#read(channel, positions[channel])));
    const channels = Object.fromEntries(opened
      .filter((channel) => channel !== undefined)
      .map(({ name, position, recovered }) => [name, { position, recovered, unread: unread.get(name) }]));
    const user = { username, roles, session: id, expiresIn: millisOf(this.#api.token) };
    const server = { protocol: PROTOCOL, heartbeat: HEARTBEAT, limits: LIMITS };
    this.#welcome = { type: 'welcome', id, ...user, ...server, channels };
    this.#tell(this.#welcome);
    for (const message of this.#early.splice(0)) this.#tell(message);
  }

  /** Takes the streams up with the new token: those of the old one end with it. */
  #readAgain() {
    for (const [channel, reader] of this.#readers) {
      reader.stop();
      this.#start(channel, reader.after === undefined ? undefined : positionFrom(reader.after), () => {});
    }
  }

  /**
   * Begins to read a channel.
   * @param {string} channel
   * @param {Position} [position]
   * @returns {Promise<{name: string, position: Position, recovered: boolean} | undefined>} `undefined` for a room that
   *   one may not read
   */
  #read(channel, position) {
    return new Promise((resolve, reject) => this.#start(channel, position, resolve, reject));
  }

  /**
   * @param {string} channel
   * @param {Position | undefined} position
   * @param {(opened: {name: string, position: Position, recovered: boolean} | undefined) => void} resolve
   * @param {(error: unknown) => void} [reject] without it, the end is told by itself
   */
  #start(channel, position, resolve, reject) {
    let hasBegun = reject === undefined;
    const before = this.#readers.get(channel);
    const isStream = before ? before instanceof StreamReader : this.#readers.size < STREAMS_MAX;
    const Reader = isStream ? StreamReader : PollReader;
    const reader = new Reader(this.#api, channel, position, {
      begun: (begin, recovered, name) => {
        hasBegun = true;
        resolve({ name, position: begin, recovered });
      },
      received: (message) => (this.#welcome ? this.#tell(message) : this.#early.push(message)),
      pollMillis: () => Math.max(POLL_MILLIS, (this.#readers.size - STREAMS_MAX) * POLL_OF_ANY_MILLIS),
      alive: () => this.#heard(),
      ended: (error) => {
        this.#readers.delete(channel);
        if (hasBegun) this.#lost(channel, error);
        else if (isNoRoom(error)) resolve(undefined);
        else reject?.(error);
      },
    });
    this.#readers.set(channel, reader);
    reader.start();
  }

  /**
   * @param {string} channel
   * @param {unknown} error
   */
  #lost(channel, error) {
    if (isNoRoom(error)) this.#tell({ type: 'left', room: channel.slice(ROOM.length) });
    else this.#endBy(error);
  }

  /** @param {any} message */
  async #pong({ id }) {
    const isAlive = performance.now() - this.#heardAt < HEARTBEAT.interval + HEARTBEAT.timeout;
    // Without an answer the client takes the connection for dead.
    if (isAlive) this.#tell({ type: 'pong', id });
  }

  /** @param {any} message */
  #store(message) {
    this.#sending = this.#sending.then(() => this.#post(message));
    return this.#sending;
  }

  /** @param {any} message */
  async #post(message) {
    if (this.#end.signal.aborted) return;
    try {
      this.#tell(await this.#request('POST', 'messages', message));
    } catch (error) {
      // Here and not in take(): the next message must not wait in vain.
      if (!this.#end.signal.aborted) this.#failed(message, error);
    }
  }

  /** @param {any} message */
  async #join({ id, room, position }) {
    const channel = ROOM + room;
    const reader = this.#readers.get(channel);
    const opened = reader?.after === undefined
      ? await this.#read(channel, position)
      : { name: channel, position: positionFrom(reader.after), recovered: true };
    if (opened) {
      const { name, ...begin } = opened;
      this.#tell({ type: 'joined', id, room: name.slice(ROOM.length), ...begin, present: [], count: 0 });
    } else {
      this.#tell({ type: 'error', id, code: 'no_such_room', message: `There is no room '${room}' that you may read.` });
    }
  }

  /** @param {any} message */
  async #leave({ id, room }) {
    this.#readers.get(ROOM + room)?.stop();
    this.#readers.delete(ROOM + room);
    this.#tell({ type: 'left', id, room });
  }

  /** @param {any} message */
  async #listRooms({ id }) {
    const { rooms } = await this.#request('GET', 'rooms');
    const listed = rooms.map((/** @type {any} */ { room, unread }) =>
      ({ room, joined: this.#readers.has(ROOM + room), unread }));
    this.#tell({ type: 'rooms', id, rooms: listed });
  }

  /** @param {any} message */
  async #history(message) {
    this.#tell(await historyPage(this.#api, message, this.#end.signal));
  }

  /** @param {any} message */
  async #create({ id, name, members }) {
    const { room } = await this.#request('POST', 'rooms', { name, members });
    this.#tell({ type: 'created', id, room });
  }

  /** @param {any} message */
  async #listMembers({ id, room }) {
    const listed = await this.#request('GET', `rooms/${encodeURIComponent(room)}/members`);
    this.#tell({ type: 'members', id, ...listed });
  }

  /**
   * @param {string} method
   * @param {any} message
   */
  async #change(method, { id, room, username }) {
    await this.#request(method, `rooms/${encodeURIComponent(room)}/members/${encodeURIComponent(username)}`);
    this.#tell({ type: 'ack', id });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #request(method, path, body) {
    const answer = await this.#api.json(method, path, this.#end.signal, body);
    this.#heard();
    return answer;
  }
}

/** @param {unknown} error */
function isNoRoom(error) {
  return error instanceof HttpProblem && error.problem.code === 'no_such_room';
}

/**
 * How long a token is still good.
 * @param {string} token
 * @returns {number | undefined} ms
 */
function millisOf(token) {
  const [, claims] = token.split('.');
  try {
    const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    return exp * 1_000 - Date.now();
  } catch {
    // What the server takes though it is no JWT has an end that only the server knows.
    return undefined;
  }
}
