import { byId, element } from '../shared/element.js';
import { avatar, guestTag } from './person.js';

/** @typedef {import('./conversations.js').Conversations} Conversations */
/** @typedef {import('../../parley/connection.js').Connection} Connection */

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const TOGETHER_MILLIS = 5 * 60_000;
const NEAR_END_PIXELS = 80;

/**
 * Shows the messages of the conversation on the screen, and below them what has not been delivered.
 * @param {Conversations} conversations
 * @param {Connection} connection
 */
export function showMessages(conversations, connection) {
  const scroller = byId('scroller');
  const list = byId('messages');
  const older = byId('older');
  let shownKey = '';
  let shown = /** @type {any[]} */ ([]);

  const show = () => {
    const { key, messages, hasMore } = conversations.active;
    const isNearEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PIXELS;
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    const isContinued =
      key === shownKey && shown.length > 0 && shown[0] === messages[0] && shown.length <= messages.length;
    if (!isContinued) list.replaceChildren();
    for (let i = isContinued ? shown.length : 0; i < messages.length; i++) {
      list.append(...rows(messages[i], messages[i - 1], conversations.isOwn(messages[i])));
    }
    const isNewPage = key === shownKey && !isContinued;
    shown = [...messages];
    older.hidden = !hasMore;
    showOutgoing(conversations, connection);
    if (key !== shownKey || isNearEnd) scroller.scrollTop = scroller.scrollHeight;
    else if (isNewPage) scroller.scrollTop = scroller.scrollHeight - fromEnd;
    shownKey = key;
  };

  conversations.addEventListener('messages', (event) => {
    if (/** @type {CustomEvent} */ (event).detail === conversations.activeKey) show();
  });
  connection.outgoing.addEventListener('change', show);
  connection.addEventListener('state', show);
}

/**
 * @param {any} message
 * @param {any} previous
 * @param {boolean} isOwn
 * @returns {HTMLElement[]}
 */
function rows(message, previous, isOwn) {
  const at = new Date(message.sentAt);
  const day = DAY.format(at);
  const isNewDay = !previous || DAY.format(new Date(previous.sentAt)) !== day;
  const begins =
    isNewDay ||
    previous.sender !== message.sender ||
    previous.guest !== message.guest ||
    previous.type === 'notification' ||
    message.type === 'notification' ||
    at.getTime() - new Date(previous.sentAt).getTime() > TOGETHER_MILLIS;
  const classes = ['message'];
  if (begins) classes.push('begins');
  if (isOwn) classes.push('own');
  if (message.type === 'notification') classes.push('notice');
  const row = element('li', { class: classes.join(' '), 'data-seq': message.seq, 'data-id': message.id }, [
    avatar(message.sender),
    element('div', { class: 'message-head' }, [
      element('span', { class: 'sender', text: message.sender, dir: 'auto' }),
      guestTag(message.guest),
      element('time', { datetime: message.sentAt, text: TIME.format(at) }),
    ]),
    element('div', {
      class: 'content', dir: 'auto', text: message.title ? `${message.title}\n${message.content}` : message.content,
    }),
  ]);
  return isNewDay ? [element('li', { class: 'day', text: day }), row] : [row];
}

/**
 * @param {Conversations} conversations
 * @param {Connection} connection
 */
function showOutgoing(conversations, connection) {
  const { isRoom, name, messages } = conversations.active;
  const entries = connection.outgoing.entries.filter(({ draft }) => (isRoom ? draft.room === name : draft.to === name));
  byId('outgoing').replaceChildren(...entries.map((entry) => outgoingRow(entry, conversations.me, connection)));
  byId('empty').hidden = messages.length + entries.length > 0;
}

/**
 * @param {import('../../parley/outgoing.js').Entry} entry
 * @param {string} me
 * @param {Connection} connection
 */
function outgoingRow(entry, me, { outgoing, state }) {
  const delivery = element('div', { class: 'delivery' });
  if (entry.state === 'failed') {
    delivery.append(
      element('span', { text: entry.error?.message ?? 'Not sent.' }),
      element('button', {
        type: 'button', class: 'quiet-button retry', text: 'Send again', onclick: () => outgoing.retry(entry.id),
      }),
      element('button', {
        type: 'button', class: 'quiet-button', text: 'Discard', onclick: () => outgoing.discard(entry.id),
      }),
    );
  } else {
    delivery.textContent = state === 'OPEN' ? 'Sending…' : 'Will be sent when you are connected again.';
  }
  return element('li', { class: `message begins own ${entry.state}`, 'data-id': entry.id }, [
    avatar(me),
    element('div', { class: 'message-head' }, [element('span', { class: 'sender', text: me, dir: 'auto' })]),
    element('div', { class: 'content', dir: 'auto', text: entry.draft.content }),
    delivery,
  ]);
}
