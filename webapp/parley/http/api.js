/**
 * A refusal: what an answer of the HTTP API that is not 2xx says.
 * @typedef {{code: string, message: string, status: number, retryAfter?: number, body: any}} Problem
 */

/** An error with the {@link Problem} in `problem`. */
export class HttpProblem extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** The HTTP API of one server, with the token of one user. */
export class HttpApi {
  #base;
  #fetch;
  /** Of the next requests. */
  token;

  /**
   * @param {string} url of an endpoint of the server, with `ws` or `wss`
   * @param {string} token
   * @param {typeof fetch} fetchFunction
   */
  constructor(url, token, fetchFunction) {
    const base = new URL('api/', url);
    base.protocol = base.protocol.replace(/^ws/, 'http');
    this.#base = base;
    this.token = token;
    this.#fetch = fetchFunction;
  }

  /**
   * Asks, and gives the JSON of the answer.
   * @param {string} method
   * @param {string} path relative to `/api`
   * @param {AbortSignal} signal
   * @param {object} [body]
   * @returns {Promise<any>} rejects with an {@link HttpProblem}, or as `fetch` does where the server cannot be reached
   */
  async json(method, path, signal, body) {
    const response = await this.#ask(method, path, signal, body && { 'Content-Type': 'application/json' }, body);
    return response.status === 204 ? undefined : response.json();
  }

  /**
   * Opens the stream of a channel's messages.
   * @param {string} channel as in `positions`
   * @param {string | undefined} after the id of the last event; without it the stream begins at the channel's end
   * @param {AbortSignal} signal
   * @returns {Promise<ReadableStream<Uint8Array>>} rejects as {@link json}
   */
  async stream(channel, after, signal) {
    const headers = { Accept: 'text/event-stream', ...(after !== undefined && { 'Last-Event-ID': after }) };
    const response = await this.#ask('GET', `channels/${pathOf(channel)}/messages`, signal, headers);
    if (response.body) return response.body;
    throw new Error('The server answers a stream without a body.');
  }

  /**
   * The messages of a channel after a position.
   * @param {string} channel as in `positions`
   * @param {{after?: string, limit?: number}} query
   * @param {AbortSignal} signal
   * @returns {Promise<{channel: string, position: Position, more: boolean, messages: any[]}>} rejects as {@link json}
   */
  page(channel, query, signal) {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return this.json('GET', `channels/${pathOf(channel)}/messages?${parameters.join('&')}`, signal);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {Record<string, string>} [headers]
   * @param {object} [body]
   */
  async #ask(method, path, signal, headers, body) {
    const response = await this.#fetch(new URL(path, this.#base).href, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
      body: body && JSON.stringify(body),
      signal,
      cache: 'no-store',
      // A token goes to the server that was named, and to no other.
      redirect: 'error',
    });
    if (response.ok) return response;
    throw new HttpProblem(await problemOf(response));
  }
}

/** @typedef {{epoch: string, seq: number}} Position */

/**
 * A position as it stands in a query and a header.
 * @param {Position} position
 */
export function positionText({ epoch, seq }) {
  return `${epoch}:${seq}`;
}

/**
 * A position as it stands in a message.
 * @param {string} text
 * @returns {Position}
 */
export function positionFrom(text) {
  const [epoch, seq] = text.split(':');
  return { epoch, seq: Number(seq) };
}

/** @param {string} channel `room:NAME`, `inbox` or `broadcast` */
function pathOf(channel) {
  // Some servers answer 503 to a path with a colon.
  return channel.startsWith('room:') ? `room/${encodeURIComponent(channel.slice('room:'.length))}` : channel;
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get('Retry-After') ?? NaN);
  return {
    // A proxy answers without a code of ours.
    code: body?.code ?? (response.status >= 500 ? 'try_again_later' : 'bad_message'),
    message: body?.detail ?? body?.title ?? `The server answers ${response.status}.`,
    status: response.status,
    retryAfter: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
    body,
  };
}
