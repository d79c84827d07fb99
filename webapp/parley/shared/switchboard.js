import { channelKey } from '../client/channels/positions.js';
import { randomId } from '../client/random-id.js';
import { decodeBinary } from '../client/sending/binary-frames.js';

/**
 * @typedef {import('./tab.js').Tab} Tab
 * @typedef {import('../parley-client.js').Position} Position
 * @typedef {import('../parley-client.js').Welcome} Welcome
 */
/**
 * What the switchboard needs of the connection.
 * @typedef {{
 *   send(frame: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): void,
 *   probe(): void,
 *   welcomed(welcome: Welcome): void,
 * }} Link `probe` asks the server for a sign of life
 */
/**
 * A channel that the connection reads.
 * @typedef {{
 *   target: {room?: string, inbox?: true, broadcast?: true},
 *   position: Position, unread: number | undefined, readers: Map<Tab, any[] | undefined>,
 * }} Feed its readers, each with the messages that wait until it has what it lacked, or undefined where nothing waits
 */
/**
 * Who waits for an answer: a tab, or the switchboard itself.
 * @typedef {{request: any, tab?: Tab, resolve?: (answer: any) => void}} Route
 */

const STORED = new Set(['chat', 'message', 'notification']);
const LOBBY = 'room:lobby';
/** Answers for which somebody waits; the oldest of more are for nobody. */
const ROUTES_MAX = 10_000;
const PAGE = 200;
/** Of history, for one who comes back to a channel. */
const PAGES_MAX = 5;
const UPLOAD_RETRY_MILLIS = 2_000;

/** Who gets what, on one connection to the server that several tabs share; see `hub.js`. */
export class Switchboard {
  #clock;
  #tabs;
  #link;
  /** @type {Welcome | undefined} the last one */
  #welcome;
  #welcomedAt = 0;
  /** The tab whose `login` the server looks at. @type {Tab | undefined} */
  #signingIn;
  /** The tab whose credential the session has. @type {Tab | undefined} */
  #owner;
  /** Logins that wait until the session is signed in. @type {{tab: Tab, login: any}[]} */
  #logins = [];
  #asksForBinary = false;
  /** @type {Map<string, Feed>} by channel, as in `positions` */
  #feeds = new Map();
  /** @type {Map<string, Route[]>} by id; tabs that keep the same message send the same id */
  #routes = new Map();
  /** @type {Map<string, Set<Tab>>} */
  #subscribers = new Map();
  /** How the server calls rooms that a tab calls otherwise. @type {Map<string, string>} */
  #names = new Map();
  /** Joins whose room is not known yet, by the name that the server gives it. */
  #joining = 0;
  /** Leaves that wait for those. @type {{tab: Tab, leave: any}[]} */
  #leaves = [];
  /** A session has one upload at a time. @type {{tab: Tab, id: string} | undefined} */
  #upload;
  /** Tabs that wait for a `pong`. @type {Set<Tab>} */
  #pinging = new Set();

  /**
   * @param {import('../parley-client.js').Clock} clock
   * @param {ReadonlySet<Tab>} tabs that share the connection
   * @param {Link} link
   */
  constructor(clock, tabs, link) {
    this.#clock = clock;
    this.#tabs = tabs;
    this.#link = link;
  }

  /** The tab that a close code about the credential is for. */
  get creditor() {
    return this.#signingIn ?? this.#owner;
  }

