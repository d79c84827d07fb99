import { Tab } from './tab.js';
import { Upstream } from './upstream.js';

/**
 * One connection for all tabs of a user: this runs in a SharedWorker.
 *
 * Each tab has a whole `ParleyClient`, whose connector (`shared-connector.js`) opens a `PortSocket` to this worker in
 * the place of a WebSocket. On it the worker speaks Parley's protocol as a server would. So states, reconnecting,
 * positions, doubles, the outgoing messages and their storage, request deadlines and the events of the page stay in the
 * tab, per tab, in the code that runs without a worker too; and a tab that closes, freezes or goes ends its own
 * `PortSocket` alone. In the worker there are
 *
 * - `Hub`: the tabs, and the `Upstream` that they share. The first tab that comes lends its token to open it. It ends
 *   with its last tab. When it is lost, it is gone for all: each tab comes back by itself, and the first one, with a
 *   token of its own that its application has given for this attempt, opens the next. So nobody asks a tab for a token.
 * - `Upstream`: one attempt, and the connection to the server that it leads to.
 * - `Switchboard`: who gets what. Answers go to the tab that asked, by the id. Stored messages, presence and typing go
 *   to the tabs that are in the room, metrics to those that watch them. The server is asked to leave a room, or to end
 *   a subscription, when no tab wants it any more.
 * - `Tab`: a port, and whether somebody is still there.
 *
 * A tab that comes to a channel that is read already gets what it lacks by `history`, from its own position to that of
 * the connection, before anything live; where that is not to be had, it is told `recovered: false`, as by a server.
 *
 * Close codes about a credential (4003, 4501) go to the tab that brought it; the others come back with theirs. Where
 * somebody has ended the session (4502), none comes back.
 *
 * What differs from a connection of one's own: `typing` and binary payloads of one tab do not come to the others of the
 * same connection; rates, limits (100 rooms) and the count of errors are those of one session; the session stays in the
 * lobby when its tabs leave it; and the positions of a later tab enter no room; its `join` does.
 */
export class Hub {
  #connector;
  #clock;
  /** @type {Upstream | undefined} */
  #upstream;

  /**
   * @param {import('../parley-client.js').Connector} connector of the connection to the server
   * @param {import('../parley-client.js').Clock} clock
   */
  constructor(connector, clock) {
    this.#connector = connector;
    this.#clock = clock;
  }

  /** @param {import('./tab.js').Port} port of a tab that wants to connect */
  accept(port) {
    return new Tab(port, this.#clock, {
      opening: (tab, request) => this.#opening(tab, request),
      received: (tab, frame) => this.#upstream?.take(tab, frame),
      gone: (tab) => this.#upstream?.detach(tab),
    });
  }

  /**
   * @param {Tab} tab
   * @param {import('../parley-client.js').ConnectorRequest} request
   */
  #opening(tab, request) {
    if (this.#upstream) {
      this.#upstream.attach(tab);
      return;
    }
    this.#upstream = new Upstream(this.#connector, this.#clock, () => (this.#upstream = undefined));
    this.#upstream.attach(tab);
    this.#upstream.start(tab, request);
  }
}
