import { HttpProblem, positionText } from './api.js';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/**
 * The answer to a `history`, made of pages that go forward.
 * @param {import('./api.js').HttpApi} api
 * @param {any} message
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 */
export async function historyPage(api, message, signal) {
  const { id, room, inbox, broadcast, limit = LIMIT_DEFAULT } = message;
  const channel = room === undefined ? (inbox ? 'inbox' : 'broadcast') : `room:${room}`;
  const { epoch, seq: head } = (await api.page(channel, { limit: 1 }, signal)).position;
  const last = Math.min(head, (message.before ?? Infinity) - 1);
  const first = last - Math.min(limit, LIMIT_MAX) + 1;
  const { messages, oldest } = await between(api, channel, epoch, Math.max(1, first), last, signal);
  return { type: 'history', id, room, inbox, broadcast, messages, oldest, more: first > oldest };
}

/**
 * The messages from one number to another.
 * @param {import('./api.js').HttpApi} api
 * @param {string} channel
 * @param {string} epoch
 * @param {number} first
 * @param {number} last
 * @param {AbortSignal} signal
 * @returns {Promise<{messages: any[], oldest: number}>} `oldest` is known where it is one of these
 */
async function between(api, channel, epoch, first, last, signal) {
  const messages = [];
  let oldest = 1;
  for (let next = first; next <= last;) {
    try {
      const query = { after: positionText({ epoch, seq: next - 1 }), limit: last - next + 1 };
      const page = await api.page(channel, query, signal);
      messages.push(...page.messages);
      if (page.position.seq < next) break;
      next = page.position.seq + 1;
    } catch (error) {
      const trimmed = error instanceof HttpProblem && error.problem.status === 410 ? error.problem.body.oldest : 0;
      if (!(trimmed > next)) throw error;
      // Stored no more.
      next = oldest = trimmed;
    }
  }
  return { messages, oldest };
}
