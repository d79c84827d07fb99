import { randomId } from './random-id.js';

const ANSWER_WITHIN_MILLIS = 15_000;

/** The server's `error`, or the line that went away, as the reason why a request has no answer. */
export class RequestError extends Error {
  /**
   * @param {string} message a sentence for people
   * @param {string} [code] of the server's `error`; `disconnected` and `timeout` are our own
   */
  constructor(message, code = 'disconnected') {
    super(message);
    this.name = 'RequestError';
    this.code = code;
  }
}

/** Ties an answer to its request: every answer, whatever its type, repeats the request's id. */
export class Requests {
  /** @type {Map<string, {resolve: (answer: any) => void, reject: (error: RequestError) => void, timer: number}>} */
  #waiting = new Map();

  /**
   * @param {object} message
   * @param {(message: object) => void} send
   * @returns {Promise<any>} the answer; rejects with a {@link RequestError}
   */
  start(message, send) {
    const id = randomId();
    return new Promise((resolve, reject) => {
      const late = () => this.answer({ type: 'error', id, code: 'timeout', message: 'The server did not answer.' });
      this.#waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_WITHIN_MILLIS) });
      send({ ...message, id });
    });
  }

  /**
   * @param {any} answer
   * @returns {boolean} whether somebody waited for it
   */
  answer(answer) {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return false;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if (answer.type === 'error') waiting.reject(new RequestError(answer.message, answer.code));
    else waiting.resolve(answer);
    return true;
  }

  /** The line is gone, and with it all answers. */
  abandon() {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new RequestError('The connection was lost. Try again when it is back.'));
    }
    this.#waiting.clear();
  }
}
