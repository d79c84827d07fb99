/** The answer of the server says no, or there is none. `code` is that of the problem (protocol.md, "Errors"). */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {string} code
   * @param {number} status 0 if the server cannot be reached
   */
  constructor(message, code, status) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

const ANSWER_WITHIN_MILLIS = 15_000;

/** The HTTP API, for somebody with a token. */
export class Api {
  #token;

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
  }

  /**
   * @param {string} path below `api/`, encoded
   * @param {{method?: string, body?: object, signal?: AbortSignal}} [options]
   * @returns {Promise<any>} the body of the answer, if it has one; rejects with an {@link ApiError}
   */
  async ask(path, { method = 'GET', body, signal } = {}) {
    const deadline = AbortSignal.timeout(ANSWER_WITHIN_MILLIS);
    let answer;
    try {
      answer = await fetch(`api/${path}`, {
        method,
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        headers: {
          Authorization: `Bearer ${this.#token}`,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiError('The server cannot be reached.', 'unreachable', 0);
    }
    if (answer.ok) return answer.status === 204 || answer.status === 202 ? undefined : answer.json();
    // A proxy may answer something else than JSON.
    const problem = await answer.json().catch(() => ({}));
    throw new ApiError(problem.detail ?? `The server answered ${answer.status}.`, problem.code ?? '?', answer.status);
  }
}