  /**
   * @param {Tab} tab
   * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} frame
   */
  take(tab, frame) {
    if (typeof frame === 'string') for (const message of [JSON.parse(frame)].flat()) this.#take(tab, message);
    // During an upload every binary frame would be a part of it; others may be dropped at any time.
    else if (!this.#upload || this.#upload.tab === tab) this.#link.send(frame);
  }

  /** @param {string | ArrayBuffer} frame of the server */
  receive(frame) {
    for (const tab of this.#pinging) tab.send({ type: 'pong' });
    this.#pinging.clear();
    if (typeof frame === 'string') for (const message of [JSON.parse(frame)].flat()) this.#receive(message);
    else this.#receiveBinary(frame);
  }

  /** @param {Tab} tab that has gone */
  gone(tab) {
    this.#pinging.delete(tab);
    this.#logins = this.#logins.filter((waiting) => waiting.tab !== tab);
    for (const { readers } of this.#feeds.values()) readers.delete(tab);
    this.#leaveEmptyRooms();
    for (const metricId of this.#subscribers.keys()) this.#unsubscribe(tab, metricId);
  }

  /**
   * @param {Tab} tab
   * @param {any} message
   */
  #take(tab, message) {
    switch (message.type) {
      case 'login':
        this.#logIn(tab, message);
        break;
      case 'ping':
        this.#pinging.add(tab);
        this.#link.probe();
        break;
      case 'join':
        this.#joining++;
        // A session that reads the room would begin again from the position, for all tabs.
        this.#forward(tab, message, this.#feedOf(message.room) ? { position: undefined } : {});
        break;
      case 'leave':
        this.#leaves.push({ tab, leave: message });
        this.#leaveNow();
        break;
      case 'subscribe':
        this.#subscribers.set(message.metricId, (this.#subscribers.get(message.metricId) ?? new Set()).add(tab));
        this.#forward(tab, message);
        break;
      case 'unsubscribe':
        this.#unsubscribe(tab, message.metricId);
        tab.send({ type: 'unsubscribed', id: message.id, metricId: message.metricId });
        break;
      case 'upload':
        this.#announceUpload(tab, message);
        break;
      default:
        this.#forward(tab, message);
    }
  }

  /**
   * @param {Tab} tab
   * @param {any} message
   * @param {object} [fields] to be sent in the place of the tab's
   */
  #forward(tab, message, fields) {
    this.#expect({ tab, request: message });
    this.#link.send(JSON.stringify({ ...message, ...fields }));
  }

  /**
   * Asks for the switchboard itself.
   * @param {any} message
   * @returns {Promise<any>} the answer, perhaps an `error`; none comes when the connection is lost
   */
  #ask(message) {
    const request = { ...message, id: randomId() };
    return new Promise((resolve) => {
      this.#expect({ request, resolve });
      this.#link.send(JSON.stringify(request));
    });
  }

  /** @param {Route} route */
  #expect(route) {
    const { id, type, index } = route.request;
    if (id === undefined || (type === 'chunk' && index > 0)) return;
    this.#routes.set(id, [...(this.#routes.get(id) ?? []), route]);
    if (this.#routes.size > ROUTES_MAX) this.#routes.delete(/** @type {string} */ (this.#routes.keys().next().value));
  }

  /**
   * @param {string | undefined} id of an answer
   * @returns {Route | undefined} who waited for it
   */
  #routeOf(id) {
    const routes = id === undefined ? undefined : this.#routes.get(id);
    const route = routes?.shift();
    if (routes?.length === 0) this.#routes.delete(/** @type {string} */ (id));
    return route;
  }

