import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, json, settle, welcome } from './support/world.js';

function worldOf(tokens) {
  const world = new World();
  world.http = () => json(201, { ticket: 't' });
  return {
    world,
    getToken: async () => {
      const token = tokens.shift();
      if (token instanceof Error) throw token;
      return token;
    },
  };
}

test('the token is renewed on the open connection after four fifths of its life', async () => {
  const { world, getToken } = worldOf(['first', 'second', 'third']);
  const client = await world.open({ getToken }, { expiresIn: 20_000 });
  await world.clock.advance(15_999);
  assert.equal(world.socket.of('login').length, 1);
  await world.clock.advance(1);
  const { id, ...login } = world.socket.last('login');
  assert.deepEqual(login, { type: 'login', token: 'second' });
  world.socket.answer('login', welcome({ expiresIn: 10_000, roles: ['notify'] }));
  assert.deepEqual(client.roles, ['notify']);
  await world.clock.advance(8_000);

  assert.equal(world.socket.last('login').token, 'third');
  assert.equal(world.sockets.length, 1);
});

test('a renewal changes no position and is no new sign-in', async () => {
  const { world, getToken } = worldOf(['first', 'second']);
  const opened = { position: { epoch: 'e1', seq: 5 }, recovered: false, unread: 0 };
  const client = await world.open({ getToken }, { expiresIn: 20_000, channels: { inbox: opened } });
  let welcomes = 0;
  client.on('welcome', () => welcomes++);
  world.socket.receive({ type: 'message', inbox: true, seq: 6, id: 'm', sender: 'ben', content: 'x', sentAt: '' });
  await world.clock.advance(16_000);
  world.socket.answer('login', welcome({ channels: { inbox: { ...opened, recovered: true } } }));

  assert.equal(client.positions.inbox.seq, 6);
  assert.equal(welcomes, 0);
});

test('a renewal that fails is told and tried again, and the connection stays', async () => {
  const { world, getToken } = worldOf(['first', new Error('the provider is away'), 'third']);
  const client = await world.open({ getToken }, { expiresIn: 20_000 });
  await world.clock.advance(16_000);
  assert.deepEqual(
    world.events.map(({ code }) => code),
    ['token_failed'],
  );
  assert.equal(client.state, 'OPEN');
  await world.clock.advance(1_000);
  world.socket.answer('login', { type: 'error', code: 'internal', message: 'Nobody can check it for now.' });
  await settle();
  assert.deepEqual(
    world.events.map(({ code }) => code),
    ['token_failed', 'internal'],
  );
});

test('nothing is renewed without a function, without an end, or after the connection has gone', async () => {
  const { world, getToken } = worldOf(['first', 'second']);
  await world.open({ getToken });
  await world.clock.advance(25_000);
  assert.equal(world.socket.of('login').length, 1, 'a token without an end');

  const other = new World();
  other.http = () => json(201, { ticket: 't' });
  await other.open({ token: 'constant' }, { expiresIn: 2_000 });
  await other.clock.advance(20_000);
  assert.equal(other.socket.of('login').length, 1, 'a constant token');

  const asked = [];
  const third = new World();
  third.http = () => json(201, { ticket: 't' });
  const client = await third.open({ getToken: () => asked.push('asked') && 'abc' }, { expiresIn: 20_000 });
  client.close();
  await third.clock.advance(60_000);
  assert.equal(asked.length, 1);
});

test('an answer of the function that comes too late is dropped', async () => {
  let give;
  const tokens = [() => 'first', () => new Promise((resolve) => (give = resolve)), () => 'third'];
  const world = new World();
  world.http = () => json(201, { ticket: 't' });
  const client = await world.open({ getToken: () => tokens.shift()() }, { expiresIn: 20_000 });
  await world.clock.advance(16_000);
  world.socket.closeWith(1006);
  give('late');
  await settle();
  assert.deepEqual(world.events, []);
  assert.equal(client.state, 'WAITING');
  await world.nextAttempt();
  await world.welcome({ expiresIn: 20_000 });
  assert.equal(world.socket.of('login').length, 1);
});
