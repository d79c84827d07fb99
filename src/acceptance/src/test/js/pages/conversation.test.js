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
  const OTHER = { username: 'ida', guest: 'x7y8' };

  let world;
  let chatPage;

  const sent = () => world.socket.of('message').map(({ to, toGuest, content }) => `${to}#${toGuest}: ${content}`);
  const onTheirWay = () => chatPage.outgoing.map(({ message }) => message.content);
  const names = () => chatPage.directs.map(({ title }) => title);

  async function write(content) {
    chatPage.send(content);
    await settle();
  }

  const message = (seq, fields) => ({
    type: 'message',
    inbox: true,
    seq,
    id: `d${seq}`,
    content: `message ${seq}`,
    sentAt: '2026-01-31T12:00:00.000Z',
    ...fields,
  });

  /** Answers what was asked of the inbox last. */
  async function give(messages, more = false) {
    const { id } = world.socket.of('history').findLast(({ inbox }) => inbox);
    world.socket.receive({ type: 'history', id, inbox: true, messages, oldest: 1, more });
    await settle();
  }

  beforeEach(async () => {
    world = new World();
    chatPage = new Chat(world.connect());
    await world.welcome({ channels: channels(channel(0), channel(9)) });
    chatPage.showDirect(IDA);
  });

  afterEach(() => world.client.destroy());

  test('is with this guest alone', async () => {
    await write('psst');
    chatPage.showDirect(OTHER);
    await write('hello');
    assert.deepEqual(sent(), ['ida#k3f9: psst', 'ida#x7y8: hello']);
  });

  test('goes on when the connection is there again, whoever has come meanwhile', async () => {
    world.socket.closeWith(1006);
    await write('psst');
    assert.deepEqual(onTheirWay(), ['psst']);
    await world.nextAttempt();
    await world.welcome({ channels: channels(channel(0), channel(9)) });
    assert.deepEqual(sent(), ['ida#k3f9: psst']);
  });

  test('is sent again to the same guest, after it was refused', async () => {
    await write('psst');
    world.socket.answer('message', { type: 'error', code: 'conflict', message: 'No such guest.' });
    await settle();
    const [{ id, state }] = chatPage.outgoing;
    assert.equal(state, 'failed');
    chatPage.retry(id);
    await settle();
    assert.deepEqual(sent(), ['ida#k3f9: psst', 'ida#k3f9: psst']);
    assert.notEqual(world.socket.last('message').id, id);
  });

  test('shows what is on its way to this guest, and not to others of that name', async () => {
    await write('psst');
    assert.deepEqual(onTheirWay(), ['psst']);
    for (const person of [OTHER, { username: 'ida' }]) {
      chatPage.showDirect(person);
      assert.deepEqual(onTheirWay(), []);
    }
    await write('to the user');
    assert.deepEqual(sent(), ['ida#k3f9: psst', 'ida#undefined: to the user']);
    assert.deepEqual(onTheirWay(), ['to the user']);
    chatPage.showDirect({ username: 'eve', guest: IDA.guest });
    assert.deepEqual(onTheirWay(), ['psst']);
  });

  test('stays one under another name of the guest, with the newest name', async () => {
    await give([message(9, { sender: 'ida', guest: 'k3f9', to: 'ana' })], true);
    await write('psst');
    world.socket.receive(message(10, { sender: 'ana', to: 'eve', toGuest: 'k3f9' }));
    assert.deepEqual(names(), ['eve']);
    assert.deepEqual(
      chatPage.active.window.messages.map(({ seq }) => seq),
      [9, 10],
    );
    chatPage.active.loadOlder();
    await settle();
    await give([message(8, { sender: 'ida', guest: 'k3f9', to: 'ana' })]);
    assert.deepEqual(names(), ['eve']);
    world.socket.receive(message(11, { sender: 'zoe', guest: 'k3f9', to: 'ana' }));
    assert.deepEqual(names(), ['zoe']);
    assert.equal(chatPage.active.window.messages.length, 4);
  });

  test('has the name under which somebody has found the guest', async () => {
    await give([message(9, { sender: 'ida', guest: 'k3f9', to: 'ana' })]);
    chatPage.showDirect({ username: 'eve', guest: 'k3f9' });
    assert.deepEqual(names(), ['eve']);
  });

  test('is not with a user whose name looks like it', () => {
    chatPage.showDirect({ username: 'ida#k3f9' });
    chatPage.showDirect({ username: '#k3f9' });
    assert.equal(chatPage.directs.length, 3);
  });
});
