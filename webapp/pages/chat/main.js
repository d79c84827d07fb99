import { Connection, endpointUrl } from '../../parley/connection.js';
import { RequestError } from '../../parley/requests.js';
import { showConnection } from '../shared/connection-bar.js';
import { byId, showProblem } from '../shared/element.js';
import { showComposer } from './composer.js';
import { Conversations } from './conversations.js';
import { showMessages } from './message-list.js';
import { showNotifications } from './notifications.js';
import { showSidebar } from './sidebar.js';

const NAME_KEY = 'parley.username';

const username = byId('username');
const token = byId('token');
username.value = sessionStorage.getItem(NAME_KEY) ?? '';
token.addEventListener('input', () => (username.required = token.value.trim() === ''));

const connection = new Connection(endpointUrl('chat'), () => ({
  username: username.value.trim() || undefined,
  token: token.value.trim() || undefined,
}));
const conversations = new Conversations(connection);

showConnection(byId('connection'), connection);
showSidebar(conversations);
showMessages(conversations, connection);
showComposer(connection, conversations);
showNotifications(conversations);

byId('sign-in').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  showProblem('sign-in-problem');
  connection.open();
});

connection.addEventListener('welcome', () => {
  sessionStorage.setItem(NAME_KEY, conversations.me);
  // Where the server chose it, too: a reconnect asks for it again.
  if (!token.value.trim()) username.value = conversations.me;
  const isFirst = byId('chat').hidden;
  byId('welcome').hidden = true;
  byId('chat').hidden = false;
  document.title = `${conversations.me} · Parley`;
  if (isFirst) byId('content').focus();
});

connection.addEventListener('state', () => {
  const place = byId('chat').hidden ? 'sign-in-problem' : 'problem';
  showProblem(place, connection.state === 'CLOSED' || place === 'sign-in-problem' ? connection.reason : '');
});

connection.addEventListener('message', (event) => {
  const { detail: message } = /** @type {CustomEvent} */ (event);
  if (message.type === 'error') showProblem('problem', message.message);
});

byId('older').addEventListener('click', async () => {
  try {
    await conversations.loadOlder();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    showProblem('problem', error.message);
  }
});

document.addEventListener('visibilitychange', () => conversations.markRead());
