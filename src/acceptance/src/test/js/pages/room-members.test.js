import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { World, settle } from '../client/support/world.js';
import { importPage } from './import-map.js';

const { RoomMembers } = await importPage('chat/model/room-members.js');

const PLANS = '_plans-x1';

let world;
let members;
let changes;

const asked = () => world.socket.of('members').length;

async function answer(...names) {
  world.socket.answer('members', { type: 'members', room: PLANS, owner: 'ana', members: names });
  await settle();
}

async function join() {
  const position = { epoch: 'e1', seq: 10 };
  const present = [{ username: 'ana' }];
  world.socket.answer('join', { type: 'joined', room: PLANS, position, recovered: false, present, count: 1 });
  await settle();
}

async function fail() {
  world.socket.answer('members', { type: 'error', code: 'internal', message: 'The server failed.' });
  await settle();
}

function changePresence(joined, left) {
  const people = (names) => names.map((username) => ({ username }));
  world.socket.receive({ type: 'presence', room: PLANS, joined: people(joined), left: people(left), count: 2 });
}

function comes(username) {
  changePresence([username], []);
}

beforeEach(async () => {
  world = new World();
  const client = await world.open();
  changes = 0;
  members = new RoomMembers(client.join(PLANS), () => changes++);
  await join();
});

afterEach(() => world.client.destroy());

test('the members are read when somebody wants to see them', async () => {
  assert.equal(asked(), 0);
  members.read();
  await answer('ana', 'igor');
  assert.deepEqual([members.owner, members.names, changes], ['ana', ['ana', 'igor'], 1]);
});

test('a change while the list is on its way is in the next list', async () => {
  const read = members.read();
  const invited = members.invite('olga');
  world.socket.answer('invite', { type: 'ack' });
  await settle();
  assert.equal(asked(), 1);
  await answer('ana');
  assert.equal(asked(), 2);
  await answer('ana', 'olga');
  await Promise.all([read, invited]);
  assert.deepEqual(members.names, ['ana', 'olga']);
});

test('a change while a read is on its way that then fails is in the next list', async () => {
  const read = members.read();
  const invited = members.invite('olga');
  world.socket.answer('invite', { type: 'ack' });
  await settle();
  await fail();
  assert.equal(asked(), 2, 'the one that failed, and another one for the change');
  await answer('ana', 'olga');
  await Promise.all([read, invited]);
  assert.deepEqual([members.error, members.names, changes], [undefined, ['ana', 'olga'], 1]);
});

test('somebody who comes and is in no list was let in since', async () => {
  comes('igor');
  assert.equal(asked(), 0, 'nobody looks at the list yet');
  members.read();
  await answer('ana', 'igor');
  comes('igor');
  assert.equal(asked(), 1, 'a member');
  comes('olga');
  assert.equal(asked(), 2);
  await answer('ana', 'igor', 'olga');
  assert.deepEqual(members.names, ['ana', 'igor', 'olga']);
});

test('a member who goes away may have been removed', async () => {
  changePresence([], ['igor']);
  assert.equal(asked(), 0, 'nobody looks at the list yet');
  members.read();
  await answer('ana', 'igor', 'olga');
  changePresence([], ['igor', 'olga']);
  assert.equal(asked(), 2, 'once for all of one change');
  changePresence([], ['olga']);
  assert.equal(asked(), 2, 'one at a time');
  await answer('ana', 'igor');
  assert.equal(asked(), 3, 'what was on its way may be older than the last change');
  await answer('ana');
  assert.deepEqual(members.names, ['ana']);
  changePresence([], ['igor']);
  assert.equal(asked(), 3, 'in the list no more');
});

test('the members are read again after a reconnect', async () => {
  members.read();
  await answer('ana', 'igor');
  await world.reconnect();
  assert.equal(asked(), 0);
  await join();
  await answer('ana');
  assert.deepEqual(members.names, ['ana']);
});

test('a list that cannot be read is an error until the next one', async () => {
  members.read();
  await fail();
  assert.equal(members.error.code, 'internal');
  members.read();
  await answer('ana');
  assert.deepEqual([members.error, members.names, changes], [undefined, ['ana'], 2]);
});

test('a refused removal rejects, and changes no list', async () => {
  const removed = members.remove('igor');
  world.socket.answer('remove', { type: 'error', code: 'forbidden', message: 'Only the owner does that.' });
  await assert.rejects(removed, { code: 'forbidden' });
  assert.equal(asked(), 0);
});
