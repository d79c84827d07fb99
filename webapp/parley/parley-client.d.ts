// The public API of the browser client of Parley. `src/docs/protocol.md` is the contract on the wire behind it.

/**
 * Starts a client, which connects at once (unless `startClosed`) and stays connected by itself until `close()` or
 * `destroy()`, or until the server says to stay away.
 *
 *     import { connect } from './parley/parley-client.js';
 *     const client = connect({ url: 'chat', username: 'visitor' });
 *     const room = client.join('lobby');
 *     room.on('message', ({ sender, content }) => console.log(`${sender}: ${content}`));
 *     await room.chat('你好');
 *
 * @throws {CredentialError} at once, where a value in the options is of the wrong kind
 */
export function connect(options: ConnectOptions): ParleyClient;

/** A value, or a function that is asked before each attempt and may return a promise of the value. */
export type Source<T> = T | ((attempt: Attempt) => T | PromiseLike<T>);

/** What a function of the options is told. */
export interface Attempt {
  /** Attempts that failed since the last connection, from 0. */
  readonly attempt: number;
  /** Aborted when the answer is no longer wanted: the deadline is over, or the client was closed. */
  readonly signal: AbortSignal;
}

/** Who somebody is: a user with a token or a ticket, or a guest. */
export interface SignIn {
  /**
   * The user's JWT. The client exchanges it for a ticket before each attempt, since a browser cannot send it with the
   * handshake. A function is also asked to renew the token on the open connection, before it expires. Without token and
   * ticket the client connects as a guest; a `token` that is there and `undefined` is an error, not a guest.
   */
  token?: Source<string>;
  /** The same as `token`. */
  getToken?: Source<string>;
  /** A one-time ticket, from a server of yours that holds the token. Use a function: each attempt needs a new one. */
  ticket?: Source<string>;
  /** The same as `ticket`. */
  getTicket?: Source<string>;
  /** Name of a guest; with a token or ticket, if given, it must be the user's. */
  username?: Source<string>;
}

/**
 * `url`, `token`, `ticket` and `username` may each be a value, a function or an async function. A function whose
 * result is of the wrong kind (`undefined`, an object, an empty text) stops the client with a sentence that says what
 * was got. A function that throws or rejects counts as an attempt that failed: the client tries again later.
 */
export interface ConnectOptions extends SignIn {
  /**
   * Address of an endpoint: `wss://HOST/chat` (everything) or `wss://HOST/monitor` (metrics alone). `http` and `https`
   * are taken for `ws` and `wss`; in a page the address may be relative to the page. Asked anew for each attempt.
   */
  url: Source<string | URL>;
  /** True: begins in state `IDLE` and connects at `open()`. */
  startClosed?: boolean;
  /** Where to go on in each channel, for instance from a client of an earlier page; see `ParleyClient.positions`. */
  positions?: Positions;
  /** Delays between attempts; see {@link BackoffOptions}. */
  backoff?: BackoffOptions;
  /** Attempts that may fail in a row before the client stops; by default without end. */
  maxRetries?: number;
  /** Deadline of one attempt in ms, from the first question for a URL or token to the `welcome`. Default 15,000. */
  connectionTimeout?: number;
  /** Deadline of a request (`history`, `subscribe`, …) in ms, waiting for the connection included. Default 15,000. */
  requestTimeout?: number;
  /** Bounds of what waits for its ack; see {@link QueueOptions}. */
  queue?: QueueOptions;
  /** True: asks for binary payloads of others in `login`; see `sendBinary`. */
  binary?: boolean;
  /** Heartbeat in ms instead of what the `welcome` says. */
  heartbeat?: { interval?: number; timeout?: number };

