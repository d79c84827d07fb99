import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ParleyError } from '../../../../../../webapp/parley/parley-client.js';
import { decodeBinary, encodeBinary } from '../../../../../../webapp/parley/client/sending/binary-frames.js';

const FILE = new URL('../../../../../protocol/src/test/resources/vectors/binary.json', import.meta.url);
const vectors = JSON.parse(await readFile(FILE, 'utf8'));
/** Faults of a frame whoever sent it: it has no header, or one that is no JSON. */
const FAULTS_OF_FRAMES = ['bad_chunk', 'bad_json'];

const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));

for (const { name, from, hex, header, payload, error } of vectors) {
  const frame = bytesOf(hex).buffer;
  if (from === 'server' && !error) {
    test(`a server's binary frame is read: ${name}`, () => {
      const { payload: bytes, ...read } = decodeBinary(frame);
      assert.deepEqual(JSON.parse(JSON.stringify(read)), header);
      assert.equal(Buffer.from(bytes).toString('hex'), payload);
    });
  } else if (from === 'server' || FAULTS_OF_FRAMES.includes(error?.code)) {
    test(`a binary frame is refused: ${name}`, () => {
      assert.throws(
        () => decodeBinary(frame),
        (thrown) => thrown instanceof ParleyError && thrown.code === 'bad_server',
      );
    });
  } else if (!error) {
    test(`a client's binary frame is written so that it means the same: ${name}`, () => {
      const written = Buffer.from(encodeBinary({ room: header.room, mediaType: header.mediaType }, bytesOf(payload)));
      const end = 2 + written.readUInt16BE(0);
      const { room, mediaType } = header;
      assert.deepEqual(JSON.parse(written.subarray(2, end).toString()), { room, mediaType });
      assert.equal(written.subarray(end).toString('hex'), payload);
    });
  }
}

test('a frame that needs no more is written byte for byte', () => {
  const { hex, payload } = vectors.find(({ name }) => name === 'a frame needs no more than this');
  assert.equal(Buffer.from(encodeBinary({ room: 'lobby' }, bytesOf(payload))).toString('hex'), hex);
});
