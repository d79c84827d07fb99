import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeStorage, World, channel, chat, settle } from '../client/support/world.js';
import { importPage } from './import-map.js';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.localStorage = new FakeStorage();
globalThis.sessionStorage = new FakeStorage();

const { Chat } = await importPage('chat/model/chat.js');

const channels = (lobby, inbox = channel(0)) => ({ 'room:lobby': lobby, inbox, broadcast: channel(0) });

/** Messages of the lobby from one number to another. */
const page = (from, to, fields) => {
  const messages = [];
  for (let seq = from; seq <= to; seq++) messages.push(chat(seq, fields));
  return messages;
};

describe('a room, page by page', () => {
  let world;
  let lobby;
  let chatPage;

  /** The client's `history` requests for the lobby on this connection. */
  const asked = () => world.socket.of('history').filter(({ room }) => room === 'lobby');

  /** Answers what was asked of the lobby, by default last. */
  async function give(from, to, { id } = asked().at(-1)) {
    const more = from > 1;
    world.socket.receive({ type: 'history', id, room: 'lobby', messages: page(from, to), oldest: 1, more });
    await settle();
  }

  const seqs = () => lobby.window.messages.map(({ seq }) => seq);
  const edges = () => [seqs()[0], seqs().at(-1), seqs().length];

  /** Scrolls up until the newest messages are no longer in the window. */
  async function readFarUp() {
    for (let oldest = 451; !lobby.window.hasNewer; oldest -= 50) {
      lobby.loadOlder();
      await settle();
      await give(oldest - 50, oldest - 1);
    }
    lobby.isReadAtTheEnd = false;
  }

  beforeEach(async () => {
    world = new World();
    chatPage = new Chat(world.connect());
    lobby = chatPage.active;
    await world.welcome({ channels: channels(channel(500)) });
    await give(451, 500);
  });

  afterEach(() => world.client.destroy());

  test('is read anew after a gap, though an older page is on its way', async () => {
    lobby.loadOlder();
    await settle();
    await world.reconnect({ channels: channels(channel(900)) });
    assert.deepEqual(
      asked().map(({ before }) => before),
      [451, undefined],
    );
    const [older, newest] = asked();
    await give(401, 450, older);
    world.socket.receive(chat(901));
    await give(851, 900, newest);
    assert.deepEqual(edges(), [851, 901, 51]);
    assert.equal(lobby.isLoading, false);
    assert.equal(lobby.isStale, false);
  });

  test('drops an older page that comes after the newest one', async () => {
    lobby.loadOlder();
    await settle();
    await world.reconnect({ channels: channels(channel(900)) });
    const [older, newest] = asked();
    await give(851, 900, newest);
    await give(401, 450, older);
    assert.deepEqual(edges(), [851, 900, 50]);
    lobby.loadOlder();
    await settle();
    assert.equal(asked().at(-1).before, 851);
  });

  test('jumps to the newest messages, though an older page is on its way', async () => {
    await readFarUp();
    lobby.loadOlder();
    await settle();
    const older = asked().at(-1);
    lobby.showNewest();
    await settle();
    await give(451, 500);
    await give(101, 150, older);
    assert.deepEqual(edges(), [451, 500, 50]);
    assert.equal(lobby.isStale, false);
    world.socket.receive(chat(501));
    await settle();
    assert.equal(world.socket.of('read').at(-1).seq, 501);
  });

  test('shows what a search has found, though an older page is on its way', async () => {
    lobby.loadOlder();
    await settle();
    const older = asked().at(-1);
    const found = lobby.showAround(200);
    await settle();
    assert.equal(asked().at(-1).before, 225);
    await give(175, 224);
    await found;
    await give(401, 450, older);
    assert.deepEqual(edges(), [175, 224, 50]);
    assert.equal(lobby.window.hasNewer, true);
  });

  test('shows the newest messages to who asked for them last', async () => {
    lobby.showAround(200);
    await settle();
    const around = asked().at(-1);
    lobby.showNewest();
    await settle();
    await give(451, 500);
    await give(175, 224, around);
    assert.deepEqual(edges(), [451, 500, 50]);
    assert.equal(lobby.window.hasNewer, false);
  });

  test('asks once for what several wishes are about', async () => {
    lobby.loadOlder();
    lobby.loadOlder();
    await settle();
    assert.equal(asked().length, 2);
    await give(401, 450);
    await world.reconnect({ channels: channels(channel(900)) });
    chatPage.show(lobby);
    await settle();
    assert.equal(asked().length, 1);
  });
});