  /** Constructor of the WebSocket. Default: the global one (browsers, Node 22). */
  WebSocket?: WebSocketConstructor;
  /** Default: the global one. */
  fetch?: typeof fetch;
  /**
   * Where unacknowledged messages and a guest's secret survive a reload. Default: the tab's `sessionStorage`; in Node
   * and in pages that may not store anything, memory. `null`: memory. With `localStorage`, let one client of a user be
   * alive at a time.
   */
  storage?: SimpleStorage | null;
  /** Time and timers, for tests. */
  clock?: Clock;
  /** From 0 to below 1, for tests. Default: `Math.random`. */
  random?: () => number;
  /**
   * Where the events of the page come from (`online`, `pagehide`, `visibilitychange`, …). Default: the global
   * `window`, if there is one. `null`: none.
   */
  window?: (EventTarget & { document?: EventTarget & { visibilityState?: string } }) | null;
  /**
   * False: WebSockets only. Default true: where the server answers and two WebSockets in a row do not open, a user with
   * a token is connected by server-sent events and POST. `ParleyClient.transport` is `http` then. A WebSocket is
   * tried again after a minute, then after twice as long each time, up to an hour. Without it there are no typing, read
   * marks, presence, metrics, uploads, binary payloads and messages of more than 64 KiB of JSON; see
   * {@link OutboundQueue}.
   */
  fallback?: boolean;
  /**
   * True: all tabs of this browser that have a token of the same user with the same roles, for the same address, have
   * one connection together, in a SharedWorker. Each has states, rooms, positions and messages of its own; `close()` and
   * `destroy()` end its own share alone. Guests, users with a `ticket`, and browsers or pages without SharedWorkers have
   * a connection of their own in each tab as before.
   *
   * Default false, since it is not the same in everything: `typing` and binary payloads do not come to the tabs of the
   * one who sends them; the tabs have the rates of one session together; and the worker's script has to come from the
   * page's own origin, which a bundler or a Content-Security-Policy (`worker-src`) may have to be told. Not together
   * with `WebSocket`, `fetch` or `connector`.
   */
  shared?: boolean;
  /**
   * Opens the transport of one attempt. Default: a WebSocket with a ticket, with the `fallback`. Whatever has the shape
   * of a WebSocket will do; it is responsible for the credential.
   */
  connector?: Connector;
}

/** The delays between attempts to connect. */
export interface BackoffOptions {
  /** Bound of the first delay in ms. Default 1,000. */
  minDelay?: number;
  /** Bound of all delays in ms. Default 30,000. */
  maxDelay?: number;
  /** Factor from one bound to the next. Default 2. */
  growFactor?: number;
  /** False: the delay is its bound. Default true: any time up to it, so that clients do not come back together. */
  jitter?: boolean;
}

/** How much may wait for its ack, and how long. */
export interface QueueOptions {
  /** Messages without an ack; one more is refused with `queue_full`. Default 1,000. */
  maxMessages?: number;
  /** Their bytes of JSON together. Default 4 MiB. */
  maxBytes?: number;
  /**
   * Age in ms after which a message that is not acknowledged fails with `expired`. Default and most: 12 hours, since
   * the server recognises a repeated id for 24.
   */
  maxAge?: number;
}

/** What of a `Storage` the client needs. */
export interface SimpleStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Time and timers, so that tests need not wait. */
export interface Clock {
  /** ms, as `Date.now()`. */
  now(): number;
  setTimeout(callback: () => void, millis: number): unknown;
  clearTimeout(timer: any): void;
}

/** The part of a WebSocket that the client uses. */
export interface WebSocketLike {
  readonly readyState: number;
  readonly bufferedAmount: number;
  binaryType: BinaryType;
  /** What carries the messages: absent of a WebSocket, otherwise shown as `ParleyClient.transport`. */
  readonly transport?: string;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: { data: any }) => void) | null;
  onclose: ((event: { code: number; reason?: string }) => void) | null;
  onerror: ((event: any) => void) | null;
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): void;
  close(code?: number, reason?: string): void;
}

/** What makes WebSockets: the global class, or a library's. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** Opens the transport of an attempt; the seam for other transports than a WebSocket. */
export interface Connector {
  /**
   * @returns a transport that is open or on its way; rejects with a {@link ConnectionError}, whose `closeCode` says
   *   whether to come back, and whose `retryAfter` when
   */
  open(request: ConnectorRequest): Promise<WebSocketLike> | WebSocketLike;
  /** Why a transport of this request closed before it was open, which a browser does not tell. */
  explain?(request: ConnectorRequest): Promise<ConnectionError>;
}

