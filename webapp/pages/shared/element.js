import { LitElement } from 'lit';
import { languageChanges } from '../i18n/language.js';

/** @typedef {(type: any, listener: any) => void} Listen */
/** @typedef {{addEventListener: Listen, removeEventListener: Listen}} Watchable */

/**
 * A component of the pages. It renders anew when the language changes, and when one of the things that it watches tells
 * of a change: the listeners come and go with the element.
 */
export class ParleyElement extends LitElement {
  /** @type {[Watchable, string, (event: any) => void][]} */
  #watched = [];
  #renew = () => this.requestUpdate();

  /**
   * @param {Watchable} target
   * @param {string} type of the event
   * @param {(event: any) => void} [listener] renders anew if absent
   */
  watch(target, type, listener = this.#renew) {
    this.#watched.push([target, type, listener]);
    if (this.isConnected) target.addEventListener(type, listener);
  }

  connectedCallback() {
    super.connectedCallback();
    languageChanges.addEventListener('change', this.#renew);
    for (const [target, type, listener] of this.#watched) target.addEventListener(type, listener);
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    languageChanges.removeEventListener('change', this.#renew);
    for (const [target, type, listener] of this.#watched) target.removeEventListener(type, listener);
  }

  /**
   * Tells the elements around this one of something.
   * @param {string} type
   * @param {unknown} [detail]
   */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /**
   * The element with this id in here; a template without it is a bug.
   * @param {string} id
   * @returns {any}
   */
  byId(id) {
    const found = this.renderRoot.querySelector(`#${id}`);
    if (!found) throw new Error(`<${this.localName}> has no element #${id}.`);
    return found;
  }
}
