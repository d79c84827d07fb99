import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importPage } from './import-map.js';

const { MessageWindow, WINDOW_MAX } = await importPage('chat/model/message-window.js');
const { isWorthARetry } = await importPage('chat/model/retry.js');
const { RoomSearch } = await importPage('chat/model/room-search.js');
const { firstUnread, InboxUnread, windowTitle } = await importPage('chat/model/unread.js');
const { Series } = await importPage('monitor/series.js');
const { formatValue, unitOf } = await importPage('monitor/format.js');

/** Messages from one number to another. */
const page = (from, to, sender = 'ana') => {
  const messages = [];
  for (let seq = from; seq <= to; seq++) messages.push({ type: 'chat', seq, sender, content: `${seq}` });
  return messages;
};
const seqs = ({ messages }) => messages.map(({ seq }) => seq);
const edges = (window) => [window.oldestSeq, window.newestSeq, window.hasOlder, window.hasNewer];

describe('a window on a channel', () => {
  test('keeps what came live while the newest page was on its way', () => {
    const window = new MessageWindow();
    window.append(page(5, 5)[0], true);
    window.reload(page(1, 4), false);
    assert.deepEqual(seqs(window), [1, 2, 3, 4, 5]);
  });

  test('shows no message twice', () => {
    const window = new MessageWindow();
    window.reload(page(1, 3), false);
    window.append(page(3, 3)[0], true);
    window.prepend(page(1, 1), false);
    window.extend(page(3, 4), false);
    assert.deepEqual(seqs(window), [1, 2, 3, 4]);
  });

  test('drops the oldest for who reads at the end', () => {
    const window = new MessageWindow();
    window.reload(page(1, WINDOW_MAX), false);
    window.append(page(WINDOW_MAX + 1, WINDOW_MAX + 1)[0], true);
    assert.deepEqual(edges(window), [2, WINDOW_MAX + 1, true, false]);
  });

  test('drops nothing from under who reads further up', () => {
    const window = new MessageWindow();
    window.reload(page(1, WINDOW_MAX), false);
    window.append(page(WINDOW_MAX + 1, WINDOW_MAX + 1)[0], false);
    assert.deepEqual(edges(window), [1, WINDOW_MAX, false, true]);
  });

  test('drops the newest where older ones are read, and finds them again', () => {
    const window = new MessageWindow();
    window.reload(page(51, 50 + WINDOW_MAX), true);
    window.prepend(page(1, 50), false);
    assert.deepEqual(edges(window), [1, WINDOW_MAX, false, true]);
    window.extend(page(WINDOW_MAX + 1, WINDOW_MAX + 50), false);
    assert.deepEqual(edges(window), [51, WINDOW_MAX + 50, true, false]);
  });

  test('is never longer than its bound, however far somebody reads', () => {
    const window = new MessageWindow();
    window.reload(page(9_951, 10_000), true);
    for (let oldest = 9_950; oldest > 0; oldest -= 50) window.prepend(page(oldest - 49, oldest), oldest > 50);
    assert.deepEqual(edges(window), [1, WINDOW_MAX, false, true]);
  });
});

describe('what is unread', () => {
  const isOwn = ({ sender }) => sender === 'me';

  test('begins at the first of the last messages of others', () => {
    const messages = [...page(1, 3), ...page(4, 4, 'me'), ...page(5, 6)];
    assert.equal(firstUnread(messages, 2, isOwn), 5);
    assert.equal(firstUnread(messages, 3, isOwn), 3);
    assert.equal(firstUnread(messages, 0, isOwn), undefined);
    assert.equal(firstUnread(messages, 100, isOwn), 1);
    assert.equal(firstUnread([], 3, isOwn), undefined);
  });

  test('in the inbox is marked as far as everything before it is read', () => {
    const unread = new InboxUnread();
    for (const message of page(1, 5)) unread.came(message);
    assert.equal(unread.read([2, 4]), 0);
    assert.equal(unread.read([1]), 2);
    assert.equal(unread.isUnread(3), true);
    assert.equal(unread.read([3, 5]), 5);
  });

  test('in the inbox follows a mark that was set elsewhere', () => {
    const unread = new InboxUnread();
    for (const message of page(1, 3)) unread.came(message);
    unread.readUpTo(2);
    assert.deepEqual(
      [1, 2, 3].map((seq) => unread.isUnread(seq)),
      [false, false, true],
    );
  });

  test('stands in the title of the window', () => {
    assert.equal(windowTitle(0, '# lobby'), '# lobby · Parley');
    assert.equal(windowTitle(3, '# lobby'), '(3) # lobby · Parley');
    assert.equal(windowTitle(100, '# lobby'), '(99+) # lobby · Parley');
  });
});