/** What one attempt wants of a connector. */
export interface ConnectorRequest extends Attempt {
  /** Of the endpoint, with `ws` or `wss`. */
  readonly url: string;
  /** Subprotocols to ask for. */
  readonly protocols: string[];
  /** The JWT, where there is one. */
  readonly token?: string;
  /** The one-time ticket, where the application gives one. */
  readonly ticket?: string;
}

// ---- The client

/**
 * - `IDLE`: not asked for yet.
 * - `CONNECTING`: one attempt is under way, from the question for the URL to the `welcome`.
 * - `OPEN`: signed in.
 * - `WAITING`: lost; the next attempt is at `retryAt`, or at once when the network or the page comes back.
 * - `CLOSED`: ended by `close()`, or for good; `error` says why. `open()` starts again.
 */
export type ConnectionState = 'IDLE' | 'CONNECTING' | 'OPEN' | 'WAITING' | 'CLOSED';

/** From one state of the connection to the next, with the reason. */
export interface StateChange {
  state: ConnectionState;
  previous: ConnectionState;
  /** Why it is not open, a sentence for people; empty where nothing is wrong. */
  reason: string;
  /** The same for programs. */
  error?: ParleyError;
  /** Time of the next attempt as `Date.now()`; 0 outside of `WAITING`, and while the page is put away. */
  retryAt: number;
}

/** Events of a {@link ParleyClient}, with the type of their detail. */
export interface ClientEvents {
  /** The state has changed. */
  state: StateChange;
  /** Signed in, or the name of this guest has changed. */
  welcome: Welcome;
  /**
   * A stored message of whichever channel: once each, in the order of its channel, also after a reconnect (except where
   * a channel's `recovery` says otherwise). `type` tells `chat`, `message` and `notification` apart.
   */
  message: StoredMessage;
  /** A `message` of type `notification`, also dispatched as `message`. */
  notification: StoredMessage;
  typing: Typing;
  presence: Presence;
  read: ReadMark;
  metric: Metric;
  binary: BinaryPayload;
  /** Let into a private room, or taken out of one. */
  created: { room: string };
  left: { room: string };
  /** The server is about to close the connection. */
  goodbye: { reason: string; reconnectAfter: number };
  /** An error that answers no call: of the server, or of a function of the options. */
  error: ParleyError;
}

/** An EventTarget whose events are CustomEvents. */
export interface TypedEventTarget<Events> {
  addEventListener<K extends keyof Events & string>(
    type: K, listener: (event: CustomEvent<Events[K]>) => void, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof Events & string>(
    type: K, listener: (event: CustomEvent<Events[K]>) => void, options?: boolean | EventListenerOptions): void;
  dispatchEvent(event: Event): boolean;
  /**
   * The shorter form: the listener gets the `detail`.
   * @returns a function that takes the listener away
   */
  on<K extends keyof Events & string>(
    type: K, listener: (detail: Events[K]) => void, options?: { signal?: AbortSignal }): () => void;
}

/** A client that stays connected, by itself, until `close()` or `destroy()`. `connect()` makes it. */
export class ParleyClient implements TypedEventTarget<ClientEvents> {
  addEventListener: TypedEventTarget<ClientEvents>['addEventListener'];
  removeEventListener: TypedEventTarget<ClientEvents>['removeEventListener'];
  dispatchEvent: TypedEventTarget<ClientEvents>['dispatchEvent'];
  on: TypedEventTarget<ClientEvents>['on'];

  /** Made by {@link connect}. */
  private constructor(options: ConnectOptions);

