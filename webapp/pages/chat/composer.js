import { byId } from '../shared/element.js';

/** @typedef {import('../../parley/connection.js').Connection} Connection */
/** @typedef {import('./conversations.js').Conversations} Conversations */

const TYPING_EVERY_MILLIS = 3_000;

/**
 * Where messages are written. Enter sends, Shift+Enter makes a new line; what an input method is composing is left alone.
 * @param {Connection} connection
 * @param {Conversations} conversations
 */
export function showComposer(connection, conversations) {
  const input = byId('content');
  let typingToldAt = -Infinity;

  const send = () => {
    const content = input.value.trim();
    if (content === '') return;
    const { isRoom, name } = conversations.active;
    connection.outgoing.add(isRoom ? { type: 'chat', room: name, content } : { type: 'message', to: name, content });
    input.value = '';
    typingToldAt = -Infinity;
  };

  byId('composer').addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    send();
    input.focus();
  });
  input.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  });
  input.addEventListener('input', () => {
    const { isRoom, name } = conversations.active;
    if (!isRoom || input.value === '' || performance.now() - typingToldAt < TYPING_EVERY_MILLIS) return;
    typingToldAt = performance.now();
    connection.send({ type: 'typing', room: name });
  });
}