describe('a metric', () => {
  test('keeps a bounded number of values, however fast they come', () => {
    const series = new Series('hall.temperature');
    for (let at = 0; at < 2 * 60 * 60_000; at += 10) series.add(at, at, at);
    assert.ok(series.points(60_000).length <= 1_200);
    assert.ok(series.points(3_600_000).length <= 3_600);
    assert.equal(series.value, 2 * 60 * 60_000 - 10);
  });

  test('that counts is shown as its rate, which a restart does not make negative', () => {
    const series = new Series('parley.one.messages.in');
    series.add(1_000, 100, 1_000);
    assert.equal(series.value, undefined);
    series.add(3_000, 300, 3_000);
    assert.equal(series.value, 100);
    series.add(4_000, 5, 4_000);
    assert.equal(series.value, 0);
  });

  test('says when it is old, and which threshold it has crossed', () => {
    const series = new Series('hall.temperature');
    series.thresholds = { above: 30, below: 10 };
    series.add(0, 20, 0);
    assert.equal(series.crossed, undefined);
    assert.equal(series.isStale(30_000), false);
    assert.equal(series.isStale(30_001), true);
    series.add(1, 31, 1);
    assert.equal(series.crossed, 'above');
    series.add(2, 9, 2);
    assert.equal(series.crossed, 'below');
  });

  test('has the unit that its name ends with', () => {
    assert.equal(formatValue(unitOf('parley.cpu'), 0.125, 'en'), '12.5%');
    assert.equal(formatValue(unitOf('parley.one.heap.used'), 64 * 1024 * 1024, 'en'), '64 MiB');
    assert.equal(formatValue(unitOf('shop.request.ms'), 12.3, 'en'), '12.3 ms');
    assert.equal(formatValue(unitOf('parley.commits'), 1_234.56, 'en'), '1,230/s');
    assert.equal(formatValue(unitOf('hall.temperature'), 21.5, 'en'), '21.5');
    assert.equal(formatValue(unitOf('hall.temperature'), -1.25e300, 'en'), '-1.25E300');
    assert.equal(formatValue(unitOf('shop.request.ms'), 1e300, 'en'), '1E300 ms');
  });
});

describe('a search in a room', () => {
  /** A room that keeps what it is asked until a test answers. */
  function slowRoom() {
    const asked = [];
    const search = (text, options) =>
      new Promise((resolve, reject) => asked.push({ text, options, resolve, reject }));
    return { search, asked };
  }

  test('goes further back where the last answer ended', async () => {
    const room = slowRoom();
    const search = new RoomSearch(() => {});
    const first = search.begin(room, 'text');
    assert.equal(search.isBusy, true);
    room.asked[0].resolve({ messages: page(3, 4), more: true, searched: 3 });
    await first;
    assert.deepEqual([search.isBusy, search.more], [false, 3]);
    const second = search.goOn(room);
    room.asked[1].resolve({ messages: page(1, 2), more: false, searched: 1 });
    await second;
    assert.deepEqual(
      room.asked.map(({ text, options }) => [text, options.before]),
      [
        ['text', undefined],
        ['text', 3],
      ],
    );
    assert.deepEqual(
      search.found.map(({ seq }) => seq),
      [4, 3, 2, 1],
    );
    assert.equal(search.more, undefined);
  });

  test('shows nothing of a room that somebody has left meanwhile', async () => {
    const room = slowRoom();
    const search = new RoomSearch(() => {});
    const late = search.begin(room, 'text');
    search.clear();
    room.asked[0].resolve({ messages: page(1, 2), more: true, searched: 1 });
    await late;
    const refused = search.begin(room, 'text');
    search.clear();
    room.asked[1].reject(new Error('late'));
    await refused;
    assert.deepEqual([search.found, search.more, search.error], [undefined, undefined, undefined]);
    assert.equal(search.isBusy, false);
  });

  test('keeps what it has when it cannot go on, and says why', async () => {
    const room = slowRoom();
    const search = new RoomSearch(() => {});
    const first = search.begin(room, 'text');
    room.asked[0].resolve({ messages: page(3, 4), more: true, searched: 3 });
    await first;
    const second = search.goOn(room);
    room.asked[1].reject(new Error('lost'));
    await second;
    assert.deepEqual([search.found.length, search.more, search.error.message], [2, 3, 'lost']);
  });
});

test('what is too long is not offered to be sent again, and what may pass is', () => {
  for (const code of ['too_long', 'bad_message', 'forbidden']) assert.equal(isWorthARetry({ code }), false, code);
  for (const code of ['timeout', 'too_many_files', 'expired', undefined]) {
    assert.equal(isWorthARetry({ code }), true, code);
  }
  assert.equal(isWorthARetry(undefined), true);
});