  readonly state: ConnectionState;
  /** Why it is not open, a sentence for people. */
  readonly reason: string;
  /** Why it is not open, with a `code`. */
  readonly error: ParleyError | undefined;
  /** When the next attempt starts, as `Date.now()`; 0 where none is planned. */
  readonly retryAt: number;
  /** Attempts that failed since the last connection. */
  readonly attempts: number;
  /** What carries the messages now: `websocket`, `http`, or what the transport of your connector calls itself. */
  readonly transport: string;
  /** The last `welcome`; it stays while the connection is away. */
  readonly welcome: Welcome | undefined;
  /** Who this client is, from the last `welcome`. */
  readonly me: Person | undefined;
  /** Roles of the user, from the last `welcome`. */
  readonly roles: readonly string[];
  /** `arraybuffer` (default) or `blob`: how `binary` events give their payload. */
  binaryType: BinaryType;
  /** What waits for its ack, and what failed. */
  readonly outgoing: OutboundQueue;
  /** Messages to this user alone. */
  readonly inbox: Inbox;
  /** Notifications to everybody. */
  readonly broadcasts: Channel;
  /** Rooms that were joined and not left. */
  readonly joinedRooms: readonly Room[];
  /** Last position of each channel that was applied. Give them to `connect` to go on from there. */
  readonly positions: Positions;

  /** Connects; in `WAITING` at once, without waiting any longer. Nothing where it is open or on its way. */
  open(): void;
  /**
   * Signs in as `who`: a guest who becomes a user, a user with a new token where `token` is no function, another guest.
   * In whatever state the client is, it connects anew, and asks `who` before each attempt from then on. Rooms,
   * listeners and subscriptions stay. What the one before had not got stored waits in the storage for that one, and
   * its promises are rejected (`user_changed`). A token that is given by a function needs no `login` to be renewed.
   * @returns as `whenOpen`; in `CLOSED` with `login_refused` another `login` may follow
   * @throws {CredentialError} at once, where a value in `who` is of the wrong kind; then nothing has changed
   */
  login(who: SignIn): Promise<Welcome>;
  /** Ends the connection. What is not acknowledged is kept for the next `open()`. */
  close(): void;
  /**
   * Ends the connection for good: all listeners on the page are removed, all promises that wait are rejected
   * (`destroyed`), and `open()` throws. Unacknowledged messages stay in the storage. May be called twice.
   */
  destroy(): void;
  /** Resolves in state `OPEN`; rejects with `error` in `CLOSED`, and with the signal's reason. */
  whenOpen(options?: { signal?: AbortSignal }): Promise<Welcome>;

  /**
   * Joins a room, also before the connection is open, and again after each reconnect until `leave`. Returns at once, so
   * that no message is missed before a listener is there; see `Room.whenJoined`. The same room gives the same object.
   * @param options.position where to go on, for instance from an earlier page
   */
  join(name: string, options?: { position?: Position }): Room;
  /** The room that was joined under this name, however it is spelled. */
  room(name: string): Room | undefined;
  /** The rooms that one is in or may join. Also sets `unread` of those that were joined here. */
  listRooms(): Promise<RoomEntry[]>;
  /** Makes a private room and joins it. The server makes its name out of `name`. */
  createRoom(name: string, members?: string[]): Promise<Room>;

  /** Says something in a room; joining it first is not necessary. Same as `Room.chat`. */
  chat(room: string, content: string, options?: ChatOptions): Promise<Ack>;
  /**
   * Writes to one user or guest. A name may be another guest's, or a later user's, when the message is sent. A
   * {@link Person} with `guest` is that guest alone, under whatever name, connected or not; where it is no longer
   * remembered, the message fails with `conflict`. So answer with `message(senderOf(received), …)`. Same as
   * `client.inbox.send`.
   */
  message(to: string | Person, content: string, options?: SendOptions): Promise<Ack>;
  /** Role `notify`: to one user (`to`), to a room (`room`), or to everybody. */
  notify(notification: NotificationDraft, options?: SendOptions): Promise<Ack>;

  /** Whether this user or guest sent the message. */
  isOwn(message: { sender: string; guest?: string }): boolean;

