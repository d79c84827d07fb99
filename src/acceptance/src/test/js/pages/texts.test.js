import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { importPage, REPOSITORY } from './import-map.js';

const { bestLanguage, translate } = await importPage('i18n/translate.js');
const { en } = await importPage('i18n/en.js');
const { zhHans } = await importPage('i18n/zh-hans.js');
const { zhHant } = await importPage('i18n/zh-hant.js');

const OTHERS = { 'zh-Hans': zhHans, 'zh-Hant': zhHant };

const forms = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
const placeholders = (entry) => [...new Set(forms(entry).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
const read = (path) => readFileSync(new URL(path, REPOSITORY), 'utf8');

/** The source of the pages but for the dictionaries. */
const source = readdirSync(new URL('webapp/pages/', REPOSITORY), { recursive: true })
  .filter((file) => file.endsWith('.js') && !/i18n.(en|zh-han[st])\.js$/.test(file))
  .map((file) => read(`webapp/pages/${file}`))
  .join('\n');

describe('texts', () => {
  for (const [language, dictionary] of Object.entries(OTHERS)) {
    test(`there is each text in ${language}, with the same placeholders`, () => {
      assert.deepEqual(Object.keys(dictionary), Object.keys(en));
      for (const [key, entry] of Object.entries(en)) {
        assert.ok(
          forms(dictionary[key]).every((form) => form.trim() !== ''),
          `${key} is empty`,
        );
        assert.deepEqual(placeholders(dictionary[key]), placeholders(entry), key);
      }
    });
  }

  test('each text that the pages ask for exists', () => {
    const asked = [...source.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key);
    assert.ok(asked.length > 100);
    // The names of the pages, which the head of a page has in a list.
    asked.push('chat', 'monitor', 'admin');
    assert.deepEqual(
      asked.filter((key) => !(key in en)),
      [],
    );
  });

  test('each text is asked for', () => {
    const prefixes = [...source.matchAll(/\bt\(\s*`([\w.]+)\$\{/g)].map(([, prefix]) => prefix);
    const unused = Object.keys(en).filter(
      (key) =>
        !source.includes(`'${key}'`) &&
        !prefixes.some((prefix) => key.startsWith(prefix)) &&
        !/^(pages|chat|monitor|admin|error\.|close\.|state\.)/.test(key),
    );
    assert.deepEqual(unused, []);
  });

  test('each error and close code of the protocol has a text', () => {
    const errors = read('src/protocol/src/main/java/dev/parley/protocol/ErrorCode.java');
    const codes = [...errors.matchAll(/^ {4}([A-Z_]+)\((?:true|false)\)/gm)].map(([, code]) => code.toLowerCase());
    assert.ok(codes.length >= 18);
    assert.deepEqual(
      codes.filter((code) => !(`error.${code}` in en)),
      [],
    );
    const closes = read('src/protocol/src/main/java/dev/parley/protocol/CloseCode.java');
    const numbers = [...closes.matchAll(/^ {4}[A-Z_]+\((4\d{3}), /gm)].map(([, number]) => number);
    assert.ok(numbers.length >= 10);
    assert.deepEqual(
      numbers.filter((number) => !(`close.${number}` in en)),
      [],
    );
  });

  test('numbers take the plural of the language', () => {
    const dictionary = { people: { one: '{count} person', other: '{count} people' } };
    assert.equal(translate(dictionary, 'en', 'people', { count: 1 }), '1 person');
    assert.equal(translate(dictionary, 'en', 'people', { count: 2_000 }), '2,000 people');
  });

  test('names are isolated from the direction of the sentence', () => {
    assert.equal(translate({ hello: 'Hello {name}!' }, 'en', 'hello', { name: 'דנה' }), 'Hello \u2068דנה\u2069!');
  });

  test('a text or value that is missing is a fault', () => {
    assert.throws(() => translate(en, 'en', 'nothing'), /no text for 'nothing'/);
    assert.throws(() => translate(en, 'en', 'unread'), /no form|needs a value/);
  });
});

describe('the first language', () => {
  for (const [wanted, expected] of [
    [['en-GB'], 'en'],
    [['zh'], 'zh-Hans'],
    [['zh-CN'], 'zh-Hans'],
    [['zh-SG'], 'zh-Hans'],
    [['zh-TW'], 'zh-Hant'],
    [['zh-HK'], 'zh-Hant'],
    [['zh-Hant-CN'], 'zh-Hant'],
    [['zh-Hans-HK'], 'zh-Hans'],
    [['yue'], 'zh-Hant'],
    [['de', 'zh-TW', 'en'], 'zh-Hant'],
    [['de', 'fr'], 'en'],
    [[], 'en'],
  ]) {
    test(`of ${JSON.stringify(wanted)} is ${expected}`, () => assert.equal(bestLanguage(wanted), expected));
  }
});
