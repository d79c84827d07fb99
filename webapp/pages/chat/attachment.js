import { css, html, nothing } from 'lit';
import { errorText, language, t } from '../i18n/language.js';
import { controls } from '../shared/controls.js';
import { ParleyElement } from '../shared/element.js';
import { sign } from '../shared/signs.js';

/** @typedef {import('../../parley/parley-client.js').Attachment} Attachment */
/** @typedef {import('../../parley/parley-client.js').ParleyClient} ParleyClient */

/** Pictures that the server shows in place. */
const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;
const UNITS = /** @type {const} */ (['byte', 'kilobyte', 'megabyte', 'gigabyte']);

/**
 * A file of a message. A picture is fetched when it comes near the screen: its address is good once, and for a short
 * time. Everything else is saved when somebody asks for it.
 */
class ChatAttachment extends ParleyElement {
  static properties = { attachment: { attribute: false }, source: { state: true }, problem: { state: true } };

  static styles = [
    controls,
    css`
      :host {
        display: block;
        margin-block: var(--s1);
      }

      .picture {
        display: block;
        width: fit-content;
        max-width: min(100%, 26rem);
        height: auto;
        min-height: 0;
        padding: 0;
        border-radius: var(--round);
        background: var(--sunken);
        overflow: hidden;
      }

      img {
        display: block;
        max-width: 100%;
        min-height: 3rem;
        max-height: 20rem;
        object-fit: contain;
      }

      .waiting {
        display: grid;
        width: 12rem;
        height: 8rem;
        place-items: center;
        color: var(--quiet);
      }

      .file {
        display: inline-grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 0 var(--s3);
        width: min(22rem, 100%);
        padding: var(--s2) var(--s3);
        text-align: start;
      }

      .file span {
        line-height: 1.35;
      }

      small {
        display: block;
        color: var(--quiet);
        font-size: var(--type-small);
        font-weight: 400;
      }
    `,
  ];

  #near = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#near.disconnect();
      this.#showPicture();
    },
    { rootMargin: '300px' },
  );

  constructor() {
    super();
    this.attachment = /** @type {Attachment} */ (/** @type {unknown} */ (undefined));
    this.client = /** @type {ParleyClient} */ (/** @type {unknown} */ (undefined));
    this.source = '';
    this.problem = '';
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.#isPicture && !this.source) this.#near.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#near.disconnect();
  }

  render() {
    const { name, size } = this.attachment;
    return html`
      ${
        this.#isPicture
          ? html`<button class="picture" aria-label=${t('picture.open', { name })} @click=${() => this.#open()}>
              ${
                this.source
                  ? html`<img src=${this.source} alt=${name} @error=${() => (this.problem = t('picture.failed'))} />`
                  : html`<span class="waiting">${sign('file')}</span>`
              }
            </button>`
          : html`<button class="file" @click=${() => this.#open()}>
              ${sign('file')}
              <span class="cut"><bdi>${name}</bdi><small>${sizeText(size)}</small></span>
              <span class="quiet">${t('file.save')}</span>
            </button>`
      }
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
    `;
  }

  get #isPicture() {
    return PICTURES.test(this.attachment.mediaType);
  }

  async #showPicture() {
    try {
      this.source = await this.client.attachmentUrl(this.attachment);
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    }
  }

  /** A picture in a window of its own; any other file is saved, as the server tells the browser. */
  async #open() {
    try {
      const address = await this.client.attachmentUrl(this.attachment);
      this.problem = '';
      const link = document.createElement('a');
      link.href = address;
      link.rel = 'noopener noreferrer';
      if (this.#isPicture) link.target = '_blank';
      else link.download = this.attachment.name;
      link.click();
    } catch (error) {
      this.problem = errorText(/** @type {Error} */ (error));
    }
  }
}

/** @param {number} size in bytes */
export function sizeText(size) {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: UNITS[step],
    unitDisplay: 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(size / 1000 ** step);
}

customElements.define('chat-attachment', ChatAttachment);