  /**
   * Live values of a metric, or of all whose name begins with what stands before a final `*`. Subscribed again after
   * each reconnect. The listener first gets the last known values, then the new ones.
   */
  subscribe(metricId: string, listener: (metric: Metric) => void, options?: { signal?: AbortSignal }): Subscription;
  /** Role `metrics`: publishes a value. Not repeated: a later value replaces it. */
  publishMetric(metricId: string, value: number, options?: { at?: Date | string }): Promise<void>;

  /**
   * Sends a file; put the attachment into a `chat`. One at a time, the others wait. Starts again from the beginning
   * after a reconnect.
   */
  upload(room: string, file: FileContent, options?: UploadOptions): Promise<Attachment>;
  /** The bytes of an attachment, with this client's credential. */
  download(attachment: Attachment, options?: { signal?: AbortSignal }): Promise<Blob>;
  /** An address of an attachment that the browser opens by itself, good for one use within 30 s. */
  attachmentUrl(attachment: Attachment, options?: { signal?: AbortSignal }): Promise<string>;

  /**
   * A small live payload to the sessions in a room that asked for it (`binary: true`). Not stored, not repeated,
   * without an order against stored messages.
   * @returns false where it was not sent: not open, an upload is under way, or too much waits already
   * @throws {ParleyError} where it can never be sent (`too_long`, `bad_message`)
   */
  sendBinary(room: string, data: BinaryContent, options?: { mediaType?: string }): boolean;

  /** Sends a message of the protocol that needs no answer, if the connection is open. */
  send(message: { type: string; [field: string]: unknown }): boolean;
  /** Sends a message of the protocol and gives its answer; waits for the connection up to `requestTimeout`. */
  request(message: { type: string; [field: string]: unknown }): Promise<any>;
}

// ---- Channels

/** Events of a {@link Channel}, with the type of their detail. */
export interface ChannelEvents {
  /** A stored message of this channel, once and in order. */
  message: StoredMessage;
  /** From here on this channel is read; `recovered: false` with `isFirst: false` means: reload it by `history`. */
  recovery: Recovery;
  /** Somebody's read mark. */
  read: ReadMark;
  /** `unread` has changed. */
  unread: number | undefined;
}

/** How a channel goes on after the connection was made. */
export interface Recovery {
  /** True: what was missed since the last message follows. False: the channel goes on at `position`. */
  recovered: boolean;
  /** Whether this object was never opened before. */
  isFirst: boolean;
  position: Position;
}

/** A stored log: a room, the inbox or the broadcasts. */
export class Channel implements TypedEventTarget<ChannelEvents> {
  addEventListener: TypedEventTarget<ChannelEvents>['addEventListener'];
  removeEventListener: TypedEventTarget<ChannelEvents>['removeEventListener'];
  dispatchEvent: TypedEventTarget<ChannelEvents>['dispatchEvent'];
  on: TypedEventTarget<ChannelEvents>['on'];
  protected constructor();

  /** As maps of positions name it: `room:NAME`, `inbox` or `broadcast`. */
  readonly key: string;
  /** Last message that was applied. */
  readonly position: Position | undefined;
  /** Of the last opening: whether nothing is missing; undefined before the first. */
  readonly recovered: boolean | undefined;
  /** Messages of others after the read mark; undefined while it is not known (a joined room before `listRooms`). */
  readonly unread: number | undefined;

