import { byId, element } from '../shared/element.js';

const SHOWN_MILLIS = 8_000;
const SHOWN_MAX = 3;
const LEVELS = new Set(['info', 'warning', 'critical']);

/**
 * Notifications in the corner. They go by themselves, but a critical one stays until somebody closes it.
 * @param {import('./conversations.js').Conversations} conversations
 */
export function showNotifications(conversations) {
  conversations.addEventListener('notification', (event) => {
    const { title, content, level, sender } = /** @type {CustomEvent} */ (event).detail;
    const known = LEVELS.has(level) ? level : 'info';
    const list = byId('notifications');
    const item = element('li', { class: `notification ${known}` }, [
      element('span', { class: 'title', text: title ?? sender, dir: 'auto' }),
      element('button', { type: 'button', class: 'icon', text: '✕', 'aria-label': 'Close', onclick: () => item.remove() }),
      element('span', { class: 'text', text: content, dir: 'auto' }),
    ]);
    list.append(item);
    while (list.children.length > SHOWN_MAX) list.firstElementChild.remove();
    if (known !== 'critical') setTimeout(() => item.remove(), SHOWN_MILLIS);
  });
}