describe('after a backup was restored', () => {
  const direct = (seq, content, fields) => ({
    type: 'message',
    inbox: true,
    seq,
    id: `d${seq}`,
    sender: 'ben',
    to: 'ana',
    content,
    sentAt: '2026-01-31T12:00:00.000Z',
    ...fields,
  });
  const notification = (seq, fields) => ({ ...direct(seq, `notice ${seq}`), type: 'notification', ...fields });

  let world;
  let chatPage;
  let logs;

  /** Answers what was asked of the logs on this connection. */
  async function answer() {
    await settle();
    for (const { id, room, inbox, broadcast } of world.socket.of('history')) {
      const messages = logs[room ?? (inbox ? 'inbox' : 'broadcast')];
      world.socket.receive({ type: 'history', id, room, inbox, broadcast, messages, oldest: 1, more: false });
    }
    await settle();
  }

  const restored = (seq) => channel(seq, { epoch: 'e2' });

  beforeEach(async () => {
    document.hidden = true;
    world = new World();
    chatPage = new Chat(world.connect());
    logs = { lobby: page(1, 300), inbox: [], broadcast: [notification(9, { inbox: undefined, broadcast: true })] };
    for (let seq = 1; seq <= 30; seq++) logs.inbox.push(direct(seq, `old ${seq}`));
    await world.welcome({
      channels: { 'room:lobby': channel(300), inbox: channel(30, { unread: 30 }), broadcast: channel(9) },
    });
    await answer();
  });

  afterEach(() => {
    document.hidden = false;
    world.client.destroy();
  });

  async function restore() {
    logs = { lobby: page(1, 2), inbox: [direct(1, 'old 1')], broadcast: [] };
    await world.reconnect({
      channels: { 'room:lobby': restored(2), inbox: restored(1), broadcast: restored(0) },
    });
  }

  test('a room shows its log of now, and what comes', async () => {
    await restore();
    await answer();
    world.socket.receive(chat(3));
    assert.deepEqual(
      chatPage.active.window.messages.map(({ seq }) => seq),
      [1, 2, 3],
    );
  });

  test('a room keeps what comes while its log is on its way', async () => {
    await restore();
    world.socket.receive(chat(3));
    await answer();
    assert.deepEqual(
      chatPage.active.window.messages.map(({ seq }) => seq),
      [1, 2, 3],
    );
  });

  test('a direct conversation does so too, and is marked as far as it goes now', async () => {
    await restore();
    world.socket.receive(direct(2, 'new'));
    await answer();
    const [ben] = chatPage.directs;
    assert.deepEqual(
      ben.window.messages.map(({ content }) => content),
      ['old 1', 'new'],
    );
    document.hidden = false;
    chatPage.show(ben);
    await settle();
    assert.equal(world.socket.of('read').find(({ inbox }) => inbox).seq, 2);
  });

  test('a notification with the number of an older one is a new one, and one that was kept is the same', async () => {
    const text = () => chatPage.notifications.list.map(({ message }) => message.content);
    assert.deepEqual(text(), ['notice 9']);
    await restore();
    const broadcast = { inbox: undefined, broadcast: true };
    logs.broadcast = [notification(1, { ...broadcast, id: 'd9', content: 'notice 9' })];
    await answer();
    for (let seq = 2; seq <= 9; seq++) {
      world.socket.receive(notification(seq, { ...broadcast, id: `new${seq}`, content: `new ${seq}` }));
    }
    assert.deepEqual(text().sort(), [2, 3, 4, 5, 6, 7, 8, 9].map((seq) => `new ${seq}`).concat('notice 9'));
  });
});

