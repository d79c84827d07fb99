/** A value, or a function that gives it or a promise of it. The function is asked anew for each attempt. */
export type Provided<T> = T | (() => T | Promise<T>);

/** What a `WebSocket` sends. */
export type SocketData = string | ArrayBufferLike | Blob | ArrayBufferView;

/**
 * - `IDLE`: not asked for yet (`startClosed`).
 * - `CONNECTING`: one attempt is under way.
 * - `OPEN`: connected.
 * - `CLOSING`: `close` was called; waits for the server's answer.
 * - `WAITING`: lost; tries again by itself.
 * - `CLOSED`: ended by `close`, by a close code that says to stay away, or after `maxRetries`.
 */
export type SocketState = 'IDLE' | 'CONNECTING' | 'OPEN' | 'CLOSING' | 'WAITING' | 'CLOSED';

/** Events of a {@link ReconnectingSocket}. */
export interface SocketEventMap {
  open: Event;
  message: MessageEvent;
  /** `error` has the cause where it is known; after `connectionTimeout` the message is `TIMEOUT`. */
  error: ErrorEvent;
  close: CloseEvent;
}

/** The options of `reconnecting-websocket`, and `jitter` and `shouldReconnect`. */
export interface SocketOptions {
  /** The class that connects, for Node before 22, for tests, or to wrap it. The global `WebSocket` by default. */
  WebSocket?: new (url: string, protocols?: string[]) => any;
  /** ms before the first try after a connection was lost, 1,000 by default. */
  minReconnectionDelay?: number;
  /** ms before any try at most, 10,000 by default. */
  maxReconnectionDelay?: number;
  /** By how much the delay grows with each try, 1.3 by default. */
  reconnectionDelayGrowFactor?: number;
  /** `true`, the default: each delay is a random part of that (full jitter). `false`: exactly that delay. */
  jitter?: boolean;
  /** ms after which a connection counts as stable and the delays begin anew, 5,000 by default. */
  minUptime?: number;
  /**
   * ms within which the functions must give the address, and as many again within which the socket must open; 4,000 by
   * default, `Infinity` for no limit.
   */
  connectionTimeout?: number;
  /** Tries in a row after the first, without a stable connection between them; `Infinity` by default. */
  maxRetries?: number;
  /** Messages that wait for a connection at most, 1,000 by default. */
  maxEnqueuedMessages?: number;
  /** Connect only when `reconnect()` is called, `false` by default. */
  startClosed?: boolean;
  /** Whether to come back after this close. By default always, except after the codes from 4500 to 4999. */
  shouldReconnect?: (event: CloseEvent) => boolean;
  /** Log what happens by `console.log`, `false` by default. */
  debug?: boolean;
  /** Another name of `maxRetries`. */
  maxReconnectAttempts?: number;
  /** Another name of `minReconnectionDelay`. */
  reconnectDelay?: number;
  /** Another name of `reconnectionDelayGrowFactor`. */
  reconnectDelayMultiplier?: number;
}

/**
 * A `WebSocket` that comes back after its connection was lost. Each attempt, and the connection that it leads to,
 * dispatches what a `WebSocket` does: `open`, `message`, `error`, and at its end one `close`. Listeners stay for the
 * next one.
 *
 *     const socket = new ReconnectingSocket(async () => `wss://host/chat?ticket=${await ticket()}`, 'parley.v1');
 *     socket.addEventListener('message', ({ data }) => console.log(data));
 *     if (!socket.send('hello')) console.log('too many messages wait already');
 */
export class ReconnectingSocket extends EventTarget {
  static readonly CONNECTING: 0;
  static readonly OPEN: 1;
  static readonly CLOSING: 2;
  static readonly CLOSED: 3;

  /**
   * @throws {DOMException} a `SyntaxError` for a wrong URL or subprotocol, as from `WebSocket`
   * @throws {TypeError | RangeError} for a wrong option
   */
  constructor(
    url: Provided<string | URL>,
    protocols?: Provided<string | string[] | null | undefined>,
    options?: SocketOptions,
  );

  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;

  /** As of a `WebSocket`: `CLOSED` also while it waits for the next try. `state` tells these apart. */
  readonly readyState: number;
  /** `WAITING` in a listener of `close` means that it will try again. */
  readonly state: SocketState;
  /** Tries since the last stable connection, the one that it waits for included. */
  readonly retryCount: number;
  /** The address of the last attempt; empty as long as a function has not given one. */
  readonly url: string;
  /** The subprotocol that the server chose. */
  readonly protocol: string;
  readonly extensions: string;
  /** Bytes that wait here for a connection, and those of the last connection that have not left. */
  readonly bufferedAmount: number;
  binaryType: BinaryType;

  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;

  /**
   * Sends a message, or keeps it until there is a connection. Then what was kept goes first, in order, before `open`
   * is dispatched.
   *
   * @returns `true` if it was handed to the connection or kept. `false` if it was dropped: the queue is full
   *   (`maxEnqueuedMessages`), or the socket is closed or closing.
   * @throws {TypeError} for what a `WebSocket` refuses, and for `undefined`
   */
  send(data: SocketData): boolean;

  /**
   * Closes the connection, or ends the attempt, and does not come back. What is kept stays for `reconnect`.
   *
   * @throws {DOMException} as `WebSocket.close`
   */
  close(code?: number, reason?: string): void;

  /**
   * Closes the connection without waiting for the server's answer, as for one that is dead: it is `CLOSED` at once,
   * and the `close` event, with 1006, comes before this returns.
   */
  forceClose(): void;

  /**
   * Connects now, also if it is closed. An open connection is dropped, without waiting for the server's answer; its
   * `close` event comes before this returns. If a listener of that calls `close`, it stays closed.
   *
   * @throws {DOMException} as `WebSocket.close`
   */
  reconnect(code?: number, reason?: string): void;

  addEventListener<K extends keyof SocketEventMap>(
    type: K,
    listener: SocketListener<SocketEventMap[K]> | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;

  removeEventListener<K extends keyof SocketEventMap>(
    type: K,
    listener: SocketListener<SocketEventMap[K]> | null,
    options?: EventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

/** A listener of one type of event. */
export type SocketListener<E extends Event> =
  | ((this: ReconnectingSocket, event: E) => void)
  | { handleEvent(event: E): void };
