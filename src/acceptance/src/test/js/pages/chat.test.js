import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeStorage, World, channel, chat, settle } from '../client/support/world.js';
import { importPage } from './import-map.js';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.localStorage = new FakeStorage();
globalThis.sessionStorage = new FakeStorage();

const { Chat } = await importPage('chat/model/chat.js');

const CHANNELS = {
  'room:lobby': channel(2, { unread: 1 }),
  inbox: channel(3, { unread: 2 }),
  broadcast: channel(1, { unread: 1 }),
};

const direct = (seq, sender, content) => ({
  type: 'message',
  inbox: true,
  seq,
  id: `d${seq}`,
  sender,
  to: 'ana',
  content,
  sentAt: '2026-01-31T12:00:00.000Z',
});
const notification = (seq, fields) => ({
  type: 'notification',
  seq,
  id: `n${seq}`,
  sender: 'backup',
  content: `notice ${seq}`,
  sentAt: `2026-01-31T12:00:0${seq}.000Z`,
  ...fields,
});

/** What the server has, by channel. */
const LOGS = {
  lobby: [chat(1, { sender: 'ana' }), chat(2)],
  inbox: [direct(1, 'ben', 'old'), direct(2, 'cleo', 'one'), direct(3, 'ben', 'two')],
  broadcast: [notification(1, { broadcast: true, title: 'while you were away' })],
};

