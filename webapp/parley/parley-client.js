import { Channel, Inbox } from './client/channels/channel.js';
import { personKey, senderOf } from './client/channels/people.js';
import { ChannelPositions, channelKey } from './client/channels/positions.js';
import { ReadMarks } from './client/channels/read-marks.js';
import { RoomList } from './client/channels/room-list.js';
import { Room } from './client/channels/room.js';
import { Credentials } from './client/connection/credentials.js';
import { GuestSecret } from './client/connection/guest-secret.js';
import { HttpApi, beside } from './client/connection/http-api.js';
import { PageLifecycle } from './client/connection/page-lifecycle.js';
import { PersistentConnection } from './client/connection/persistent-connection.js';
import { TokenRenewal } from './client/connection/token-renewal.js';
import { WebSocketConnector } from './client/connection/websocket-connector.js';
import {
  ConnectionError, CredentialError, ParleyError, QueueError, ServerError, destroyedError,
} from './client/errors.js';
import { badOption, describe, readOptions } from './client/options.js';
import { PendingRequests } from './client/pending-requests.js';
import { decodeBinary, encodeBinary, sizeOf } from './client/sending/binary-frames.js';
import { OutboundQueue } from './client/sending/outbound-queue.js';
import { QueueStorage } from './client/sending/queue-storage.js';
import { Uploads } from './client/sending/uploads.js';
import { Subscriptions } from './client/subscriptions.js';
import { TypedEvents } from './client/typed-events.js';
import { FallbackConnector } from './http/fallback-connector.js';
import { SharedConnector, startWorker } from './shared/shared-connector.js';

export {
  Channel, ConnectionError, CredentialError, Inbox, OutboundQueue, ParleyError, QueueError, Room, ServerError,
  personKey, senderOf,
};

/**
 * @typedef {import('./parley-client.js').Ack} Ack
 * @typedef {import('./parley-client.js').Attachment} Attachment
 * @typedef {import('./parley-client.js').Attempt} Attempt
 * @typedef {import('./parley-client.js').ConnectOptions} ConnectOptions
 * @typedef {import('./parley-client.js').Metric} Metric
 * @typedef {import('./parley-client.js').SendOptions} SendOptions
 * @typedef {import('./parley-client.js').StateChange} StateChange
 * @typedef {import('./parley-client.js').Welcome} Welcome
 */

const STORED = new Set(['chat', 'message', 'notification']);
/** A live payload that would have to wait behind more than this is not live. */
const BINARY_BUFFERED_MAX = 256 * 1024;

/**
 * Starts a client, which connects at once (unless `startClosed`) and stays connected by itself.
 * @param {ConnectOptions} options
 * @returns {ParleyClient}
 */
export function connect(options) {
  const client = new ParleyClient(options);
  if (!options.startClosed) client.open();
  return client;
}

/** A client that stays connected. `parley-client.d.ts` describes its events. */
export class ParleyClient extends TypedEvents {
  #settings;
  #credentials;
  #http;
  /** What the connection begins with, unless the application gives its own. @type {WebSocketConnector | undefined} */
  #webSockets;
  #connection;
  #lifecycle;
  #renewal;
  #requests;
  #rooms;
  #uploads;
  #subscriptions;
  #marks;
  #positions;
  /** @type {Welcome | undefined} */
  #welcome;
  /** The user and the server whose messages are sent. @type {string | undefined} */
  #owner;
  #isDestroyed = false;
  /** Aborted by `destroy`. */
  #end = new AbortController();
  /** @type {BinaryType} */
  #binaryType = 'arraybuffer';

