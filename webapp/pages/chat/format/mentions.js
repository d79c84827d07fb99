/** Letters, marks, digits and what names have between them; a dot or hyphen at the end belongs to the sentence. */
const MENTION = /(?<![\p{L}\p{M}\p{N}_@])@([\p{L}\p{M}\p{N}_]+(?:[.-][\p{L}\p{M}\p{N}_]+)*)/gu;

/**
 * The mentions in a text and what stands between them.
 * @param {string} text
 * @returns {{text: string, name?: string}[]} with a `name` where it is a mention
 */
export function splitMentions(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(MENTION)) {
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: match[0], name: match[1] });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/**
 * Whether a message speaks to this person. Names that differ in case alone are one person.
 * @param {string} content
 * @param {string} name
 */
export function mentions(content, name) {
  const folded = fold(name);
  // A name with spaces has no end that could be found by itself.
  return /^[\p{L}\p{M}\p{N}_.-]+$/u.test(name)
    ? splitMentions(content).some((part) => part.name !== undefined && fold(part.name) === folded)
    : fold(content).includes(`@${folded}`);
}

/**
 * The beginning of a name that is being written, for suggestions.
 * @param {string} text up to the caret
 * @returns {string | undefined} without the `@`
 */
export function mentionBeingWritten(text) {
  return /(?:^|[\s(])@([\p{L}\p{M}\p{N}_.-]{0,64})$/u.exec(text)?.[1];
}

/** @param {string} name */
export function fold(name) {
  return name.normalize('NFKC').toLowerCase();
}
