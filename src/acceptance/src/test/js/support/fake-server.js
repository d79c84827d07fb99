/**
 * A `fetch` that the test answers. What nobody answers waits until it is aborted, as a server that is silent.
 */
export function fakeServer() {
  /** @type {FakeRequest[]} */
  const requests = [];
  /** @type {Map<string, (request: FakeRequest) => void>} */
  const answers = new Map();
  /** @type {typeof fetch} */
  const fetch = (address, init = {}) => new Promise((resolve, reject) => {
    const request = new FakeRequest(String(address), init, resolve, reject);
    requests.push(request);
    init.signal?.addEventListener('abort', () => request.abort(init.signal?.reason));
    answers.get(`${request.method} ${request.path}`)?.(request);
  });
  return {
    fetch,
    requests,
    /**
     * Answers these requests as soon as they come.
     * @param {string} what method and path
     * @param {(request: FakeRequest) => void} answer
     */
    on: (what, answer) => answers.set(what, answer),
    /**
     * The last request of this kind.
     * @param {string} what method and path
     * @returns {FakeRequest}
     */
    last(what) {
      const found = requests.findLast(({ method, path }) => `${method} ${path}` === what);
      if (!found) throw new Error(`No ${what} in ${requests.map(({ method, path }) => `${method} ${path}`)}`);
      return found;
    },
  };
}

export class FakeRequest {
  #resolve;
  #reject;
  /** @type {ReadableStreamDefaultController<Uint8Array> | undefined} */
  #stream;
  isAborted = false;

  /**
   * @param {string} address
   * @param {RequestInit} init
   * @param {(response: Response) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  constructor(address, init, resolve, reject) {
    const { origin, pathname, searchParams } = new URL(address);
    this.origin = origin;
    this.path = pathname;
    this.query = Object.fromEntries(searchParams);
    this.method = init.method ?? 'GET';
    this.headers = /** @type {Record<string, string>} */ (init.headers ?? {});
    this.body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /**
   * @param {number} status
   * @param {object} body
   * @param {Record<string, string>} [headers]
   */
  json(status, body, headers = {}) {
    this.#resolve(Response.json(body, { status, headers }));
  }

  /**
   * Answers with a stream that has begun.
   * @param {string} channel
   * @param {string} position
   */
  stream(channel, position) {
    const body = new ReadableStream({ start: (controller) => (this.#stream = controller) });
    this.#resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }));
    this.write(`event: position\nid: ${position}\ndata: {"channel":${JSON.stringify(channel)}}\n\n`);
  }

  /**
   * A message of the stream.
   * @param {string} id
   * @param {object} message
   */
  message(id, message) {
    this.write(`id: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** @param {string} text */
  write(text) {
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  /** @param {string} text each byte of which comes alone */
  writeSlowly(text) {
    for (const byte of new TextEncoder().encode(text)) this.#stream?.enqueue(new Uint8Array([byte]));
  }

  /** The stream ends without a word. */
  end() {
    this.#stream?.close();
  }

  /** The stream breaks off, or the request fails. */
  fail() {
    this.#stream?.error(new TypeError('terminated'));
    this.#reject(new TypeError('fetch failed'));
  }

  /** @param {unknown} reason */
  abort(reason) {
    this.isAborted = true;
    this.#reject(reason);
    // It may have ended.
    if (this.#stream?.desiredSize) this.#stream.error(reason);
  }
}