  /**
   * @internal use {@link connect}
   * @param {ConnectOptions} options
   */
  constructor(options) {
    super();
    const settings = this.#settings = readOptions(options);
    this.#credentials = new Credentials(options);
    this.#http = new HttpApi(settings.fetch);
    this.#connection = new PersistentConnection({
      settings,
      credentials: this.#credentials,
      connector: settings.connector ?? this.#ownConnector(),
      guestSecret: (url) => new GuestSecret(settings.storage, applicationOf(url)),
      login: () => this.#login(),
    }, {
      stateChanged: (change) => this.#stateChanged(change),
      welcomed: (welcome) => this.#welcomed(welcome),
      received: (message) => this.#received(message),
      receivedBinary: (frame) => this.#receivedBinary(frame),
      released: (error) => this.#released(error),
    });
    const report = (/** @type {ParleyError} */ error) => this.emit('error', error);
    this.#positions = new ChannelPositions(settings.positions);
    this.#requests = new PendingRequests(settings, (message) => this.#send(message));
    this.#marks = new ReadMarks(settings, this.#requests);
    this.#owner = this.#expectedOwner();
    this.outgoing = new OutboundQueue(settings, this.#connection, new QueueStorage(settings.storage), this.#owner);
    this.#uploads = new Uploads(settings, this.#connection);
    this.#subscriptions = new Subscriptions(settings, this.#requests, report);
    this.#renewal = new TokenRenewal(settings, (signal) => this.#renew(signal), report);
    const dependencies = {
      settings, requests: this.#requests, positions: this.#positions, marks: this.#marks, outgoing: this.outgoing,
      uploads: this.#uploads,
      isOwn: (/** @type {any} */ message) => this.isOwn(message),
      send: (/** @type {any} */ message) => this.#send(message),
      sendBinary: (/** @type {string} */ room, /** @type {any} */ data, /** @type {any} */ choices) =>
        this.sendBinary(room, data, choices),
    };
    this.#rooms = new RoomList(dependencies);
    this.inbox = new Inbox(dependencies, { inbox: true });
    this.broadcasts = new Channel(dependencies, { broadcast: true });
    if ('onFailure' in settings.storage) {
      settings.storage.onFailure = (/** @type {unknown} */ cause) => report(new QueueError('The messages on their way'
        + ` will not survive a reload, since the storage does not take them: ${cause}`, 'storage_full', { cause }));
    }
    this.#lifecycle = settings.window ? new PageLifecycle(settings.window, this.#connection) : undefined;
  }

  get state() {
    return this.#connection.state;
  }

  /** Why it is not open, a sentence for people. */
  get reason() {
    return this.error?.message ?? '';
  }

  /** Why it is not open, with a `code`. */
  get error() {
    return this.#connection.error;
  }

  /** When the next attempt starts, as `Date.now()`; 0 where none is planned. */
  get retryAt() {
    return this.#connection.retryAt;
  }

  /** Attempts that failed since the last connection. */
  get attempts() {
    return this.#connection.failures;
  }

  /** What carries the messages now. */
  get transport() {
    return this.#connection.transport;
  }

  /** The last `welcome`; it stays while the connection is away. */
  get welcome() {
    return this.#welcome;
  }

  /** @returns {import('./parley-client.js').Person | undefined} who this client is, from the last `welcome` */
  get me() {
    return this.#welcome && { username: this.#welcome.username, guest: this.#welcome.guest };
  }

  /** @returns {readonly string[]} */
  get roles() {
    return this.#welcome?.roles ?? [];
  }

  /** How `binary` events give their payload. */
  get binaryType() {
    return this.#binaryType;
  }

  set binaryType(type) {
    if (type !== 'arraybuffer' && type !== 'blob') {
      throw badOption(`binaryType is 'arraybuffer' or 'blob', not '${type}'.`);
    }
    this.#binaryType = type;
  }

  /** @returns {readonly Room[]} */
  get joinedRooms() {
    return this.#rooms.joined;
  }

  /** Last position of each channel that was applied. */
  get positions() {
    return this.#positions.toWire();
  }

  /** Connects; in `WAITING` at once, without waiting any longer. */
  open() {
    if (this.#isDestroyed) throw destroyedError();
    this.#webSockets?.assertUsable();
    this.#connection.open();
  }

  /**
   * Signs in as somebody else, or with another token: connects anew, in whatever state the client is.
   * @param {import('./parley-client.js').SignIn} who
   * @returns {Promise<Welcome>} as `whenOpen`
   */
  login(who) {
    if (this.#isDestroyed) throw destroyedError();
    this.#webSockets?.assertUsable();
    this.#credentials.replace(who);
    this.#connection.restart();
    return this.whenOpen();
  }

  /** Ends the connection. What is not acknowledged is kept for the next `open()`. */
  close() {
    this.#connection.close();
  }

  /** Ends the connection for good, and gives back all that the client holds. May be called twice. */
  destroy() {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#lifecycle?.destroy();
    this.#connection.close();
    const error = destroyedError();
    this.#end.abort(error);
    this.outgoing.destroy();
    this.#uploads.destroy();
    this.#marks.destroy();
    this.#subscriptions.destroy();
    this.#requests.closed(error);
    this.#rooms.destroy(error);
  }

  /**
   * Resolves in state `OPEN`; rejects with `error` in `CLOSED`, and with the signal's reason.
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Welcome>}
   */
  whenOpen({ signal } = {}) {
    const promise = new Promise((/** @type {any} */ resolve, reject) => {
      const done = new AbortController();
      const settle = (/** @type {() => void} */ how) => {
        done.abort();
        how();
      };
      const look = () => {
        if (this.state === 'OPEN') settle(() => resolve(this.#welcome));
        else if (this.state === 'CLOSED') settle(() => reject(this.error ?? closedError()));
      };
      for (const end of [signal, this.#end.signal]) {
        if (end?.aborted) settle(() => reject(end.reason));
        end?.addEventListener('abort', () => settle(() => reject(end.reason)), { signal: done.signal });
      }
      this.addEventListener('state', look, { signal: done.signal });
      look();
    });
    // Whoever does not wait for it learns of it by `state`.
    promise.catch(() => {});
    return promise;
  }

  /**
   * Joins a room, now and after each reconnect, until it is left.
   * @param {string} name
   * @param {{position?: import('./parley-client.js').Position}} [options]
   * @returns {Room}
   */
  join(name, { position } = {}) {
    if (this.#isDestroyed) throw destroyedError();
    if (typeof name !== 'string' || name === '') {
      throw badOption(`The name of a room is a text, not ${describe(name)}.`);
    }
    return this.#rooms.add(name, position);
  }

  /**
   * The room that was joined under this name, however it is spelled.
   * @param {string} name
   * @returns {Room | undefined}
   */
  room(name) {
    return this.#rooms.find(name);
  }

  /**
   * The rooms that one is in or may join.
   * @returns {Promise<import('./parley-client.js').RoomEntry[]>}
   */
  async listRooms() {
    const { rooms } = await this.#requests.start({ type: 'rooms' }, { onAnswer: (answer) => {
      for (const { room, unread } of answer.rooms) {
        for (const joined of this.#rooms.named(room)) joined.setUnread(unread);
      }
    } });
    return rooms;
  }

  /**
   * Makes a private room and joins it.
   * @param {string} name
   * @param {string[]} [members]
   * @returns {Promise<Room>}
   */
  async createRoom(name, members) {
    const { room } = await this.#requests.start({ type: 'create', name, members });
    return this.join(room);
  }

  /**
   * Says something in a room.
   * @param {string} room
   * @param {string} content
   * @param {import('./parley-client.js').ChatOptions} [options]
   * @returns {Promise<Ack>}
   */
  chat(room, content, { attachment, ...options } = {}) {
    return this.outgoing.add({ type: 'chat', room, content, attachment }, options);
  }

  /**
   * Writes to one user or guest.
   * @param {string | import('./parley-client.js').Person} to
   * @param {string} content
   * @param {SendOptions} [options]
   * @returns {Promise<Ack>}
   */
  message(to, content, options) {
    return this.inbox.send(to, content, options);
  }

  /**
   * Role `notify`: to one user (`to`), to a room (`room`), or to everybody.
   * @param {import('./parley-client.js').NotificationDraft} notification
   * @param {SendOptions} [options]
   * @returns {Promise<Ack>}
   */
  notify({ content, title, level, to, room }, options) {
    return this.outgoing.add({ type: 'notification', content, title, level, to, room }, options);
  }

  /**
   * Whether this user or guest sent the message. A guest may have sent it under another name.
   * @param {{sender: string, guest?: string}} message
   */
  isOwn({ sender, guest }) {
    return guest === this.#welcome?.guest && (guest !== undefined || sender === this.#welcome?.username);
  }

  /**
   * Live values of a metric, or of all whose name begins with what stands before a final `*`.
   * @param {string} metricId
   * @param {(metric: Metric) => void} listener
   * @param {{signal?: AbortSignal}} [options]
   * @returns {import('./parley-client.js').Subscription}
   */
  subscribe(metricId, listener, { signal } = {}) {
    return this.#subscriptions.add(metricId, listener, signal);
  }

  /**
   * Role `metrics`: publishes a value.
   * @param {string} metricId
   * @param {number} value
   * @param {{at?: Date | string}} [options]
   */
  async publishMetric(metricId, value, { at } = {}) {
    if (!Number.isFinite(value)) throw badOption(`The value of '${metricId}' is a number, not ${describe(value)}.`);
    await this.#requests.start({ type: 'metric', metricId, value, at: at instanceof Date ? at.toISOString() : at });
  }

  /**
   * Sends a file; put the attachment into a `chat`.
   * @param {string} room
   * @param {import('./parley-client.js').FileContent} file
   * @param {import('./parley-client.js').UploadOptions} [options]
   * @returns {Promise<Attachment>}
   */
  upload(room, file, options) {
    return this.#uploads.add(room, file, options);
  }

  /**
   * The bytes of an attachment, with this client's credential.
   * @param {Attachment} attachment
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Blob>}
   */
  download(attachment, options) {
    return this.#inTime(options?.signal, async (attempt, answered) => {
      const token = await this.#credentials.token(attempt);
      const address = token ? beside(this.#url(), attachment.href) : await this.#withTicket(attachment, attempt);
      return this.#http.download(address, { token, signal: attempt.signal, answered });
    });
  }

  /**
   * An address of an attachment that the browser opens by itself, good for one use within 30 s.
   * @param {Attachment} attachment
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<string>}
   */
  attachmentUrl(attachment, options) {
    return this.#inTime(options?.signal, (attempt) => this.#withTicket(attachment, attempt));
  }

  /**
   * A small live payload to the sessions in a room that asked for it.
   * @param {string} room
   * @param {import('./parley-client.js').BinaryContent} data
   * @param {{mediaType?: string}} [options]
   * @returns {boolean} false where it was not sent
   */
  sendBinary(room, data, { mediaType } = {}) {
    const size = sizeOf(data);
    if (this.state !== 'OPEN' || !this.#welcome) return false;
    const { binary = 0, frame: frameMax } = this.#welcome.limits;
    if (binary === 0) throw new ParleyError('This server takes no binary payloads from this user.', 'forbidden');
    if (size > binary) {
      throw new ParleyError(`A binary payload may have ${binary} bytes, and this has ${size}.`, 'too_long');
    }
    const frame = encodeBinary({ room, mediaType }, data);
    if (sizeOf(frame) > frameMax) {
      throw new ParleyError(`A frame may have ${frameMax} bytes, and this would have ${sizeOf(frame)}.`, 'too_long');
    }
    if (this.#uploads.isUnderWay || this.#connection.bufferedAmount > BINARY_BUFFERED_MAX) return false;
    return this.#connection.send(frame);
  }

  /**
   * Sends a message of the protocol that needs no answer, if the connection is open.
   * @param {{type: string, [field: string]: unknown}} message
   * @returns {boolean}
   */
  send(message) {
    return this.#send(message);
  }

  /**
   * Sends a message of the protocol and gives its answer.
   * @param {{type: string, [field: string]: unknown}} message
   * @returns {Promise<any>}
   */
  request(message) {
    return this.#requests.start(message);
  }

  /** @param {object} message */
  #send(message) {
    return this.#connection.send(JSON.stringify(message));
  }

  #ownConnector() {
    const { WebSocket, fallback, shared, fetch, clock } = this.#settings;
    const webSockets = this.#webSockets = new WebSocketConnector(this.#http, WebSocket);
    const own = fallback ? new FallbackConnector(webSockets, fetch) : webSockets;
    return shared ? new SharedConnector(own, clock, (name) => startWorker(name, fallback)) : own;
  }

  /** The fields of a `login` that are not about the credential. */
  #login() {
    return {
      // The session before may still stand on the server with a dead connection; naming it ends it.
      session: this.#welcome?.session,
      positions: this.#positions.toWire(),
      binary: this.#settings.binary || undefined,
    };
  }

  /** @param {AbortSignal} signal */
  async #renew(signal) {
    const token = await this.#credentials.token({ attempt: 0, signal });
    return this.#requests.start({ type: 'login', token }, { signal });
  }

  /** @param {Welcome} welcome of a new connection */
  #welcomed(welcome) {
    this.#welcome = welcome;
    for (const [key, opened] of Object.entries(welcome.channels)) this.#positions.opened(key, opened);
    for (const key of Object.keys(this.#positions.toWire())) {
      const isWanted = key in welcome.channels || this.#rooms.joined.some((room) => room.key === key);
      if (key.startsWith('room:') && !isWanted) this.#positions.forget(key);
    }
  }

  /** @param {StateChange} change */
  #stateChanged(change) {
    if (change.state === 'CONNECTING') this.#requests.connecting();
    if (change.state === 'CLOSED') {
      this.#requests.closed(this.#isDestroyed ? destroyedError() : change.error ?? closedError());
    }
    this.emit('state', change);
    if (this.state === 'OPEN') this.#opened(/** @type {Welcome} */ (this.#welcome));
  }

  /** @param {Welcome} welcome */
  #opened(welcome) {
    const owner = ownerOf(this.#url(), welcome);
    const isSameUser = this.#owner === undefined || this.#owner === owner;
    this.#owner = owner;
    this.emit('welcome', welcome);
    this.#requests.opened(welcome.limits);
    const alwaysOpen = [this.inbox, this.broadcasts];
    // What somebody else has read says nothing about this user.
    if (!isSameUser) for (const channel of [...alwaysOpen, ...this.#rooms.joined]) channel.setUnread(undefined);
    this.#rooms.opened(welcome.channels);
    for (const channel of alwaysOpen) {
      const opened = welcome.channels[channel.key];
      if (opened) channel.opened(opened);
    }
    this.outgoing.opened(owner, welcome.limits);
    this.#uploads.opened(welcome.limits);
    this.#subscriptions.opened();
    this.#marks.opened(isSameUser);
    if (this.#credentials.hasTokenFunction) this.#renewal.start(welcome.expiresIn);
  }

  /** @param {ParleyError} error */
  #released(error) {
    this.#renewal.stop();
    this.outgoing.released();
    this.#uploads.released();
    this.#subscriptions.released();
    this.#marks.released();
    this.#requests.released(error);
    this.#rooms.released();
  }

  /** @param {any} message */
  #received(message) {
    if (STORED.has(message.type)) {
      this.#receivedStored(message);
      return;
    }
    if (message.type === 'joined') this.#positions.opened(`room:${message.room}`, message);
    else if (message.type === 'left') this.#positions.forget(`room:${message.room}`);
    else if (message.type === 'welcome') this.#introduced(message);
    else if (message.type === 'ack' && this.outgoing.settle(message)) return;
    else if (message.type === 'error' && this.outgoing.refuse(message)) return;

    if (this.#uploads.receive(message) || this.#requests.answer(message)) return;
    this.#receivedUnasked(message);
  }

  /** @param {import('./parley-client.js').StoredMessage} message */
  #receivedStored(message) {
    if (!this.#positions.advance(message)) return;
    // One's own copy proves that the message is stored, so it need not be sent again.
    if (this.isOwn(message)) this.outgoing.settle(message);
    for (const channel of this.#channelsOf(message)) channel.received(message);
    this.emit('message', message);
    if (message.type === 'notification') this.emit('notification', message);
  }

  /** @param {any} message */
  #receivedUnasked(message) {
    switch (message.type) {
      case 'presence':
        for (const room of this.#rooms.named(message.room)) room.presenceChanged(message);
        break;
      case 'typing':
        for (const room of this.#rooms.named(message.room)) room.emit('typing', message);
        break;
      case 'read': {
        const isOwn = this.isOwn({ sender: message.username, guest: message.guest });
        for (const channel of this.#channelsOf(message)) channel.marked(message, isOwn);
        break;
      }
      case 'metric':
        this.#subscriptions.receive(message);
        break;
      case 'left':
        this.#rooms.takenOut(message.room);
        break;
      case 'error':
        this.emit('error', ServerError.of(message));
        return;
      case 'welcome':
      case 'created':
      case 'goodbye':
        break;
      default:
        // Answers that came too late, and what later servers say.
        return;
    }
    this.emit(message.type, message);
  }

  /** @param {ArrayBuffer} frame */
  #receivedBinary(frame) {
    let decoded;
    try {
      decoded = decodeBinary(frame);
    } catch (error) {
      this.emit('error', error);
      return;
    }
    const { payload, room, sender, guest, mediaType } = decoded;
    const data = this.#binaryType === 'blob' ? new Blob([payload], { type: mediaType }) : payload.slice().buffer;
    const detail = { room, sender, guest, mediaType, data };
    for (const joined of this.#rooms.named(room)) joined.emit('binary', detail);
    this.emit('binary', detail);
  }

  /** @param {Welcome} welcome after a renewed token, or because this guest has another name from now on */
  #introduced(welcome) {
    this.#welcome = welcome;
  }

  /**
   * @param {{room?: string, inbox?: boolean, broadcast?: boolean}} message
   * @returns {Channel[]}
   */
  #channelsOf(message) {
    if (message.room !== undefined) return this.#rooms.named(message.room);
    return channelKey(message) === 'inbox' ? [this.inbox] : [this.broadcasts];
  }

  /**
   * Asks by HTTP, within the deadline of a request.
   * @template T
   * @param {AbortSignal | undefined} signal of the application
   * @param {(attempt: Attempt, answered: () => void) => Promise<T>} ask calls `answered` where only the bytes of a file
   *   are left to come
   * @returns {Promise<T>}
   */
  async #inTime(signal, ask) {
    const { clock, requestTimeout } = this.#settings;
    const deadline = new AbortController();
    const late = () => deadline.abort(new ConnectionError('The server did not answer in time.', 'timeout'));
    const timer = clock.setTimeout(late, requestTimeout);
    const answered = () => clock.clearTimeout(timer);
    const ends = [deadline.signal, this.#end.signal, ...(signal ? [signal] : [])];
    try {
      return await ask({ attempt: 0, signal: AbortSignal.any(ends) }, answered);
    } finally {
      answered();
    }
  }

  /**
   * @param {Attachment} attachment
   * @param {Attempt} attempt
   */
  async #withTicket(attachment, attempt) {
    const url = this.#url();
    const token = await this.#credentials.token(attempt);
    const ticket = token
      ? await this.#http.takeTicket(url, token, attempt.signal)
      : await this.#credentials.ticket(attempt);
    const address = new URL(beside(url, attachment.href));
    if (ticket) address.searchParams.set('ticket', ticket);
    return address.href;
  }

  /** @returns {string} of the endpoint, as the last attempt used it */
  #url() {
    const url = this.#connection.url ?? this.#credentials.knownUrl;
    if (url) return url;
    throw new ConnectionError('The address of the server is not known before the first attempt.', 'disconnected');
  }

  /** Whose messages are on their way, as far as that is known before the first `welcome`. */
  #expectedOwner() {
    const { knownUrl: url, knownUsername: username } = this.#credentials;
    if (!url) return undefined;
    const guest = new GuestSecret(this.#settings.storage, applicationOf(url)).tagOf(username);
    if (!this.#credentials.isGuest) return username && ownerOf(url, { username });
    return guest && ownerOf(url, { username: '', guest });
  }
}

function closedError() {
  return new ConnectionError('The client was closed.', 'closed');
}

/**
 * The application that an endpoint belongs to.
 * @param {string} url
 */
function applicationOf(url) {
  return beside(url, '.');
}

/**
 * A user of a server. A guest's name may change, its tag does not.
 * @param {string} url
 * @param {import('./parley-client.js').Person} person
 */
function ownerOf(url, { username, guest }) {
  return `${applicationOf(url)} ${guest === undefined ? username : `#${guest}`}`;
}
