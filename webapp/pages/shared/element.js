/**
 * Makes an element. Text is always text, never HTML.
 * @param {string} tag
 * @param {{class?: string, text?: string, onclick?: () => void, [attribute: string]: any}} [properties]
 * @param {(Node | undefined)[]} [children]
 * @returns {HTMLElement}
 */
export function element(tag, { class: className, text, onclick, ...attributes } = {}, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (onclick) made.addEventListener('click', onclick);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/**
 * The element with this id; a page without it is a bug.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

/**
 * Shows a sentence in its place, or takes it away.
 * @param {string} id
 * @param {string} [sentence]
 */
export function showProblem(id, sentence = '') {
  const place = byId(id);
  place.textContent = sentence;
  place.hidden = sentence === '';
}