describe('a direct conversation, page by page', () => {
  let world;
  let chatPage;
  let inbox;

  const write = (sender, fields) => {
    const seq = inbox.length + 1;
    const content = `${sender} ${seq}`;
    const sentAt = '2026-01-31T12:00:00.000Z';
    inbox.push({ type: 'message', inbox: true, seq, id: `d${seq}`, sender, to: 'ana', content, sentAt, ...fields });
  };
  const answered = new Set();

  /** Answers what was asked of the inbox, as a server that keeps these messages. */
  async function answer() {
    await settle();
    for (let requests = [1]; requests.length > 0;) {
      requests = world.socket.of('history').filter((request) => request.inbox && !answered.has(request.id));
      for (const { id, before = Infinity, limit } of requests) {
        answered.add(id);
        const messages = inbox.filter(({ seq }) => seq < before).slice(-limit);
        const more = (messages[0]?.seq ?? 1) > 1;
        world.socket.receive({ type: 'history', id, inbox: true, messages, oldest: 1, more });
      }
      await settle();
    }
  }

  const direct = (username) => chatPage.inbox.with({ username });
  const seqs = ({ window }) => window.messages.map(({ seq }) => seq);
  const marks = () => world.socket.of('read').filter((mark) => mark.inbox);

  /** Reads up until the newest messages are no longer in the window. */
  async function readFarUp(conversation) {
    chatPage.show(conversation);
    for (let i = 0; i < 10 && !conversation.window.hasNewer; i++) {
      conversation.loadOlder();
      await answer();
    }
    conversation.isReadAtTheEnd = false;
  }

  async function come(sender) {
    write(sender);
    world.socket.receive(inbox.at(-1));
    await settle();
  }

  beforeEach(async () => {
    inbox = [];
    world = new World();
    chatPage = new Chat(world.connect());
    for (let i = 0; i < 900; i++) write(i % 3 === 0 ? 'cleo' : 'ben');
    await world.welcome({ channels: channels(channel(0), channel(900)) });
    await answer();
  });

  afterEach(() => world.client.destroy());

  test('counts what comes while somebody reads far above, and is not read by that', async () => {
    const ben = direct('ben');
    await readFarUp(ben);
    assert.equal(ben.window.hasNewer, true);
    await come('ben');
    assert.equal(ben.unread, 1);
    assert.equal(chatPage.unread, 1);
    ben.isReadAtTheEnd = true;
    chatPage.markRead();
    await settle();
    assert.deepEqual(marks(), []);
  });

  test('reads on to the newest messages without a gap, and is read then', async () => {
    const ben = direct('ben');
    await readFarUp(ben);
    await come('ben');
    for (let i = 0; i < 20 && ben.window.hasNewer; i++) {
      ben.loadNewer();
      await answer();
    }
    const own = inbox.filter(({ sender }) => sender === 'ben').map(({ seq }) => seq);
    assert.deepEqual(seqs(ben), own.slice(-300));
    ben.isReadAtTheEnd = true;
    chatPage.markRead();
    await settle();
    assert.deepEqual(
      marks().map(({ seq }) => seq),
      [901],
    );
  });

  test('finds what came though many others have written since', async () => {
    const ben = direct('ben');
    await readFarUp(ben);
    await come('ben');
    for (let i = 0; i < 700; i++) write('cleo');
    for (const message of inbox.slice(901)) world.socket.receive(message);
    chatPage.show(direct('cleo'));
    chatPage.show(ben);
    await answer();
    assert.equal(seqs(ben).at(-1), 901);
    assert.equal(ben.unreadFrom, 901);
    assert.equal(ben.unread, 0);
  });

  test('reads on from where its window begins, wherever others have read to', async () => {
    const [ben, cleo] = [direct('ben'), direct('cleo')];
    for (let i = 0; i < 3; i++) {
      cleo.loadOlder();
      await answer();
    }
    for (let i = 0; i < 300; i++) await come('ben');
    const oldest = seqs(ben)[0];
    assert.equal(oldest, 901);
    ben.loadOlder();
    await answer();
    assert.deepEqual(
      seqs(ben).filter((seq) => seq < 905),
      inbox.filter(({ sender, seq }) => sender === 'ben' && seq >= 701 && seq < 905).map(({ seq }) => seq),
    );
  });

  test('says that its messages could not be read, and reads them when somebody tries again', async () => {
    const ben = direct('ben');
    await world.reconnect({ channels: channels(channel(0), channel(900)) });
    await settle();
    const { id } = world.socket.of('history').find((request) => request.inbox);
    answered.add(id);
    world.socket.receive({ type: 'error', id, code: 'internal', message: 'The server failed.' });
    await settle();
    assert.equal(ben.loadError.code, 'internal');
    assert.deepEqual(seqs(ben), []);
    ben.reloadIfStale();
    assert.equal(ben.loadError, undefined);
    await answer();
    assert.equal(seqs(ben).at(-1), 900);
  });

  test('drops an older page that comes after the inbox was begun anew', async () => {
    const ben = direct('ben');
    ben.loadOlder();
    await settle();
    inbox = [];
    write('ben');
    await world.reconnect({ channels: channels(channel(0), channel(1, { epoch: 'e2' })) });
    await answer();
    assert.deepEqual(seqs(ben), [1]);
  });
});

