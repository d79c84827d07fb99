import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FakeStorage, World, channel, settle } from '../client/support/world.js';
import { importPage } from './import-map.js';

globalThis.document = Object.assign(new EventTarget(), { hidden: false });
globalThis.localStorage = new FakeStorage();
globalThis.sessionStorage = new FakeStorage();

const { Chat } = await importPage('chat/model/chat.js');
const { forgetPerson, storeCredentials, storedCredentials } = await importPage('shared/session.js');
const { writeSetting } = await importPage('shared/settings.js');

const CHANNELS = { 'room:lobby': channel(0), inbox: channel(0), broadcast: channel(0) };
const RITA = { username: 'rita', guest: 'k3f9', guestSecret: 'secret of rita' };

/** Signs in as the page does, with the storage of its tab, and writes what does not get through. */
async function signIn(username, fields = {}) {
  const world = new World();
  const chatPage = new Chat(world.connect({ username, storage: sessionStorage }));
  storeCredentials({ username });
  await world.welcome({ username, channels: CHANNELS, ...fields });
  world.socket.answer('rooms', { type: 'rooms', rooms: [{ room: '_plans-1a2b', joined: false, unread: 0 }] });
  await settle();
  chatPage.send('not sent yet');
  await settle();
  return world.client;
}

const kept = () => [...sessionStorage.values.keys(), ...localStorage.values.keys()];

describe('signing out', () => {
  let world;

  beforeEach(() => {
    sessionStorage.values.clear();
    localStorage.values.clear();
  });

  afterEach(() => world?.client.destroy());

  for (const fields of [{}, RITA]) {
    test(`leaves nothing of a ${fields.guest ? 'guest' : 'user'} but theme and language`, async () => {
      const client = await signIn('rita', fields);
      writeSetting('parley.theme', 'dark');
      writeSetting('parley.language', 'zh-Hant');
      writeSetting('parley.desktopNotices', 'on');
      writeSetting('parley.monitor.thresholds', '{}');
      writeSetting('of another application', 'stays');
      client.destroy();
      const before = kept().join();
      for (const part of ['parley.session', 'parley.queue', 'parley.rooms.rita']) {
        assert.ok(before.includes(part), part);
      }
      assert.equal(before.includes('parley.guest'), fields.guest !== undefined);
      forgetPerson();
      assert.deepEqual(kept(), ['parley.theme', 'parley.language', 'of another application']);
      assert.equal(storedCredentials(), undefined);
    });
  }

  test('makes the next guest of the same name another one', async () => {
    (await signIn('rita', RITA)).destroy();
    forgetPerson();
    world = new World();
    world.connect({ username: 'rita', storage: sessionStorage });
    await settle();
    world.socket.open();
    await settle();
    const [login] = world.socket.of('login');
    assert.equal(login.username, 'rita');
    assert.equal(login.guestSecret, undefined);
    assert.deepEqual(world.client.outgoing.entries, []);
  });
});
