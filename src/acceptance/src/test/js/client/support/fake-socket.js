/**
 * What a WebSocket is for a client, with the server's end in the hands of a test.
 */
export class FakeSocket {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  /** Frames that the client sent. */
  sent = [];
  /** Code with which the client closed it. */
  closedWith = undefined;

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
  }

  send(frame) {
    if (this.readyState !== 1) throw new Error(`A socket in state ${this.readyState} sends nothing.`);
    this.sent.push(frame);
  }

  close(code) {
    this.closedWith = code;
    this.readyState = 2;
  }

  // The server's end.

  open() {
    this.readyState = 1;
    this.onopen?.({});
  }

  /** @param messages one is sent as an object, several as an array in one frame */
  receive(...messages) {
    this.onmessage?.({ data: JSON.stringify(messages.length === 1 ? messages[0] : messages) });
  }

  receiveData(data) {
    this.onmessage?.({ data });
  }

  closeWith(code) {
    this.readyState = 3;
    this.onclose?.({ code, reason: '' });
  }

  /** The messages that the client sent as text, in order. */
  get messages() {
    return this.sent.filter((frame) => typeof frame === 'string').map((frame) => JSON.parse(frame));
  }

  /** The messages of a type that the client sent. */
  of(type) {
    return this.messages.filter((message) => message.type === type);
  }

  /** The last message of a type that the client sent. */
  last(type) {
    const found = this.of(type).at(-1);
    if (!found) throw new Error(`No '${type}' was sent, only: ${this.messages.map((message) => message.type)}.`);
    return found;
  }

  /** Answers the last message of a type, with its id. */
  answer(type, answer) {
    this.receive({ id: this.last(type).id, ...answer });
  }
}
