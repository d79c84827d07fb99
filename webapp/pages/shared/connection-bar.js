import { element } from './element.js';

/** @typedef {import('../../parley/connection.js').Connection} Connection */

/** @type {Record<string, string>} */
const WORDS = {
  IDLE: 'Not connected',
  CONNECTING: 'Connecting…',
  OPEN: 'Connected',
  CLOSED: 'Disconnected',
};

/**
 * Shows the state of a connection, counts down to the next try, and lets a person disconnect and reconnect.
 * @param {HTMLElement} place
 * @param {Connection} connection
 */
export function showConnection(place, connection) {
  const words = element('span', { role: 'status' });
  const disconnect = element('button', {
    id: 'disconnect', type: 'button', class: 'quiet-button', text: 'Disconnect', onclick: () => connection.close(),
  });
  const reconnect = element('button', {
    id: 'reconnect', type: 'button', class: 'quiet-button', text: 'Reconnect', onclick: () => connection.open(),
  });
  place.append(words, disconnect, reconnect);
  let countdown = 0;

  const show = () => {
    const { state, retryAt, reason } = connection;
    place.dataset.state = state;
    place.title = reason;
    words.textContent = state === 'WAITING' ? `Reconnecting in ${secondsUntil(retryAt)} s` : WORDS[state];
    disconnect.hidden = state === 'IDLE' || state === 'CLOSED';
    reconnect.hidden = state === 'OPEN' || state === 'CONNECTING';
    clearInterval(countdown);
    if (state === 'WAITING') countdown = setInterval(show, 1_000);
  };
  connection.addEventListener('state', show);
  show();
}

/** @param {number} time */
function secondsUntil(time) {
  return Math.max(0, Math.ceil((time - Date.now()) / 1_000));
}
