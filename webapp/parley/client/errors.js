/** What went wrong: `message` is a sentence for people, `code` is for programs. */
export class ParleyError extends Error {
  /**
   * @param {string} message a sentence for people
   * @param {string} code
   * @param {{retryAfter?: number, closeCode?: number, cause?: unknown}} [details]
   */
  constructor(message, code, { retryAfter, closeCode, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    /** ms after which to try again, where the server says so. */
    this.retryAfter = retryAfter;
    /** Close code of the WebSocket, or the one that means the same. */
    this.closeCode = closeCode;
  }
}

/** The server answered with an `error`. */
export class ServerError extends ParleyError {
  /**
   * @internal
   * @param {{code: string, message: string, retryAfter?: number}} error of the wire
   */
  static of({ code, message, retryAfter }) {
    return new ServerError(message, code, { retryAfter });
  }
}

/** The connection is not there, or went away. */
export class ConnectionError extends ParleyError {}

/** The application gave something that is no URL, token, ticket, username or option. */
export class CredentialError extends ParleyError {}

/** A message is not on its way any more. */
export class QueueError extends ParleyError {}

/** @internal What waits for a client that is destroyed. */
export function destroyedError() {
  return new ConnectionError('The client was destroyed.', 'destroyed');
}
