import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importPage } from './import-map.js';

const { parse, safeAddress } = await importPage('chat/format/parse.js');
const { mentions, mentionBeingWritten, splitMentions } = await importPage('chat/format/mentions.js');

const text = (text) => ({ kind: 'text', text });
const paragraph = (...parts) => ({ kind: 'paragraph', parts });

/** All that a reader sees, without its form. */
const visible = (tree) =>
  tree
    .map((node) => {
      if (node.kind === 'break') return '\n';
      return node.text ?? visible(node.parts ?? node.blocks ?? node.items.flat());
    })
    .join('');

const links = (tree) =>
  tree.flatMap((node) => [
    ...(node.kind === 'link' ? [node.href] : []),
    ...links(node.parts ?? node.blocks ?? node.items?.flat() ?? []),
  ]);

/** The least CPU time of some tries, so that it matters little what else the machine does. */
const cpuMicros = (written) => {
  const tries = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    parse(written);
    // Their sum is exact; how it is divided is a guess of the kernel's, which may give one of them nothing.
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...tries);
};

describe('formatting', () => {
  test('bold, italic, struck out and code are marked', () => {
    assert.deepEqual(parse('**b** _i_ ~~s~~ `c`'), [
      paragraph(
        { kind: 'strong', parts: [text('b')] },
        text(' '),
        { kind: 'em', parts: [text('i')] },
        text(' '),
        { kind: 'del', parts: [text('s')] },
        text(' '),
        { kind: 'code', text: 'c' },
      ),
    ]);
  });

  test('lists, quotes and blocks of code are blocks', () => {
    assert.deepEqual(parse('- a\n- b\n\n3. x\n\n> q\n\n```\n<c>\n```'), [
      { kind: 'list', first: undefined, items: [[paragraph(text('a'))], [paragraph(text('b'))]] },
      { kind: 'list', first: 3, items: [[paragraph(text('x'))]] },
      { kind: 'quote', blocks: [paragraph(text('q'))] },
      { kind: 'pre', text: '<c>' },
    ]);
  });

  test('a line break is one', () => {
    assert.deepEqual(parse('a\nb'), [paragraph(text('a'), { kind: 'break' }, text('b'))]);
  });

  for (const written of [
    '<script>alert(1)</script>',
    '<img src=x onerror="alert(1)">',
    '<b>\nfoo\n</b>',
    '<!-- nothing -->',
    '![picture](https://example.org/a.png)',
    '# no heading',
    'no heading\n===',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '---',
    '&amp; &lt;',
    '[a]: nowhere',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\tscript:alert(1))',
    '[x](data:text/html,x)',
    '[x](vbscript:x)',
    '[x](/relative)',
    '[x](//host/path)',
    '<javascript:alert(1)>',
  ]) {
    test(`${JSON.stringify(written)} stays the text that it is`, () => {
      const tree = parse(written);
      assert.equal(visible(tree), written);
      assert.deepEqual(links(tree), []);
    });
  }

  test('addresses are links, with and without marks', () => {
    assert.deepEqual(
      links(parse('https://a.example/x?y=1. [b](http://b.example) <https://c.example> www.d.example e@f.example')),
      [
        'https://a.example/x?y=1',
        'http://b.example/',
        'https://c.example/',
        'http://www.d.example/',
        'mailto:e@f.example',
      ],
    );
  });

  test('an address in Chinese text ends at the punctuation', () => {
    const tree = parse('看https://example.com/路径，后面。');
    assert.deepEqual(links(tree), ['https://example.com/%E8%B7%AF%E5%BE%84']);
    assert.equal(visible(tree), '看https://example.com/路径，后面。');
  });

  test('a link whose text is the address of another place says where it leads', () => {
    assert.equal(
      visible(parse('[https://bank.example/in](https://evil.example/x)')),
      'https://bank.example/in (evil.example)',
    );
    assert.equal(visible(parse('[www.bank.example](https://evil.example/x)')), 'www.bank.example (evil.example)');
    assert.equal(visible(parse('[**https://bank.example**](https://bank.example/x)')), 'https://bank.example');
    assert.equal(
      visible(parse('https://www.bank.example www.bank.example')),
      'https://www.bank.example www.bank.example',
    );
    assert.equal(visible(parse('[the bank](https://bank.example/)')), 'the bank');
  });

  test('only some addresses are offered', () => {
    assert.equal(safeAddress('https://a.example'), 'https://a.example/');
    assert.equal(safeAddress('mailto:a@b.example'), 'mailto:a@b.example');
    for (const address of [
      'javascript:alert(1)',
      'java\nscript:alert(1)',
      'data:,x',
      'blob:x',
      'file:///etc',
      'x',
      '',
    ]) {
      assert.equal(safeAddress(address), undefined, address);
    }
  });

  test('a very long message stays plain, and a deep one too', () => {
    const long = `**${'x'.repeat(64 * 1024)}**`;
    assert.deepEqual(parse(long), [paragraph(text(long))]);
    const deep = `${'> '.repeat(1_000)}x`;
    assert.equal(visible(parse(deep)), deep);
  });

  test('hostile marks take little more time than ordinary ones', () => {
    const ordinary = cpuMicros('**Bold** words, _italic_, `code` and https://example.org/a for @mei.\n'.repeat(40));
    const beginnings = ['', '[a]('.repeat(50), '[](a '.repeat(50), '[``]('.repeat(50), '**a '.repeat(300)];
    const marks = ['[', '*', '_', '_*a', '(*a', '`', '`a', '~a', '<', '<a', '(', '(a', '!', '\\', ' ', 'a', 'a.', 'a@'];
    const blocks = ['- ', '> ', '1. ', '- a\n', '> a\n', '  - a\n', '> - a\n', '> > > > > > > > a\n', '```\n', '|a'];
    const links = ['[](', '](', '://](', 'www.', 'www.a?!', 'http://', '&a;', '[a](<', '[a](b "'];
    for (const beginning of beginnings) {
      for (const mark of [...marks, ...blocks, ...links]) {
        const written = (beginning + mark.repeat(3_000)).slice(0, 3_000);
        const times = cpuMicros(written) / ordinary;
        assert.ok(times < 200, `${JSON.stringify(beginning + mark)} took ${times} times as long`);
      }
    }
  });

  test('bidi overrides stay inside of their text', () => {
    assert.equal(visible(parse('\u202Eevil\u202C [a](https://x.example)')), '\u202Eevil\u202C a');
  });
});

describe('mentions', () => {
  test('are found between other words, in any script', () => {
    assert.deepEqual(
      splitMentions('hi @mei, (@李雷) and @a.b.').filter(({ name }) => name),
      [
        { text: '@mei', name: 'mei' },
        { text: '@李雷', name: '李雷' },
        { text: '@a.b', name: 'a.b' },
      ],
    );
  });

  test('addresses of mail are none', () => {
    assert.equal(
      splitMentions('mail a@b.example').some(({ name }) => name),
      false,
    );
  });

  test('know names in any case, and names with spaces', () => {
    assert.equal(mentions('hello @MEI!', 'mei'), true);
    assert.equal(mentions('hello @meiling', 'mei'), false);
    assert.equal(mentions('hello @Ana Maria', 'ana maria'), true);
  });

  test('are suggested while they are being written', () => {
    assert.equal(mentionBeingWritten('hello @me'), 'me');
    assert.equal(mentionBeingWritten('@'), '');
    assert.equal(mentionBeingWritten('a@b'), undefined);
    assert.equal(mentionBeingWritten('@mei said'), undefined);
  });
});