describe('a direct conversation with a guest', () => {
  const IDA = { username: 'ida', guest: 'k3f9' };
  const OTHER = { username: 'Ida', guest: 'x7y8' };

  let world;
  let chatPage;
  let problems;

  /** Tells who is connected. */
  async function present(people, count = people.length) {
    const { id } = world.socket.of('presence').at(-1);
    world.socket.receive({ type: 'presence', id, room: 'lobby', present: people, count });
    await settle();
  }

  async function changed(change, count) {
    world.socket.receive({ type: 'presence', room: 'lobby', ...change, count });
    await settle();
  }

  const sent = () => world.socket.of('message').map(({ to, content }) => `${to}: ${content}`);

  async function write(content) {
    chatPage.send(content);
    await settle();
  }

  function assertRefused(content) {
    assert.deepEqual(sent(), []);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['guest_away'],
    );
    assert.equal(chatPage.active.draft, content);
    assert.deepEqual(chatPage.outgoing, []);
  }

  beforeEach(async () => {
    world = new World();
    chatPage = new Chat(world.connect());
    problems = [];
    chatPage.addEventListener('problem', ({ detail }) => problems.push(detail));
    await world.welcome({ channels: channels(channel(0)) });
    await world.clock.advance(1_000);
    chatPage.showDirect(IDA);
  });

  afterEach(() => world.client.destroy());

  test('is sent while the guest is there', async () => {
    await present([IDA, { username: 'ben' }]);
    await write('psst');
    assert.deepEqual(sent(), ['ida: psst']);
    assert.deepEqual(problems, []);
  });

  test('is not sent to another guest of that name', async () => {
    await present([IDA]);
    await changed({ left: [IDA] }, 0);
    await changed({ joined: [OTHER] }, 1);
    await write('psst');
    assertRefused('psst');
  });

  test('is not sent where it is not clear which guest would receive it', async () => {
    await present([IDA, OTHER]);
    await write('psst');
    assertRefused('psst');
  });

  test('is not sent to a user who took the name', async () => {
    await present([{ username: 'guest-k3f9', guest: 'k3f9' }, { username: 'ida' }]);
    await write('psst');
    assertRefused('psst');
  });

  test('is not sent while nobody of that name is there: one may come', async () => {
    await present([{ username: 'ben' }]);
    await write('psst');
    assertRefused('psst');
  });

  test('is not sent before it is known who is there after a reconnect', async () => {
    await present([IDA]);
    await world.reconnect({ channels: channels(channel(0)) });
    await write('psst');
    assertRefused('psst');
    await world.clock.advance(1_000);
    await present([IDA]);
    await write('psst again');
    assert.deepEqual(sent(), ['ida: psst again']);
  });

  test('is not sent later, when somebody else may be there', async () => {
    await present([IDA]);
    world.socket.closeWith(1006);
    await write('psst');
    assertRefused('psst');
  });

  test('is not sent again either, after it has failed', async () => {
    await present([IDA]);
    await write('psst');
    world.socket.answer('message', { type: 'error', code: 'conflict', message: 'Which guest?' });
    await settle();
    const [{ id, state }] = chatPage.outgoing;
    assert.equal(state, 'failed');
    await changed({ left: [IDA] }, 0);
    chatPage.retry(id);
    await settle();
    assert.equal(sent().length, 1);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['guest_away'],
    );
  });

  test('is sent where the lobby is too large to say who is there', async () => {
    await present([{ username: 'ben' }], 150);
    await write('psst');
    assert.deepEqual(sent(), ['ida: psst']);
  });

  test('with a user needs nobody to be there', async () => {
    chatPage.showDirect({ username: 'ben' });
    await write('psst');
    assert.deepEqual(sent(), ['ben: psst']);
  });
});