  /** Stored messages in `seq` order, the newest or those before a `seq`. */
  history(options?: { before?: number; limit?: number }): Promise<History>;
  /**
   * Stored messages that hold a text in their content or title, in `seq` order: the newest, or those before a `seq`.
   * The server looks at so many messages at a time; while `more` is true, search on before `searched`.
   */
  search(text: string, options?: { before?: number; limit?: number }): Promise<SearchResult>;
  /**
   * Marks as read up to a `seq`, by default up to the newest message. May be called for each message that is shown:
   * marks are merged, and sent again after a reconnect.
   */
  read(seq?: number): Promise<void>;
}

/** Messages and notifications to this user or guest alone. */
export class Inbox extends Channel {
  /** Writes to one user or guest; see `ParleyClient.message`. */
  send(to: string | Person, content: string, options?: SendOptions): Promise<Ack>;
}

/**
 * - `JOINING`: asked for, or waiting for the connection to join again.
 * - `JOINED`: live.
 * - `REFUSED`: `error` says why; `join()` tries again.
 * - `LEFT`: by `leave()`, or taken out by its owner.
 */
export type RoomState = 'JOINING' | 'JOINED' | 'REFUSED' | 'LEFT';

/** Events of a {@link Room}, with the type of their detail. */
export interface RoomEvents extends ChannelEvents {
  state: { state: RoomState; previous: RoomState; error?: ParleyError };
  /** `present` or `count` has changed. */
  presence: Presence;
  typing: Typing;
  binary: BinaryPayload;
}

/** A room, from `join()` to `leave()`, over all connections in between. */
export class Room extends Channel implements TypedEventTarget<RoomEvents> {
  addEventListener: TypedEventTarget<RoomEvents>['addEventListener'];
  removeEventListener: TypedEventTarget<RoomEvents>['removeEventListener'];
  on: TypedEventTarget<RoomEvents>['on'];
  private constructor();
  /** As the server writes it, from the first `joined` on. */
  readonly name: string;
  readonly state: RoomState;
  readonly error: ParleyError | undefined;
  /** Who is connected, the first 100 and those who came since; fewer than `count` in a large room. */
  readonly present: readonly Person[];
  /** How many are connected. */
  readonly count: number;

