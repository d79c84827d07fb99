import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { connect } from '../../../../../../webapp/parley/parley-client.js';

const REPOSITORY = new URL('../../../../../../', import.meta.url);
const FOLDER = new URL('webapp/parley/', REPOSITORY);
const read = (name, folder = FOLDER) => readFile(new URL(name, folder), 'utf8');
const description = JSON.parse(await read('package.json'));

/** Files that are in the package: those it names, and what lies in the folders that it names. */
const isPacked = (file) =>
  description.files.some((name) => file === name || (name.endsWith('/') && file.startsWith(name)));

/** Modules that a module imports, itself and what its types name included, as paths in the folder. */
async function modulesOf(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of (await read(file)).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    const module = fileURLToPath(new URL(path, new URL(file, FOLDER))).slice(fileURLToPath(FOLDER).length);
    await modulesOf(module, found);
  }
  return found;
}

const entries = Object.entries(description.exports).filter(([, entry]) => typeof entry === 'object');

for (const [name, { types, default: module }] of entries) {
  test(`the package has all that '${name}' needs`, async () => {
    for (const file of [types.slice(2), ...(await modulesOf(module.slice(2)))]) assert.ok(isPacked(file), file);
    assert.ok((await read(types)).length > 0);
  });
}

test('a program that has installed the package imports all that it exports, by name', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-client-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const file of ['package.json', ...description.files]) {
    await cp(new URL(file, FOLDER), join(folder, 'node_modules', description.name, file), { recursive: true });
  }
  const names = entries.map(([name]) => `parley-client${name.slice(1)}`);
  const program = join(folder, 'program.mjs');
  await writeFile(program, names.map((name, index) => `export * as m${index} from '${name}';`).join('\n'));

  const imported = await import(pathToFileURL(program));
  for (const [index, [, entry]] of entries.entries()) {
    const here = await import(new URL(entry.default, FOLDER));
    assert.deepEqual(Object.keys(imported[`m${index}`]), Object.keys(here), names[index]);
  }
});

test('the package has the licence and the version of the repository', async () => {
  assert.equal(await read('LICENSE'), await read('LICENSE', REPOSITORY));
  assert.equal(description.license, 'Apache-2.0');
  assert.match(await read('pom.xml', REPOSITORY), new RegExp(`<version>${description.version}</version>`));
});

test('the library depends on nothing', async () => {
  assert.equal(description.dependencies, undefined);
  for (const file of await modulesOf('parley-client.js')) {
    for (const [, path] of (await read(file)).matchAll(/from\s*'([^']+)'/g)) assert.match(path, /^\.\.?\//, file);
  }
});

test('the options that connect and login know are those that are declared', async () => {
  const declarations = await read('parley-client.d.ts');
  const declared = (start) => {
    const [, body] = new RegExp(`export interface ${start} \\{\\n(.*?)\\n\\}`, 's').exec(declarations);
    return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name);
  };
  const who = declared('SignIn');
  const known = ({ message }) => /(?:There are|It takes): (.*)\.$/.exec(message)[1].split(', ').sort();
  const isKnown = (names) => (error) => {
    assert.deepEqual(known(error), names.sort());
    return true;
  };
  assert.throws(() => connect({ unheardOf: true }), isKnown([...declared('ConnectOptions extends SignIn'), ...who]));
  const client = connect({ url: 'ws://chat.example/chat', startClosed: true });
  assert.throws(() => client.login({ unheardOf: true }), isKnown(who));
});
