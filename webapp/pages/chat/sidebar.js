import { personKey } from '../../parley/people.js';
import { RequestError } from '../../parley/requests.js';
import { byId, element, showProblem } from '../shared/element.js';
import { avatar, guestTag } from './person.js';

/** @typedef {import('./conversations.js').Conversations} Conversations */

/**
 * Rooms, direct messages, and who is here; on a phone behind a button.
 * @param {Conversations} conversations
 */
export function showSidebar(conversations) {
  const sidebar = byId('sidebar');
  const toggle = byId('toggle-sidebar');
  const fold = (isShown = false) => {
    sidebar.classList.toggle('shown', isShown);
    toggle.setAttribute('aria-expanded', String(isShown));
  };
  toggle.addEventListener('click', () => fold(!sidebar.classList.contains('shown')));
  byId('scroller').addEventListener('pointerdown', () => fold());
  sidebar.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && fold());

  const show = (/** @type {string} */ key) => {
    conversations.show(key);
    fold();
  };

  byId('join-room').addEventListener('submit', async (/** @type {Event} */ event) => {
    event.preventDefault();
    const input = byId('room-name');
    try {
      await conversations.join(input.value.trim());
      input.value = '';
      showProblem('join-problem');
      fold();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      showProblem('join-problem', error.message);
    }
  });
  byId('leave-room').addEventListener('click', () => conversations.leave());

  conversations.addEventListener('change', () => {
    const { active, rooms, directs, me } = conversations;
    byId('rooms').replaceChildren(...rooms.map((room) => entry(room, active.key, show)));
    byId('directs').replaceChildren(...directs.map((direct) => entry(direct, active.key, show)));
    byId('directs-section').hidden = directs.length === 0;
    byId('title').textContent = active.isRoom ? `# ${active.name}` : active.name;
    byId('leave-room').hidden = !active.isRoom || active.name === 'lobby';
    byId('me').textContent = `Signed in as ${me}`;
    showMembers(conversations, (person) => {
      conversations.showDirect(person);
      fold();
    });
    showTyping([...active.typing.values()].map(({ username }) => username));
  });
}

/**
 * @param {import('./conversations.js').Conversation} conversation
 * @param {string} activeKey
 * @param {(key: string) => void} show
 */
function entry({ key, name, guest, isRoom, unread }, activeKey, show) {
  const badge = unread > 0
    ? element('span', { class: 'unread', text: unread > 99 ? '99+' : String(unread), 'aria-label': `${unread} unread` })
    : undefined;
  const label = element('span', { class: 'name', text: isRoom ? `# ${name}` : name, dir: 'auto' });
  return element('li', {}, [
    element('button', {
      type: 'button', 'data-key': key, 'aria-current': key === activeKey, onclick: () => show(key),
    }, [isRoom ? undefined : avatar(name), label, guestTag(guest), badge]),
  ]);
}

/**
 * @param {Conversations} conversations
 * @param {(person: import('../../parley/people.js').Person) => void} showDirect
 */
function showMembers({ active, self }, showDirect) {
  const people = active.isRoom
    ? [...active.members.values()].sort((a, b) => personKey(a).localeCompare(personKey(b)))
    : [{ username: active.name, guest: active.guest }, self];
  byId('member-count').textContent = String(active.isRoom ? active.memberCount : people.length);
  byId('members').replaceChildren(...people.map((person) => {
    const { username, guest } = person;
    const isMe = personKey(person) === personKey(self);
    return element('li', { 'data-name': username }, [
      element('button', {
        type: 'button', title: isMe ? 'You' : `Write to ${username}`, onclick: () => showDirect(person),
      }, [
        avatar(username),
        element('span', { class: 'name', text: isMe ? `${username} (you)` : username, dir: 'auto' }),
        guestTag(guest),
      ]),
    ]);
  }));
}

/** @param {string[]} names */
function showTyping(names) {
  const [first, second] = names;
  byId('typing').textContent =
    names.length === 0 ? ''
    : names.length === 1 ? `${first} is typing…`
    : names.length === 2 ? `${first} and ${second} are typing…`
    : `${names.length} people are typing…`;
}
