/** Characters of one event at most; the server sends a message of 1 MiB at most, in one line. */
const EVENT_MAX = 4 * 1024 * 1024;

/**
 * One server-sent event, or a comment, which only shows that the stream is alive.
 * @typedef {{event: string, id: string | undefined, data: string, retry: number | undefined}} StreamEvent
 */

/**
 * The events of a response in `text/event-stream` (HTML Living Standard, section 9.2). A browser's `EventSource` cannot
 * send a token. A comment comes as an event without data.
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<StreamEvent, void>}
 */
export async function* eventsOf(body) {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += decoder.decode(part.value, { stream: true });
      const events = text.split(/\r\n\r\n|\n\n|\r\r/);
      text = /** @type {string} */ (events.pop());
      if (text.length > EVENT_MAX) throw new Error(`An event of the server has more than ${EVENT_MAX} characters.`);
      for (const lines of events) yield parsed(lines);
    }
  } finally {
    // Also where nobody wants more events.
    await reader.cancel().catch(() => {});
  }
}

/**
 * @param {string} lines
 * @returns {StreamEvent}
 */
function parsed(lines) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of lines.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
  }
  const retry = /^\d+$/.test(fields.retry ?? '') ? Number(fields.retry) : undefined;
  return { event: fields.event ?? '', id: fields.id, data: fields.data ?? '', retry };
}