  /** @param {any} message of the server */
  #receive(message) {
    if (STORED.has(message.type)) {
      this.#receiveStored(message);
      return;
    }
    const route = this.#routeOf(message.id);
    if (route) this.#answered(route, message);
    else if (message.id === undefined) this.#receiveUnasked(message);
  }

  /**
   * @param {Route} route
   * @param {any} answer
   */
  #answered({ tab, request, resolve }, answer) {
    resolve?.(answer);
    if (!tab) return;
    switch (request.type) {
      case 'login':
        this.#loggedIn(tab, request, answer);
        break;
      case 'join':
        this.#joined(tab, request, answer);
        break;
      case 'rooms':
        tab.send(answer.rooms ? { ...answer, rooms: answer.rooms.map((/** @type {any} */ entry) =>
          ({ ...entry, joined: this.#feeds.get(`room:${entry.room}`)?.readers.has(tab) ?? false })) } : answer);
        break;
      case 'create':
        tab.send(answer);
        // The other sessions of the user are told so by the server.
        if (answer.type === 'created') this.#tellAll({ type: 'created', room: answer.room }, tab);
        break;
      case 'subscribe':
        if (answer.type === 'error') this.#forget(tab, request.metricId);
        tab.send(answer);
        break;
      case 'upload':
        // The ack is followed by the bytes, and then by the answer.
        if (answer.type === 'ack') this.#expect({ tab, request });
        else this.#upload = undefined;
        tab.send(answer);
        break;
      default:
        tab.send(answer);
    }
  }

  // ---- Signing in

  /**
   * @param {Tab} tab
   * @param {any} login
   */
  #logIn(tab, login) {
    if (this.#welcome && !(tab.isSignedIn && login.token)) this.#welcomeLater(tab, login);
    else if (this.#signingIn) this.#logins.push({ tab, login });
    else {
      this.#signingIn = tab;
      this.#asksForBinary ||= login.binary === true;
      this.#forward(tab, login);
    }
  }

  /**
   * @param {Tab} tab
   * @param {any} login that was sent to the server
   * @param {any} answer
   */
  #loggedIn(tab, login, answer) {
    this.#signingIn = undefined;
    if (answer.type === 'welcome') {
      const isFirst = !this.#welcome;
      this.#welcome = answer;
      this.#welcomedAt = this.#clock.now();
      this.#owner = tab;
      if (isFirst) this.#begin(tab, login, answer);
    }
    tab.send(answer);
    // After a refusal the next one may have a better credential; this one's connection has brought its own.
    for (const waiting of this.#logins.splice(0)) this.#logIn(waiting.tab, waiting.login);
  }

  /**
   * @param {Tab} tab
   * @param {any} login
   * @param {Welcome} welcome of the session
   */
  #begin(tab, login, welcome) {
    for (const [key, { position, unread }] of Object.entries(welcome.channels)) {
      const target = key.startsWith('room:') ? { room: key.slice('room:'.length) }
        : key === 'inbox' ? { inbox: /** @type {const} */ (true) } : { broadcast: /** @type {const} */ (true) };
      this.#feeds.set(key, { target, position: { ...position }, unread, readers: new Map([[tab, undefined]]) });
    }
    tab.isSignedIn = true;
    tab.wantsBinary = login.binary === true;
    this.#link.welcomed(welcome);
    if (tab.isGone) this.gone(tab);
  }

  /**
   * Signs a tab in to the session that there is.
   * @param {Tab} tab
   * @param {any} login
   */
  async #welcomeLater(tab, { id, username, positions = {}, binary }) {
    const { username: own, expiresIn } = /** @type {Welcome} */ (this.#welcome);
    if (username !== undefined && username !== own) {
      tab.send({ type: 'error', id, code: 'login_refused', message: `This connection is that of '${own}'.` });
      return;
    }
    if (binary && !this.#asksForBinary) {
      this.#asksForBinary = true;
      this.#ask({ type: 'login', binary: true });
    }
    const wanted = [...this.#feeds].filter(([key]) => !key.startsWith('room:') || key === LOBBY || key in positions);
    const opened = await Promise.all(wanted.map(async ([key, feed]) =>
      /** @type {const} */ ([key, feed, await this.#catchUp(tab, feed, positions[key])])));
    if (tab.isGone) return;
    tab.isSignedIn = true;
    tab.wantsBinary = binary === true;
    const channels = Object.fromEntries(opened.map(([key, { unread }, { position, recovered }]) =>
      [key, { position, recovered, unread }]));
    const left = expiresIn && Math.max(0, expiresIn - (this.#clock.now() - this.#welcomedAt));
    tab.send({ ...this.#welcome, id, expiresIn: left, channels });
    for (const [, feed, { missed }] of opened) goLive(tab, feed, missed);
  }

  // ---- Channels

  /** @param {any} message */
  #receiveStored(message) {
    const feed = this.#feeds.get(channelKey(message) ?? '');
    // A room that was left a moment ago, or what the connection had before.
    if (!feed || message.seq <= feed.position.seq) return;
    feed.position.seq = message.seq;
    if (feed.unread !== undefined && !this.#isOwn(message.sender, message.guest)) feed.unread++;
    for (const [tab, held] of feed.readers) {
      if (held) held.push(message);
      else tab.send(message);
    }
  }

  /**
   * @param {string} username
   * @param {string} [guest]
   */
  #isOwn(username, guest) {
    return guest === undefined && username === this.#welcome?.username;
  }

  /**
   * @param {Tab} tab
   * @param {any} join
   * @param {any} answer
   */
  async #joined(tab, join, answer) {
    if (answer.type !== 'joined') {
      tab.send(answer);
      this.#joining--;
      this.#leaveNow();
      return;
    }
    if (answer.room !== join.room) this.#names.set(join.room, answer.room);
    const key = `room:${answer.room}`;
    const before = this.#feeds.get(key);
    const feed = before ?? { target: { room: answer.room }, position: { ...answer.position }, unread: undefined,
      readers: new Map() };
    this.#feeds.set(key, feed);
    if (!before && !tab.isGone) {
      feed.readers.set(tab, undefined);
      tab.send(answer);
    } else if (before) {
      const { position, recovered, missed } = await this.#catchUp(tab, feed, join.position);
      tab.send({ ...answer, position, recovered });
      goLive(tab, feed, missed);
    }
    if (tab.isGone) feed.readers.delete(tab);
    this.#joining--;
    this.#leaveNow();
  }

  /**
   * Makes a tab a reader of a channel that is read already. What comes from now on waits for `goLive`.
   * @param {Tab} tab
   * @param {Feed} feed
   * @param {Position} [from] the last message that the tab has
   * @returns {Promise<{position: Position, recovered: boolean, missed: any[]}>} where it reads from, whether nothing is
   *   missing, and what comes first
   */
  async #catchUp(tab, feed, from) {
    const position = { ...feed.position };
    feed.readers.set(tab, []);
    if (from?.epoch !== position.epoch) return { position, recovered: false, missed: [] };
    if (from.seq >= position.seq) return { position, recovered: true, missed: [] };
    const missed = await this.#between(feed.target, from.seq, position.seq);
    return missed ? { position: from, recovered: true, missed } : { position, recovered: false, missed: [] };
  }

  /**
   * @param {object} target the channel on the wire
   * @param {number} after
   * @param {number} last
   * @returns {Promise<any[] | undefined>} the messages behind `after` up to `last`; undefined where some are not there
   *   any more, or too many
   */
  async #between(target, after, last) {
    /** @type {any[]} */
    const found = [];
    let before = last + 1;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const answer = await this.#ask({ type: 'history', ...target, before, limit: PAGE });
      if (answer.type !== 'history') return undefined;
      found.unshift(...answer.messages.filter((/** @type {any} */ { seq }) => seq > after));
      before = answer.messages[0]?.seq ?? 0;
      if (before <= after + 1) return before > 0 ? found : undefined;
      if (!answer.more) return undefined;
    }
    return undefined;
  }

  /**
   * @param {string} room in any spelling that was joined
   * @returns {Feed | undefined}
   */
  #feedOf(room) {
    return this.#feeds.get(`room:${this.#names.get(room) ?? room}`);
  }

  /** A room's name is known when it is joined, so leaves wait for joins that are on their way. */
  #leaveNow() {
    if (this.#joining > 0) return;
    for (const { tab, leave: { id, room } } of this.#leaves.splice(0)) {
      this.#feedOf(room)?.readers.delete(tab);
      tab.send({ type: 'left', id, room });
    }
    this.#leaveEmptyRooms();
  }

  #leaveEmptyRooms() {
    if (this.#joining > 0) return;
    for (const [key, { target, readers }] of this.#feeds) {
      if (readers.size > 0 || target.room === undefined || key === LOBBY) continue;
      this.#feeds.delete(key);
      // Where it fails, its messages come, and are dropped.
      this.#ask({ type: 'leave', room: target.room });
    }
  }

  // ---- Everything else

  /** @param {any} message */
  #receiveUnasked(message) {
    switch (message.type) {
      case 'presence':
      case 'typing':
        this.#tellReaders(message);
        break;
      case 'read':
        this.#marked(message);
        this.#tellReaders(message);
        break;
      case 'left':
        this.#tellReaders(message);
        this.#feeds.delete(`room:${message.room}`);
        break;
      case 'metric':
        this.#tellSubscribers(message);
        break;
      case 'pong':
        break;
      default:
        this.#tellAll(message);
    }
  }

  /** @param {any} message */
  #tellReaders(message) {
    for (const tab of this.#feeds.get(channelKey(message) ?? '')?.readers.keys() ?? []) tab.send(message);
  }

  /**
   * @param {any} message
   * @param {Tab} [but]
   */
  #tellAll(message, but) {
    for (const tab of this.#tabs) if (tab !== but) tab.send(message);
  }

  /** @param {any} mark */
  #marked({ username, guest, seq, ...target }) {
    const feed = this.#feeds.get(channelKey(target) ?? '');
    if (feed?.unread === undefined || !this.#isOwn(username, guest)) return;
    feed.unread = Math.min(feed.unread, Math.max(0, feed.position.seq - seq));
  }

  /** @param {any} metric */
  #tellSubscribers(metric) {
    /** @type {Set<Tab>} */
    const told = new Set();
    for (const [pattern, tabs] of this.#subscribers) {
      if (matches(pattern, metric.metricId)) for (const tab of tabs) told.add(tab);
    }
    for (const tab of told) tab.send(metric);
  }

  /**
   * @param {Tab} tab
   * @param {string} metricId
   */
  #unsubscribe(tab, metricId) {
    if (this.#forget(tab, metricId)) this.#ask({ type: 'unsubscribe', metricId });
  }

  /**
   * @param {Tab} tab
   * @param {string} metricId
   * @returns {boolean} whether it was the last one that wanted it
   */
  #forget(tab, metricId) {
    const tabs = this.#subscribers.get(metricId);
    return Boolean(tabs?.delete(tab)) && tabs?.size === 0 && this.#subscribers.delete(metricId);
  }

  /**
   * @param {Tab} tab
   * @param {any} message
   */
  #announceUpload(tab, message) {
    if (this.#upload) {
      tab.send({ type: 'error', id: message.id, code: 'rate_limited', retryAfter: UPLOAD_RETRY_MILLIS,
        message: 'Another tab sends a file.' });
      return;
    }
    this.#upload = { tab, id: message.id };
    this.#forward(tab, message);
  }

  /** @param {ArrayBuffer} frame */
  #receiveBinary(frame) {
    const { room } = decodeBinary(frame);
    for (const tab of this.#feeds.get(`room:${room}`)?.readers.keys() ?? []) if (tab.wantsBinary) tab.sendFrame(frame);
  }
}

/**
 * @param {Tab} tab
 * @param {Feed} feed
 * @param {any[]} missed
 */
function goLive(tab, { readers }, missed) {
  const held = readers.get(tab);
  // It may have gone, or been taken out of the room.
  if (!held) return;
  readers.set(tab, undefined);
  for (const message of [...missed, ...held]) tab.send(message);
}

/**
 * @param {string} pattern exact, or ending in `*`
 * @param {string} metricId
 */
function matches(pattern, metricId) {
  return pattern.endsWith('*') ? metricId.startsWith(pattern.slice(0, -1)) : metricId === pattern;
}
