import assert from 'node:assert/strict';
import { test } from 'node:test';
import { URL_OF_CHAT, World, channel, chat, failureOf, json, settle } from './support/world.js';

/** A world whose server gives a ticket for each token, and names the token in it. */
function worldWithTickets() {
  const world = new World();
  world.http = (method, address, { Authorization }) => json(201, { ticket: Authorization.slice('Bearer '.length) });
  return world;
}

test('a guest becomes a user, with the same rooms and listeners', async () => {
  const world = worldWithTickets();
  const client = world.connect();
  const room = client.join('tea');
  const seen = [];
  room.on('message', ({ content }) => seen.push(content));
  await world.welcome({ username: 'ana', guest: 'k3f9', guestSecret: 'shh', channels: { 'room:tea': channel(4) } });
  const before = world.socket;

  const signedIn = client.login({ token: 'a.b.c' });
  assert.equal(before.closedWith, 1000);
  await world.welcome({ username: 'anna', channels: { 'room:tea': channel(5, { recovered: true, unread: 3 }) } });
  assert.equal((await signedIn).username, 'anna');
  assert.equal(world.socket.url, `${URL_OF_CHAT}?ticket=a.b.c`);
  const { username, guestSecret, positions } = world.socket.last('login');
  assert.deepEqual([username, guestSecret], [undefined, undefined]);
  assert.deepEqual(positions['room:tea'], { epoch: 'e1', seq: 4 });
  assert.equal(room.state, 'JOINED');
  assert.equal(room.unread, 3, 'what the user has not read, and not the guest');
  world.socket.receive(chat(5, { room: 'tea', content: 'missed' }));
  assert.deepEqual(seen, ['missed']);
  assert.deepEqual(world.states, ['OPEN', 'WAITING', 'CONNECTING', 'OPEN']);
});

test('what the one before had written waits for that one', async () => {
  const world = worldWithTickets();
  const client = await world.open({ username: undefined, token: 'of-ana' });
  const stored = client.chat('lobby', 'from ana', { id: 'a1' });
  client.login({ token: 'of-ben' });
  await world.welcome({ username: 'ben' });
  assert.equal((await failureOf(stored)).code, 'user_changed');
  assert.deepEqual(world.socket.of('chat'), []);

  client.login({ token: 'of-ana' });
  await world.welcome({ username: 'ana' });
  assert.deepEqual(
    world.socket.of('chat').map(({ id }) => id),
    ['a1'],
  );
});

test('a user with a new token goes on where it was, and nobody is told of an end', async () => {
  const world = worldWithTickets();
  const client = await world.open({ username: undefined, token: 'old' }, { channels: { inbox: channel(7) } });
  const stored = client.chat('lobby', 'hello', { id: 'h1' });
  client.login({ token: async () => 'new' });
  const opened = client.whenOpen();
  await world.welcome({ channels: { inbox: channel(7, { recovered: true }) } });

  await opened;
  assert.deepEqual(world.socket.last('login').positions, { inbox: { epoch: 'e1', seq: 7 } });
  world.socket.receive({ type: 'ack', id: world.socket.last('chat').id, room: 'lobby', seq: 8, sentAt: '' });
  assert.equal((await stored).seq, 8);
  await world.reconnect();
  assert.equal(world.socket.url, `${URL_OF_CHAT}?ticket=new`);
  assert.ok(!world.states.includes('CLOSED'));
});

test('login connects from every state', async () => {
  const world = worldWithTickets();
  const client = world.connect({ startClosed: true });
  const opened = client.login({ username: 'bea' });
  await settle();
  assert.equal(client.state, 'CONNECTING');
  const first = world.socket;
  client.login({ username: 'carla' });
  await world.welcome();
  await opened;
  assert.equal(first.closedWith, 1000);
  assert.equal(world.socket.last('login').username, 'carla');

  world.socket.closeWith(1006);
  assert.equal(client.state, 'WAITING');
  client.login({ username: 'dora' });
  await world.welcome();
  assert.equal(world.socket.last('login').username, 'dora');
  assert.equal(client.state, 'OPEN');

  world.socket.closeWith(4501);
  assert.equal(client.state, 'CLOSED');
  client.login({ username: 'eva' });
  await world.welcome();
  assert.equal(world.socket.last('login').username, 'eva');
  client.destroy();
  assert.throws(() => client.login({ username: 'fay' }), { code: 'destroyed' });
  assert.deepEqual(world.clock.pending, []);
});

test('a login that is refused says why, and another one may follow', async () => {
  const world = worldWithTickets();
  const client = await world.open();
  world.http = () => json(401, { code: 'login_refused', detail: 'The token is no JWT of ours.' });
  const error = await failureOf(client.login({ token: 'forged' }));
  assert.equal(error.code, 'login_refused');
  assert.equal(client.state, 'CLOSED');

  client.login({ username: 'ana' });
  await world.welcome();
  assert.equal(client.state, 'OPEN');
});

test('what is no credential is said at once, and changes nothing', async () => {
  const world = worldWithTickets();
  const client = await world.open();
  for (const [who, code, sentence] of [
    [undefined, 'bad_option', /login\(\) was given undefined/],
    ['a.b.c', 'bad_option', /login\(\) was given a text/],
    [{ tokne: 'a.b.c' }, 'bad_option', /login\(\) takes no 'tokne'/],
    [{ url: 'ws://elsewhere.example/chat' }, 'bad_option', /takes no 'url'/],
    [{ token: undefined }, 'bad_token', /'token' is undefined/],
    [{ token: 'a', ticket: 'b' }, 'bad_option', /not both/],
  ]) {
    assert.throws(() => client.login(who), (error) => error.code === code && sentence.test(error.message));
  }
  assert.equal(client.state, 'OPEN');
  await world.reconnect();
  assert.equal(world.socket.last('login').username, 'ana');
});

test('a listener may end the client while it signs in anew', async () => {
  const world = worldWithTickets();
  const client = await world.open();
  client.on('state', ({ state }) => state === 'WAITING' && client.close());
  const error = await failureOf(client.login({ username: 'bea' }));

  assert.equal(error.code, 'closed');
  assert.equal(client.state, 'CLOSED');
  assert.equal(world.sockets.length, 1);
});