describe('the chat of one person', () => {
  let world;
  let chatPage;

  /** Answers what the page asks until it asks nothing more. */
  async function answer() {
    const answered = new Set();
    for (let isDone = false; !isDone;) {
      isDone = true;
      for (const message of [...world.socket.of('history'), ...world.socket.of('rooms'), ...world.socket.of('read')]) {
        if (answered.has(message.id)) continue;
        answered.add(message.id);
        isDone = false;
        if (message.type === 'history') {
          const { id, room, inbox, broadcast } = message;
          const messages = LOGS[room ?? (inbox ? 'inbox' : 'broadcast')] ?? [];
          world.socket.receive({ type: 'history', id, room, inbox, broadcast, messages, oldest: 1, more: false });
        } else if (message.type === 'rooms') {
          const rooms = [
            { room: 'lobby', joined: true, unread: 1 },
            { room: '_plans-1a2b', joined: false, unread: 0 },
            { room: 'garden', joined: false, unread: 9 },
          ];
          world.socket.receive({ type: 'rooms', id: message.id, rooms });
        } else {
          world.socket.receive({ type: 'ack', id: message.id });
        }
      }
      await settle();
    }
  }

  /** @param {string} type */
  const heard = (type) => {
    const events = [];
    chatPage.addEventListener(type, ({ detail }) => events.push(detail));
    return events;
  };

  async function open() {
    chatPage = new Chat(world.connect());
    await world.welcome({ channels: CHANNELS });
    await answer();
  }

  /** Another page with the storage of this one. */
  async function reload() {
    world.client.destroy();
    const { storage } = world;
    world = new World();
    world.storage = storage;
    await open();
  }

  async function refuseDirect() {
    world.socket.answer('message', { type: 'error', code: 'conflict', message: 'No such guest.' });
    await settle();
  }

  /** Takes this person out of the private room. */
  const takeAway = () => world.socket.receive({ type: 'left', room: '_plans-1a2b' });

  beforeEach(async () => {
    document.hidden = false;
    localStorage.values.clear();
    world = new World();
    await open();
  });

  afterEach(() => world.client.destroy());

  test('begins in the lobby, which whoever looks at it has read', () => {
    assert.equal(chatPage.active.title, 'lobby');
    assert.deepEqual(
      chatPage.active.window.messages.map(({ seq }) => seq),
      [1, 2],
    );
    assert.equal(chatPage.active.unreadFrom, 2);
    assert.equal(chatPage.active.unread, 0);
    assert.deepEqual(
      world.socket.of('read').map(({ room, seq }) => [room, seq]),
      [['lobby', 2]],
    );
  });

  test('sorts the inbox by people, and marks it as far as everything before is read', async () => {
    assert.deepEqual(
      chatPage.directs.map(({ title, unread }) => [title, unread]),
      [
        ['ben', 1],
        ['cleo', 1],
      ],
    );
    chatPage.showDirect({ username: 'ben' });
    await answer();
    assert.deepEqual(
      world.socket
        .of('read')
        .filter(({ inbox }) => inbox)
        .map(({ seq }) => seq),
      [1],
    );
    chatPage.showDirect({ username: 'cleo' });
    await answer();
    assert.deepEqual(
      world.socket
        .of('read')
        .filter(({ inbox }) => inbox)
        .at(-1).seq,
      3,
    );
    assert.deepEqual(
      chatPage.directs.map(({ unread }) => unread),
      [0, 0],
    );
  });

  test('lists the notifications of the time away, unread until somebody looks', async () => {
    assert.deepEqual(
      chatPage.notifications.list.map(({ message }) => message.title),
      ['while you were away'],
    );
    assert.equal(chatPage.notifications.unread, 1);
    chatPage.markNotificationsRead();
    await answer();
    assert.equal(chatPage.notifications.unread, 0);
    assert.equal(
      world.socket.of('read').some(({ broadcast }) => broadcast),
      true,
    );
  });

  test('joins the private rooms that one was let into, and not the public ones', () => {
    assert.deepEqual(
      world.socket.of('join').map(({ room }) => room),
      ['_plans-1a2b'],
    );
    assert.deepEqual(
      chatPage.rooms.map(({ title }) => title),
      ['lobby', 'plans'],
    );
  });

  test('calls attention to direct messages, mentions and notifications, but not to other talk', () => {
    const attention = heard('attention');
    document.hidden = true;
    world.socket.receive(
      chat(3),
      chat(4, { content: 'hello @Ana' }),
      direct(4, 'dora', 'psst'),
      notification(2, { broadcast: true }),
    );
    assert.deepEqual(
      attention.map(({ message, conversation }) => [message.content, conversation?.title]),
      [
        ['hello @Ana', 'lobby'],
        ['psst', 'dora'],
        ['notice 2', undefined],
      ],
    );
    assert.equal(chatPage.active.unread, 2);
    assert.equal(chatPage.active.unreadFrom, 3);
    assert.equal(chatPage.active.isMentioned, true);
  });

  test('reads on when somebody looks again', async () => {
    document.hidden = true;
    world.socket.receive(chat(3));
    document.hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    await answer();
    assert.equal(chatPage.active.unread, 0);
    assert.equal(
      world.socket
        .of('read')
        .filter(({ room }) => room === 'lobby')
        .at(-1).seq,
      3,
    );
  });

  test('gives a text back that cannot be sent', async () => {
    const problems = heard('problem');
    const long = 'x'.repeat(2_000_000);
    chatPage.send(long);
    await settle();
    assert.deepEqual(
      problems.map(({ error, content }) => [error.code, content]),
      [['too_long', undefined]],
    );
    assert.equal(chatPage.active.draft, long);
    assert.deepEqual(chatPage.outgoing, []);
  });

  test('shows what is not stored yet, in its conversation alone', async () => {
    chatPage.send('on its way');
    await settle();
    assert.deepEqual(
      chatPage.outgoing.map(({ message }) => message.content),
      ['on its way'],
    );
    chatPage.showDirect({ username: 'ben' });
    assert.deepEqual(chatPage.outgoing, []);
  });

  test('reloads a room whose position the server no longer has', async () => {
    await world.reconnect({ channels: { ...CHANNELS, 'room:lobby': channel(7, { epoch: 'e2' }) } });
    await answer();
    assert.equal(
      world.socket.of('history').some(({ room }) => room === 'lobby'),
      true,
    );
  });

  test('reads nothing anew where nothing is missing', async () => {
    const recovered = Object.fromEntries(
      Object.entries(CHANNELS).map(([key, opened]) => [key, { ...opened, recovered: true }]),
    );
    await world.reconnect({ channels: recovered });
    await answer();
    assert.deepEqual(world.socket.of('history'), []);
  });

  test('leaves a room that is taken away, and forgets it', async () => {
    world.socket.answer('join', {
      type: 'joined',
      room: '_plans-1a2b',
      position: { epoch: 'e1', seq: 1 },
      recovered: false,
      present: [],
      count: 1,
    });
    await answer();
    chatPage.show(chatPage.rooms[1]);
    takeAway();
    assert.equal(chatPage.active.title, 'lobby');
    assert.deepEqual(
      chatPage.rooms.map(({ title }) => title),
      ['lobby'],
    );
    assert.deepEqual(JSON.parse(localStorage.getItem('parley.rooms.ana')), []);
  });

  describe('of a private room that one was taken out of', () => {
    const NO_SUCH_ROOM = { type: 'error', code: 'no_such_room', message: 'There is no room here.' };
    let problems;

    beforeEach(async () => {
      problems = heard('problem');
      chatPage.show(chatPage.rooms[1]);
      chatPage.send('the last word');
      await settle();
    });

    const refuse = async () => {
      world.socket.answer('chat', NO_SUCH_ROOM);
      await settle();
    };
    /** Checks that the text is in the lobby, and that one notice says that it was not sent. */
    const assertTold = () => {
      assert.deepEqual(
        problems.map(({ error, content }) => [error.code, content]),
        [['no_such_room', undefined]],
      );
      assert.equal(chatPage.active.title, 'lobby');
      assert.deepEqual(
        chatPage.outgoing.map(({ state, message }) => [state, message.content]),
        [['failed', 'the last word']],
      );
    };

    test('tells what was not sent when it is refused afterwards', async () => {
      takeAway();
      await refuse();
      assertTold();
    });

    test('tells what was not sent when it was refused before', async () => {
      await refuse();
      assert.deepEqual(problems, []);
      takeAway();
      assertTold();
    });
  });

  test('tells what somebody was writing in a room that is taken away', async () => {
    const problems = heard('problem');
    chatPage.show(chatPage.rooms[1]);
    chatPage.active.draft = 'half a';
    takeAway();
    assert.deepEqual(
      problems.map(({ error, content }) => [error.code, content]),
      [['no_such_room', 'half a']],
    );
  });

  test('shows a direct message that had failed before a reload', async () => {
    chatPage.showDirect({ username: 'ida', guest: 'k3f9' });
    chatPage.send('psst');
    await settle();
    await refuseDirect();
    await reload();
    chatPage.show(chatPage.directs.find(({ title }) => title === 'ida'));
    assert.deepEqual(
      chatPage.outgoing.map(({ state, message }) => [state, message.content]),
      [['failed', 'psst']],
    );
  });

  test('shows a direct message that is refused after a reload', async () => {
    world.socket.closeWith(1006);
    chatPage.showDirect({ username: 'ida', guest: 'k3f9' });
    chatPage.send('psst');
    await settle();
    await reload();
    await refuseDirect();
    chatPage.show(chatPage.directs.find(({ title }) => title === 'ida'));
    assert.deepEqual(
      chatPage.outgoing.map(({ state }) => state),
      ['failed'],
    );
  });
});
