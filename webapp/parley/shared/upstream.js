import { allowsReconnect, closeError } from '../client/connection/close-codes.js';
import { Heartbeat } from '../client/connection/heartbeat.js';
import { ConnectionError, ParleyError } from '../client/errors.js';
import { sizeOfFrame } from './port-socket.js';
import { Switchboard } from './switchboard.js';

/**
 * @typedef {import('./tab.js').Tab} Tab
 * @typedef {import('../parley-client.js').ConnectorRequest} ConnectorRequest
 * @typedef {import('../parley-client.js').WebSocketLike} WebSocketLike
 */

const OPEN = 1;
const LOST = 1006;
const INTERNAL = 1011;
const SILENT = 4001;
/** About the credential of one tab: token over or ticket refused, login refused. */
const OF_ONE_TAB = new Set([4003, 4501]);
/** From the first tab's wish to the `welcome`. */
const WELCOME_WITHIN_MILLIS = 15_000;
/** A tab is told that its frame is taken when no more waits, so that a file does not hold everybody up. */
const BUFFERED_MAX = 128 * 1024;
const LOOK_AGAIN_MILLIS = 20;

/** One attempt, and the connection that it leads to, for several tabs. For one use; see `hub.js`. */
export class Upstream {
  #connector;
  #clock;
  #whenEnded;
  /** @type {'connecting' | 'open' | 'ended'} */
  #phase = 'connecting';
  #end = new AbortController();
  /** @type {Set<Tab>} */
  #tabs = new Set();
  /** The tab whose request it is. @type {Tab | undefined} */
  #opener;
  /** @type {WebSocketLike | undefined} */
  #socket;
  #heartbeat;
  #switchboard;
  /** The deadline of the attempt. @type {unknown} */
  #timer;

  /**
   * @param {import('../parley-client.js').Connector} connector
   * @param {import('../parley-client.js').Clock} clock
   * @param {() => void} whenEnded called once, before the tabs are told
   */
  constructor(connector, clock, whenEnded) {
    this.#connector = connector;
    this.#clock = clock;
    this.#whenEnded = whenEnded;
    this.#heartbeat = new Heartbeat(clock, () => this.#send('{"type":"ping"}'), () => this.#closed(SILENT));
    this.#switchboard = new Switchboard(clock, this.#tabs, {
      send: (frame) => this.#send(frame),
      probe: () => this.#heartbeat.probe(),
      welcomed: ({ heartbeat }) => {
        this.#clock.clearTimeout(this.#timer);
        this.#heartbeat.start(heartbeat);
      },
    });
  }

  /**
   * @param {Tab} opener
   * @param {ConnectorRequest} request of that tab, without a signal
   */
  async start(opener, request) {
    this.#opener = opener;
    const late = new ConnectionError('The server did not answer in time.', 'timeout', { closeCode: LOST });
    this.#timer = this.#clock.setTimeout(() => this.#fail(late), WELCOME_WITHIN_MILLIS);
    const { signal } = this.#end;
    try {
      const socket = await this.#connector.open({ ...request, signal });
      if (signal.aborted) discard(socket);
      else this.#opening(socket, { ...request, signal });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {Tab} tab that wants to share the connection */
  attach(tab) {
    this.#tabs.add(tab);
    if (this.#phase === 'open') tab.opened(this.#socket?.transport);
  }

  /** @param {Tab} tab that has gone */
  detach(tab) {
    if (!this.#tabs.delete(tab)) return;
    if (this.#tabs.size === 0) this.#over();
    else if (this.#phase === 'open') this.#switchboard.gone(tab);
  }

  /**
   * @param {Tab} tab
   * @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} frame
   */
  take(tab, frame) {
    if (this.#phase !== 'open' || !this.#tabs.has(tab)) return;
    this.#switchboard.take(tab, frame);
    this.#tellTaken(tab, sizeOfFrame(frame));
  }

  /**
   * @param {Tab} tab
   * @param {number} size
   */
  #tellTaken(tab, size) {
    if (this.#phase !== 'open') return;
    if ((this.#socket?.bufferedAmount ?? 0) < BUFFERED_MAX) tab.taken(size);
    else this.#clock.setTimeout(() => this.#tellTaken(tab, size), LOOK_AGAIN_MILLIS);
  }

  /**
   * @param {WebSocketLike} socket
   * @param {ConnectorRequest} request
   */
  #opening(socket, request) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    // The close that follows says all that a page may know.
    socket.onerror = () => {};
    socket.onmessage = ({ data }) => {
      this.#heartbeat.received();
      this.#receive(data);
    };
    socket.onclose = () => this.#notOpened(request);
    socket.onopen = () => this.#opened(socket);
    if (socket.readyState === OPEN) this.#opened(socket);
    else if (socket.readyState > OPEN) this.#notOpened(request);
  }

  /** @param {ConnectorRequest} request */
  async #notOpened(request) {
    try {
      this.#fail(await this.#connector.explain?.(request) ?? closeError(LOST));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    try {
      this.#switchboard.receive(data);
    } catch (error) {
      // The server sent something that cannot be read.
      this.#closed(INTERNAL);
      throw error;
    }
  }

  /** @param {WebSocketLike} socket */
  #opened(socket) {
    this.#phase = 'open';
    socket.onclose = ({ code }) => this.#closed(code);
    for (const tab of this.#tabs) tab.opened(socket.transport);
  }

  /** @param {string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob} frame */
  #send(frame) {
    if (this.#socket?.readyState === OPEN) this.#socket.send(frame);
  }

  /** @param {unknown} cause */
  #fail(cause) {
    if (this.#phase === 'ended') return;
    if (this.#phase === 'open') {
      // Opened, but not welcomed in time.
      this.#closed(LOST);
      return;
    }
    const error = cause instanceof ParleyError ? cause
      : new ConnectionError(`The server cannot be reached: ${cause}`, 'unreachable', { closeCode: LOST });
    const isForAll = error.closeCode !== undefined && allowsReconnect(error.closeCode)
      && !OF_ONE_TAB.has(error.closeCode);
    for (const tab of this.#over()) tab.failed(isForAll || tab === this.#opener ? error : closeError(LOST));
  }

  /** @param {number} code */
  #closed(code) {
    const { creditor } = this.#switchboard;
    for (const tab of this.#over()) tab.closed(OF_ONE_TAB.has(code) && tab !== creditor ? LOST : code);
  }

  /** @returns {Tab[]} those who are to be told */
  #over() {
    if (this.#phase === 'ended') return [];
    this.#phase = 'ended';
    this.#clock.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    this.#end.abort(new ConnectionError('The connection was ended.', 'closed'));
    if (this.#socket) discard(this.#socket);
    this.#whenEnded();
    return [...this.#tabs];
  }
}

/** @param {WebSocketLike} socket */
function discard(socket) {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.onerror = () => {};
  socket.close(1000);
}
