import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { importPage } from './import-map.js';

const { PaintQueue } = await importPage('monitor/paint-queue.js');

const BUDGET_MILLIS = 8;
let now = 0;
/** @type {(() => void)[]} */
let frames = [];
/** @type {string[]} */
let painted = [];

globalThis.performance.now = () => now;
globalThis.requestAnimationFrame = (frame) => frames.push(() => frame(now));

beforeEach(() => {
  frames = [];
  painted = [];
});

/** The next frame, as a browser would show it. */
function frame() {
  const [next, ...others] = frames.splice(0);
  assert.deepEqual(others, [], 'one frame at a time');
  next?.();
  return painted.splice(0);
}

/** @param {string} name @param {number} millis that it takes */
const paint = (name, millis) => () => {
  now += millis;
  painted.push(name);
};

test('as much is painted in a frame as it has time for, and the rest in those that follow', () => {
  const queue = new PaintQueue();
  for (const name of ['a', 'b', 'c', 'd', 'e']) queue.add(paint(name, BUDGET_MILLIS / 2 + 1));
  assert.deepEqual(painted, []);
  assert.deepEqual(frame(), ['a', 'b']);
  assert.deepEqual(frame(), ['c', 'd']);
  assert.deepEqual(frame(), ['e']);
  assert.equal(frames.length, 0);
});

test('one that takes longer than a frame has does not hold up the others for ever', () => {
  const queue = new PaintQueue();
  queue.add(paint('slow', 10 * BUDGET_MILLIS));
  queue.add(paint('quick', 1));
  assert.deepEqual([frame(), frame()], [['slow'], ['quick']]);
});

test('what is asked for again while it waits is painted once, and later as often as it is asked for', () => {
  const queue = new PaintQueue();
  const again = paint('again', 1);
  queue.add(again);
  queue.add(again);
  assert.deepEqual(frame(), ['again']);
  queue.add(again);
  assert.deepEqual(frame(), ['again']);
});

test('what is not wanted any more is not painted', () => {
  const queue = new PaintQueue();
  const gone = paint('gone', 1);
  queue.add(gone);
  queue.add(paint('stays', 1));
  queue.remove(gone);
  assert.deepEqual(frame(), ['stays']);
});
