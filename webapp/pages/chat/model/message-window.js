/** @typedef {import('../../../parley/parley-client.js').StoredMessage} StoredMessage */

/** As many messages as are kept, and so as many as have elements on the page. */
export const WINDOW_MAX = 300;

/**
 * The part of a channel that is loaded: messages in `seq` order without a gap between them. At most {@link WINDOW_MAX}
 * are kept; where one end grows, the other is dropped and may be loaded again.
 */
export class MessageWindow {
  /** @type {StoredMessage[]} */
  #messages = [];
  /** The newest that has come live, in here or not. */
  #newestLive = 0;
  /** How far back the log was searched for these messages. */
  #readFrom = Infinity;
  /** Whether older messages are stored that are not in here. */
  hasOlder = false;
  /** Whether newer ones are, because somebody reads far above. */
  hasNewer = false;

  /** @returns {readonly StoredMessage[]} a new array after each change */
  get messages() {
    return this.#messages;
  }

  /** Where to read on for older messages: before this one. */
  get readFrom() {
    return this.#readFrom;
  }

  get oldestSeq() {
    return this.#messages[0]?.seq;
  }

  get newestSeq() {
    return this.#messages[this.#messages.length - 1]?.seq;
  }

  /** Nothing is known any more. */
  clear() {
    this.#messages = [];
    this.#newestLive = 0;
    this.begin(Infinity, false);
    this.hasNewer = false;
  }

  /**
   * There is nothing from here on but what comes live.
   * @param {number} readFrom
   * @param {boolean} hasOlder
   */
  begin(readFrom, hasOlder) {
    this.#readFrom = readFrom;
    this.hasOlder = hasOlder;
  }

  /**
   * The newest page of the channel. What came live while it was on its way stays.
   * @param {readonly StoredMessage[]} page
   * @param {boolean} hasOlder
   * @param {number} [readFrom] where the page was picked out of a log of others too: how far back that was read
   */
  reload(page, hasOlder, readFrom = page[0]?.seq) {
    const end = page[page.length - 1]?.seq ?? 0;
    const live = this.hasNewer ? [] : this.#messages.filter(({ seq }) => seq > end);
    this.#messages = [...page, ...live];
    this.begin(readFrom ?? Infinity, hasOlder);
    // While the window ended above the newest, what came live was not kept.
    this.hasNewer = (this.newestSeq ?? 0) < this.#newestLive;
    this.#dropOldest();
  }

  /**
   * A message that has just come.
   * @param {StoredMessage} message
   * @param {boolean} isReadAtTheEnd whether the newest messages are on the screen: where they are not, nothing is
   *   dropped from under the reader's eyes
   */
  append(message, isReadAtTheEnd) {
    this.#newestLive = Math.max(this.#newestLive, message.seq);
    if (this.hasNewer || message.seq <= (this.newestSeq ?? 0)) return;
    if (this.#messages.length >= WINDOW_MAX && !isReadAtTheEnd) {
      this.hasNewer = true;
      return;
    }
    this.#messages = [...this.#messages, message];
    this.#dropOldest();
  }

  /**
   * The page before the oldest message.
   * @param {readonly StoredMessage[]} page
   * @param {boolean} hasOlder
   * @param {number} [readFrom] as in {@link reload}
   */
  prepend(page, hasOlder, readFrom = page[0]?.seq) {
    const oldest = this.oldestSeq ?? Infinity;
    this.#messages = [...page.filter(({ seq }) => seq < oldest), ...this.#messages];
    this.begin(readFrom ?? this.#readFrom, hasOlder);
    if (this.#messages.length > WINDOW_MAX) {
      this.#messages = this.#messages.slice(0, WINDOW_MAX);
      this.hasNewer = true;
    }
  }

  /**
   * The page after the newest message.
   * @param {readonly StoredMessage[]} page
   * @param {boolean} hasNewer
   */
  extend(page, hasNewer) {
    const newest = this.newestSeq ?? 0;
    this.#messages = [...this.#messages, ...page.filter(({ seq }) => seq > newest)];
    this.hasNewer = hasNewer;
    this.#dropOldest();
  }

  #dropOldest() {
    if (this.#messages.length <= WINDOW_MAX) return;
    this.#messages = this.#messages.slice(this.#messages.length - WINDOW_MAX);
    this.begin(this.#messages[0].seq, true);
  }
}
