import { Marked } from 'marked';

/**
 * @typedef {(
 *   | { kind: 'text', text: string }
 *   | { kind: 'code', text: string }
 *   | { kind: 'strong' | 'em' | 'del', parts: Inline[] }
 *   | { kind: 'link', href: string, parts: Inline[] }
 *   | { kind: 'break' }
 * )} Inline
 */
/**
 * @typedef {(
 *   | { kind: 'paragraph', parts: Inline[] }
 *   | { kind: 'quote', blocks: Block[] }
 *   | { kind: 'list', first: number | undefined, items: Block[][] }
 *   | { kind: 'pre', text: string }
 * )} Block `first` is the number of the first item of an ordered list
 */

/** What is longer stays plain text: nobody formats it by hand, and a parser would need too long for it. */
const FORMATTED_MAX = 3_000;
/** The time that the parser takes for the beginnings of links grows with the square of their number. */
const LINKS_MAX = 50;
/**
 * The time for emphasis, code and parentheses grows in the same way, and together with that of the links: 3,000
 * characters could take a thousand times as long as other 3,000.
 */
const MARKS_MAX = 700;
/** Quotes and lists within each other; deeper ones stay plain text. */
const DEPTH_MAX = 8;

const SAFE_PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);

const none = () => undefined;

/**
 * CommonMark with the parts that a chat has. The rest stays the text that somebody typed: HTML, pictures from
 * elsewhere, headings, tables, rules, indented code and references.
 */
const marked = new Marked({
  gfm: true,
  breaks: true,
  tokenizer: {
    code: none,
    def: none,
    heading: none,
    hr: none,
    html: none,
    lheading: none,
    reflink: none,
    table: none,
    tag: none,
  },
});

/**
 * A message as a tree. It holds text alone, never markup: whoever shows it makes the elements.
 * @param {string} content
 * @returns {Block[]}
 */
export function parse(content) {
  const isTooMuch =
    content.length > FORMATTED_MAX ||
    content.split('](').length > LINKS_MAX + 1 ||
    content.split(/[*_~`(]/).length > MARKS_MAX + 1;
  if (isTooMuch || isTooDeep(content)) return [plain(content)];
  const found = blocks(marked.lexer(content));
  return found.length > 0 ? found : [plain(content)];
}

/**
 * The address of a link, if it is one that a page may offer.
 * @param {string} address
 * @returns {string | undefined}
 */
export function safeAddress(address) {
  // The parser of the URL drops tabs and line feeds inside "java\nscript:" as a browser does.
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url && SAFE_PROTOCOLS.has(url.protocol) ? url.href : undefined;
}

/** @param {string} content */
function isTooDeep(content) {
  return content.split('\n').some((line) => {
    const [markers = ''] = /^(?:\s*(?:>|[*+-](?=\s)|\d{1,9}[.)](?=\s)))*/.exec(line) ?? [];
    return (markers.match(/[>*+-]|\d+/g)?.length ?? 0) > DEPTH_MAX;
  });
}

/**
 * @param {string} text
 * @returns {Block}
 */
function plain(text) {
  const lines = text.split('\n');
  /** @type {Inline[]} */
  const parts = lines.flatMap((line, i) =>
    i === 0 ? [{ kind: 'text', text: line }] : [{ kind: 'break' }, { kind: 'text', text: line }],
  );
  return { kind: 'paragraph', parts };
}

/**
 * @param {any[]} tokens
 * @returns {Block[]}
 */
function blocks(tokens) {
  return tokens.flatMap((token) => block(token));
}

/**
 * @param {any} token
 * @returns {Block[]}
 */
function block(token) {
  switch (token.type) {
    case 'space':
      return [];
    case 'paragraph':
    case 'text':
      return [{ kind: 'paragraph', parts: inlines(token.tokens ?? [token]) }];
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocks(token.tokens) }];
    case 'code':
      return [{ kind: 'pre', text: token.text }];
    case 'list':
      return [
        {
          kind: 'list',
          first: token.ordered ? Number(token.start) : undefined,
          items: token.items.map(item),
        },
      ];
    default:
      return [plain(token.raw)];
  }
}

/**
 * @param {any} token of a list
 * @returns {Block[]}
 */
function item({ tokens, task, checked }) {
  const found = blocks(tokens.filter((/** @type {any} */ token) => token.type !== 'checkbox'));
  if (task && found[0]?.kind === 'paragraph') found[0].parts.unshift({ kind: 'text', text: checked ? '☑ ' : '☐ ' });
  return found;
}

/**
 * @param {any[]} tokens
 * @returns {Inline[]}
 */
function inlines(tokens) {
  return tokens.flatMap((token) => inline(token));
}

/**
 * @param {any} token
 * @returns {Inline[]}
 */
function inline(token) {
  switch (token.type) {
    case 'br':
      return [{ kind: 'break' }];
    case 'codespan':
      return [{ kind: 'code', text: token.text }];
    case 'escape':
      return [{ kind: 'text', text: token.text }];
    case 'strong':
    case 'em':
    case 'del':
      return [{ kind: token.type, parts: inlines(token.tokens) }];
    case 'link':
      return token.raw === token.text ? bareLink(token) : link(token.href, inlines(token.tokens), token.raw);
    default:
      return [{ kind: 'text', text: token.raw }];
  }
}

/**
 * An address without marks around it. Chinese has no space behind it: it ends at the punctuation.
 * @param {{raw: string, href: string}} token
 * @returns {Inline[]}
 */
function bareLink({ raw, href }) {
  const end = raw.search(/[\u3000-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f]/);
  if (end < 0) return link(href, [{ kind: 'text', text: raw }], raw);
  const text = raw.slice(0, end);
  // "www." and "a@b" have an address that begins with what is not in the text.
  const address = href.slice(0, href.length - (raw.length - end));
  return [...link(address, [{ kind: 'text', text }], text), { kind: 'text', text: raw.slice(end) }];
}

/**
 * @param {string} address
 * @param {Inline[]} parts
 * @param {string} raw what was typed, shown where the address is none that is offered
 * @returns {Inline[]}
 */
function link(address, parts, raw) {
  const href = safeAddress(address);
  if (href === undefined) return [{ kind: 'text', text: raw }];
  const { host } = new URL(href);
  const [, shownHost] = /^\s*(?:https?:\/\/|www\.)([^\s/?#]*)/i.exec(textOf(parts)) ?? [];
  // A text that looks like an address of another place: where it leads stands behind it.
  const isHonest =
    shownHost === undefined || host.replace(/^www\./, '') === shownHost.replace(/^www\./i, '').toLowerCase();
  return [
    { kind: 'link', href, parts },
    ...(isHonest ? [] : [{ kind: /** @type {const} */ ('text'), text: ` (${host})` }]),
  ];
}

/**
 * @param {Inline[]} parts
 * @returns {string}
 */
function textOf(parts) {
  return parts.map((part) => ('text' in part ? part.text : 'parts' in part ? textOf(part.parts) : '\n')).join('');
}
