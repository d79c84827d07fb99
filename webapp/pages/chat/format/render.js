import { css, html } from 'lit';
import { fold, splitMentions } from './mentions.js';
import { parse } from './parse.js';

/** @typedef {import('./parse.js').Block} Block */
/** @typedef {import('./parse.js').Inline} Inline */

const FEW_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,6}$/v;

/** A message is parsed once, however often it is rendered. @type {WeakMap<object, Block[]>} */
const parsed = new WeakMap();

export const formatStyles = css`
  .content {
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
  }

  .content > :not(:first-child) {
    margin-top: var(--s2);
  }

  .content p {
    unicode-bidi: plaintext;
    white-space: pre-wrap;
  }

  .content.emoji {
    font-size: 2rem;
    line-height: 1.25;
  }

  .content a {
    unicode-bidi: isolate;
  }

  .content ul,
  .content ol {
    margin-inline-start: 1.4rem;
    list-style: disc;
  }

  .content ol {
    list-style: decimal;
  }

  .content code,
  .content pre {
    border-radius: 0.35rem;
    background: var(--sunken);
    font:
      0.875em / 1.45 ui-monospace,
      'SF Mono',
      'Cascadia Mono',
      Consolas,
      'Noto Sans Mono',
      monospace;
    unicode-bidi: isolate;
  }

  .content code {
    padding: 0.1em 0.3em;
  }

  .content pre {
    margin: 0;
    padding: var(--s2) var(--s3);
    border: 1px solid var(--line);
    overflow-x: auto;
    overflow-wrap: normal;
    white-space: pre;
  }

  .content blockquote {
    margin: 0;
    padding-inline-start: var(--s3);
    border-inline-start: 3px solid var(--line-strong);
    color: var(--quiet);
  }

  .mention {
    padding: 0 0.2em;
    border-radius: 0.3em;
    background: var(--selected);
    color: var(--accent);
    font-weight: 550;
    unicode-bidi: isolate;
  }

  .mention.me {
    background: var(--mention);
    color: var(--text);
    font-weight: 650;
  }
`;

/**
 * The content of a message as elements. Everything that somebody wrote becomes text.
 * @param {{content: string}} message stays the same object
 * @param {string} [me] whose mentions stand out
 */
export function formatted(message, me = '') {
  let blocks = parsed.get(message);
  if (!blocks) {
    blocks = parse(message.content);
    parsed.set(message, blocks);
  }
  const size = FEW_EMOJI.test(message.content) ? 'emoji' : '';
  return html`<div class="content ${size}" dir="auto">${blocks.map((block) => showBlock(block, me))}</div>`;
}

/**
 * @param {Block} block
 * @param {string} me
 * @returns {unknown}
 */
function showBlock(block, me) {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${block.parts.map((part) => showInline(part, me))}</p>`;
    case 'quote':
      return html`<blockquote>${block.blocks.map((inner) => showBlock(inner, me))}</blockquote>`;
    case 'pre':
      return html`<pre tabindex="0" dir="ltr">${block.text}</pre>`;
    case 'list': {
      const items = block.items.map((inner) => html`<li>${inner.map((part) => showBlock(part, me))}</li>`);
      return block.first === undefined
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol start=${block.first}>
            ${items}
          </ol>`;
    }
  }
}

/**
 * @param {Inline} part
 * @param {string} me
 * @returns {unknown}
 */
function showInline(part, me) {
  switch (part.kind) {
    case 'text':
      return splitMentions(part.text).map(({ text, name }) =>
        name === undefined
          ? text
          : html`<span class="mention ${me !== '' && fold(name) === fold(me) ? 'me' : ''}">${text}</span>`,
      );
    case 'code':
      return html`<code dir="ltr">${part.text}</code>`;
    case 'break':
      return '\n';
    case 'strong':
      return html`<strong>${part.parts.map((inner) => showInline(inner, me))}</strong>`;
    case 'em':
      return html`<em>${part.parts.map((inner) => showInline(inner, me))}</em>`;
    case 'del':
      return html`<del>${part.parts.map((inner) => showInline(inner, me))}</del>`;
    case 'link':
      return html`<a href=${part.href} title=${part.href} target="_blank" rel="noopener noreferrer nofollow" dir="auto"
        >${part.parts.map((inner) => showInline(inner, me))}</a
      >`;
  }
}
