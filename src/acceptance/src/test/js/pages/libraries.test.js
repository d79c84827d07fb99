import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { addresses, LIBRARIES, REPOSITORY } from './import-map.js';

/** Static and dynamic imports, in sources and in minified code. */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;
const COMMENT = /\/\*[\s\S]*?\*\//g;

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => new URL(`file://${parentPath}/${name}`).href);

/**
 * @param {string} name
 * @param {string} from
 */
function resolve(name, from) {
  if (/^\.{0,2}\//.test(name)) return new URL(name, from).href;
  const prefix = Object.keys(addresses).find((known) => known.endsWith('/') && name.startsWith(known));
  const address = addresses[name] ?? (prefix && addresses[prefix] + name.slice(prefix.length));
  assert.ok(address, `${from} imports ${name}, which is not in the import map.`);
  return address;
}

test('the WAR has the files of the libraries that the pages load, and their licences, but no others', () => {
  const pages = files(new URL('webapp/pages/', REPOSITORY)).filter((file) => file.endsWith('.js'));
  const reached = new Set(pages);
  for (const file of reached) {
    const source = readFileSync(new URL(file), 'utf8').replaceAll(COMMENT, '');
    for (const [, name] of source.matchAll(IMPORT)) reached.add(resolve(name, file));
  }
  const needed = [...reached].filter((file) => file.startsWith(LIBRARIES.href)).sort();
  const present = files(LIBRARIES).sort();

  assert.ok(needed.length > 10);
  assert.deepEqual(
    present.filter((file) => file.endsWith('.js')),
    needed,
  );
  const licences = present.filter((file) => !file.endsWith('.js'));
  assert.ok(
    licences.every((file) => /\/licen[cs]e(\.\w+)?$/i.test(file)),
    licences.join('\n'),
  );
  const libraries = new Set(present.map((file) => file.slice(LIBRARIES.href.length).split('/')[0]));
  assert.equal(licences.length, libraries.size);
});

test('the import map names nothing that no page loads', () => {
  const sources = files(new URL('webapp/pages/', REPOSITORY))
    .concat(files(LIBRARIES))
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(new URL(file), 'utf8'))
    .join('\n');
  for (const name of Object.keys(addresses)) {
    assert.match(sources, new RegExp(`["']${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), name);
  }
});
