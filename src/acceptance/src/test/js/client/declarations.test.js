import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as library from '../../../../../../webapp/parley/parley-client.js';
import { World } from './support/world.js';

const FOLDER = new URL('../../../../../../webapp/parley/', import.meta.url);
const declarations = await readFile(new URL('parley-client.d.ts', FOLDER), 'utf8');
const withoutComments = declarations.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

/** The lines between the braces that follow a declaration. */
function bodyOf(start) {
  const from = withoutComments.indexOf('{', withoutComments.search(start));
  let depth = 0;
  for (let i = from; i < withoutComments.length; i++) {
    if (withoutComments[i] === '{') depth++;
    if (withoutComments[i] === '}' && --depth === 0) return withoutComments.slice(from + 1, i);
  }
  throw new Error(`${start} has no end.`);
}

/** Names of the members that a body declares, not those within a member. */
function membersOf(body) {
  let depth = 0;
  const names = [];
  for (const line of body.split('\n')) {
    const name = /^\s*(?:readonly |protected |private |static )*(\w+)\??\s*[(:<]/.exec(line)?.[1];
    if (depth === 0 && name) names.push(name);
    depth += (line.match(/[({]/g) ?? []).length - (line.match(/[)}]/g) ?? []).length;
  }
  return [...new Set(names)].filter((name) => name !== 'constructor');
}

const declaredClasses = [...withoutComments.matchAll(/export class (\w+)/g)].map(([, name]) => name);

/** Public members of a class in the code: its own names, less those that JSDoc calls internal or protected. */
async function publicMembersOf(Class, files) {
  const internal = new Set();
  for (const file of files) {
    const source = await readFile(new URL(file, FOLDER), 'utf8');
    for (const [, comment, name] of source.matchAll(
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(?:static |async |get |set )*(\w+)/g,
    )) {
      if (/@internal|@protected/.test(comment)) internal.add(name);
    }
  }
  const instance = Object.getOwnPropertyNames(Class.prototype);
  return instance.filter((name) => name !== 'constructor' && !internal.has(name));
}

const FILES = {
  ParleyClient: ['parley-client.js'],
  Channel: ['client/channels/channel.js'],
  Inbox: ['client/channels/channel.js'],
  Room: ['client/channels/room.js'],
  OutboundQueue: ['client/sending/outbound-queue.js'],
  ParleyError: ['client/errors.js'],
  ServerError: ['client/errors.js'],
  ConnectionError: ['client/errors.js'],
  CredentialError: ['client/errors.js'],
  QueueError: ['client/errors.js'],
};

/** One object of each class, as an application gets it. */
const client = new World().connect();
const OBJECTS = {
  ParleyClient: client,
  Channel: client.broadcasts,
  Inbox: client.inbox,
  Room: client.join('lobby'),
  OutboundQueue: client.outgoing,
  ...Object.fromEntries(
    ['ParleyError', 'ServerError', 'ConnectionError', 'CredentialError', 'QueueError'].map((name) => [
      name,
      new library[name]('a sentence', 'a_code', { retryAfter: 1, closeCode: 2 }),
    ]),
  ),
};

test('what the module exports is declared, and the other way round', () => {
  const declared = [...withoutComments.matchAll(/export (?:class|function) (\w+)/g)].map(([, name]) => name);
  assert.deepEqual(new Set(Object.keys(library)), new Set(declared));
  assert.deepEqual(new Set(Object.keys(FILES)), new Set(declaredClasses));
});

for (const name of declaredClasses) {
  const declared = membersOf(bodyOf(new RegExp(`export class ${name}\\b`)));
  test(`${name} has the members that are declared`, () => {
    for (const member of declared) assert.ok(member in OBJECTS[name], `${name}.${member} is declared and missing`);
  });

  test(`the public members of ${name} are declared`, async () => {
    for (const member of await publicMembersOf(library[name], FILES[name])) {
      assert.ok(declared.includes(member), `${name}.${member} is not declared; if it is not public, call it @internal`);
    }
  });
}

test('the options of connect are those that are declared', () => {
  const declared = membersOf(bodyOf(/export interface ConnectOptions\b/));
  let known;
  try {
    library.connect({ unheardOf: true });
  } catch ({ message }) {
    known = /There are: (.*)\.$/.exec(message)[1].split(', ');
  }
  assert.deepEqual(new Set(known), new Set(declared));
});

client.destroy();