  /** Resolves in state `JOINED`; rejects in `REFUSED` and `LEFT`. */
  whenJoined(): Promise<Room>;
  /** After `REFUSED` or `LEFT`: joins again. */
  join(): void;
  /** Leaves. The object stays, without events, until `join()`. */
  leave(): Promise<void>;
  chat(content: string, options?: ChatOptions): Promise<Ack>;
  /** Tells the others that somebody is writing; at most once in 3 s, more calls do nothing. */
  typing(): void;
  /** Asks who is connected, the first 100. */
  presence(): Promise<{ present: Person[]; count: number }>;
  /** Asks who may read a private room, connected or not. Only a member is told; others get `no_such_room`. */
  members(): Promise<Members>;
  /** Lets a user into a private room. */
  invite(username: string): Promise<void>;
  /** Takes a user, or oneself, out of a private room. */
  remove(username: string): Promise<void>;
  upload(file: FileContent, options?: UploadOptions): Promise<Attachment>;
  sendBinary(data: BinaryContent, options?: { mediaType?: string }): boolean;
}

// ---- What is on its way

/** Choices for one message. */
export interface SendOptions {
  /** 1-64 characters of `A-Za-z0-9_-`, random. Who repeats an id after a crash sends the message once. */
  id?: string;
  /** For a long message: bytes handed to the network, and all. */
  onProgress?: (progress: Progress) => void;
}

/** Choices for one message to a room. */
export interface ChatOptions extends SendOptions {
  attachment?: Attachment;
}

/** Choices for one file. */
export interface UploadOptions {
  /** Default: the name of a `File`. */
  name?: string;
  /** Default: the type of a `Blob`, else `application/octet-stream`. */
  mediaType?: string;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** Bytes that the network has taken, of all. */
export interface Progress {
  sent: number;
  total: number;
}

/** A message that is not acknowledged. */
export interface OutboundEntry {
  readonly id: string;
  /** The message without its id. */
  readonly message: Draft;
  /** ISO 8601, by this device's clock. */
  readonly createdAt: string;
  /**
   * `waiting` for the connection, its turn or, if it is long, a WebSocket; `sent` and not acknowledged; or `failed` for
   * good, with an `error`.
   */
  readonly state: 'waiting' | 'sent' | 'failed';
  readonly error?: ParleyError;
  /** Of a long message that is on its way. */
  readonly progress?: Progress;
}

/** Events of an {@link OutboundQueue}, with the type of their detail. */
export interface OutboundEvents {
  /** `entries` has changed. */
  change: readonly OutboundEntry[];
  /** A message was stored. */
  acked: { entry: OutboundEntry; ack: Ack };
  /** A message failed; `entry.error` says why. */
  failed: OutboundEntry;
}

/**
 * The messages of this user that must not get lost, in the order in which they were written. Each stays until its ack
 * and is sent again with its id after each reconnect, also after a reload of the page. Kept for each user apart. Failed
 * messages stay, the newest 100 of them, until `retry` or `discard`.
 *
 * While the connection is by HTTP, a message of more than 64 KiB of JSON is refused at once (`too_long`). One that was
 * taken in before waits for a WebSocket, and the later ones to the same room or person wait behind it, so that their
 * order holds; those to others go on. It waits no longer than any message (`maxAge`), and then those behind it go.
 */
export class OutboundQueue implements TypedEventTarget<OutboundEvents> {
  addEventListener: TypedEventTarget<OutboundEvents>['addEventListener'];
  removeEventListener: TypedEventTarget<OutboundEvents>['removeEventListener'];
  dispatchEvent: TypedEventTarget<OutboundEvents>['dispatchEvent'];
  on: TypedEventTarget<OutboundEvents>['on'];
  private constructor();
  readonly entries: readonly OutboundEntry[];
  /** Sends a failed message again, behind the others. */
  retry(id: string): Promise<Ack>;
  /** Forgets a failed message, or one that waits and was never sent. */
  discard(id: string): boolean;
}

/** A subscription to metrics; `unsubscribe` ends it. */
export interface Subscription {
  readonly metricId: string;
  /** Resolves when the server has subscribed; `message` says where no value has come yet. Rejects when it refuses. */
  readonly ready: Promise<{ metrics: Metric[]; message?: string }>;
  unsubscribe(): void;
}

// ---- Messages (protocol.md has the whole of each)

/** A user, or a guest with its tag. */
export interface Person {
  username: string;
  guest?: string;
}

/** A place in a channel: the message `seq`, in the `epoch` of that log. In another epoch it means nothing. */
export interface Position {
  epoch: string;
  seq: number;
}

/** By `room:NAME`, `inbox` and `broadcast`. */
export type Positions = Record<string, Position>;

/** What the server says at the beginning of a session. */
export interface Welcome extends Person {
  type: 'welcome';
  session: string;
  roles: string[];
  protocol: string;
  heartbeat: { interval: number; timeout: number };
  /**
   * `binary`: bytes of the longest `sendBinary`; absent or 0: none. `chunks: false`, by HTTP: the JSON of a message has
   * to fit into a frame; otherwise long ones go in chunks.
   */
  limits: { frame: number; message: number; rate: number; burst: number; binary?: number; chunks?: boolean };
  /** ms until the token expires. */
  expiresIn?: number;
  channels: Record<string, { position: Position; recovered: boolean; unread: number }>;
}

/** A message of a channel, which everybody who may read it gets with the same `seq`. */
export interface StoredMessage {
  type: 'chat' | 'message' | 'notification';
  id: string;
  /** The channel is one of `room`, `inbox` and `broadcast`. */
  room?: string;
  inbox?: true;
  broadcast?: true;
  seq: number;
  sender: string;
  /** Tag of a guest. */
  guest?: string;
  content: string;
  /** ISO 8601, UTC. For people; the order is `seq`. */
  sentAt: string;
  attachment?: Attachment;
  to?: string;
  toGuest?: string;
  title?: string;
  level?: 'info' | 'warning' | 'critical';
}

/** Where a message of this client is stored. */
export interface Ack {
  id: string;
  room?: string;
  inbox?: true;
  broadcast?: true;
  seq: number;
  sentAt: string;
}

/** A file that the server has, to be put into a `chat`. */
export interface Attachment {
  id: string;
  name: string;
  mediaType: string;
  size: number;
  /** Relative to the application. */
  href: string;
}

/** A message as it is sent, without its id. */
export interface Draft {
  type: 'chat' | 'message' | 'notification';
  content: string;
  room?: string;
  to?: string;
  /** Of a `message`: tag of the guest that `to` names. */
  toGuest?: string;
  title?: string;
  level?: 'info' | 'warning' | 'critical';
  attachment?: Attachment;
}

/** A notification to a user (`to`), a room (`room`) or, without both, everybody. */
export interface NotificationDraft {
  content: string;
  title?: string;
  level?: 'info' | 'warning' | 'critical';
  to?: string;
  room?: string;
}

/** A page of stored messages, in `seq` order. */
export interface History {
  messages: StoredMessage[];
  /** `seq` of the oldest message that is still stored. */
  oldest: number;
  /** Whether older messages are stored. */
  more: boolean;
}

/** The messages found in the part of the history that was looked at. */
export interface SearchResult extends History {
  /** `seq` of the oldest message that was looked at. */
  searched: number;
}

/** A room that one is in or may join. */
export interface RoomEntry {
  room: string;
  joined: boolean;
  unread: number;
}

/** Who is connected in a room: `present` are all, or the first 100; `joined` and `left` are a change. */
export interface Presence {
  room: string;
  count: number;
  present?: Person[];
  joined?: Person[];
  left?: Person[];
}

/** Who may read a private room, by user name. */
export interface Members {
  /** Lets others in and takes them out. */
  owner: string;
  /** All of them, the owner too. Whoever never signed in is in lower case. */
  members: string[];
}

/** Somebody is writing. */
export interface Typing extends Person {
  room: string;
}

/** Somebody has read a channel up to `seq`. */
export interface ReadMark extends Person {
  room?: string;
  inbox?: true;
  broadcast?: true;
  seq: number;
}

/** A value of a metric. */
export interface Metric {
  metricId: string;
  value: number;
  /** ISO 8601, UTC. */
  at: string;
}

/** A live payload of somebody in a room. */
export interface BinaryPayload {
  room: string;
  sender: string;
  guest?: string;
  mediaType: string;
  /** By `binaryType`. */
  data: ArrayBuffer | Blob;
}

/** What `sendBinary` takes. */
export type BinaryContent = ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;
/** What `upload` takes. */
export type FileContent = File | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** Tells a person from all others: guests may share a name. */
export function personKey(person: Person): string;
/** The sender of a stored message as a person. */
export function senderOf(message: { sender: string; guest?: string }): Person;

// ---- Errors

/**
 * What went wrong: `message` is a sentence for people, `code` is for programs. The codes of the server are those of
 * protocol.md ("Errors"); the subclasses name the client's own.
 */
export class ParleyError extends Error {
  constructor(message: string, code: string, details?: { retryAfter?: number; closeCode?: number; cause?: unknown });
  readonly code: string;
  /** ms after which to try again, where the server says so. */
  readonly retryAfter: number | undefined;
  /** Close code of the WebSocket, or the one that means the same. */
  readonly closeCode: number | undefined;
}

/** The server answered with an `error`. */
export class ServerError extends ParleyError {}

/**
 * The connection is not there, or went away: `disconnected`, `timeout`, `unreachable`, `closed`, `destroyed`, `refused`
 * (404, a redirect, …), `forbidden`, `guests_refused`, `websocket_failed`, `max_retries`, `suspended`, `signing_in`,
 * or the name of a close code (`slow_consumer`, `replaced`, `revoked`, …).
 */
export class ConnectionError extends ParleyError {}

/**
 * The application gave something that is no URL, token, ticket, username or option: `bad_url`, `bad_token`,
 * `bad_ticket`, `bad_username`, `bad_option`; or `token_failed`, … where its function failed (`cause`).
 */
export class CredentialError extends ParleyError {}

/**
 * A message is not on its way any more: `queue_full`, `expired`, `too_long`, `duplicate` (an id that is on its way
 * already), `discarded`, `user_changed`; or in an `error` event `storage_full`.
 */
export class QueueError extends ParleyError {}
