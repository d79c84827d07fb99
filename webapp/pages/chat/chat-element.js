import { ParleyElement } from '../shared/element.js';

/** @typedef {import('./model/chat.js').Chat} Chat */

/** A part of the chat page: it renders anew when the chat has changed. */
export class ChatElement extends ParleyElement {
  /** @type {import('lit').PropertyDeclarations} */
  static properties = { chat: { attribute: false } };

  constructor() {
    super();
    this.chat = /** @type {Chat} */ (/** @type {unknown} */ (undefined));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has('chat')) this.watch(this.chat, 'change');
  }
}
