import { css, html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { keyed } from 'lit/directives/keyed.js';
import { repeat } from 'lit/directives/repeat.js';
import { errorText, language, t } from '../i18n/language.js';
import { avatarStyles } from '../shared/avatar.js';
import { controls } from '../shared/controls.js';
import { sign } from '../shared/signs.js';
import { ChatElement } from './chat-element.js';
import { formatStyles } from './format/render.js';
import { dayText, messageStyles, outgoingRow, startsGroup, startsDay, storedRow, uploadRow } from './message-rows.js';

/** @typedef {import('../../parley/parley-client.js').StoredMessage} StoredMessage */

const AT_END_PIXELS = 40;
const NEAR_EDGE_PIXELS = 400;
/** A page of the log that was just shown is none of the news that a screen reader reads out. */
const NEWS_AFTER_MILLIS = 500;

/**
 * The messages of the conversation on the screen, and below them what is not stored yet. Who reads at the end stays at
 * the end, whatever comes and however the window changes; who reads further up stays where they are.
 */
class MessageList extends ChatElement {
  static styles = [
    controls,
    avatarStyles,
    formatStyles,
    messageStyles,
    css`
      :host {
        position: relative;
        display: flex;
        flex: 1;
        flex-direction: column;
        min-height: 0;
      }

      #scroller {
        position: relative;
        flex: 1;
        min-height: 0;
        padding: var(--s4) 0;
        overflow: hidden auto;
        overflow-anchor: none;
        overscroll-behavior: contain;
      }

      #scroller:focus-visible {
        outline-offset: -2px;
      }

      .edge {
        padding: var(--s2) var(--s4);
        text-align: center;
      }

      #jump {
        position: absolute;
        inset-block-end: var(--s3);
        inset-inline-end: var(--s4);
        border-radius: 2rem;
        box-shadow: var(--raise);
      }
    `,
  ];

  /** Of the last rendering: which conversation, and whether its end was on the screen. */
  #shownKey = '';
  #isAtEnd = true;
  /** Where the list was scrolled to when that was last looked at. */
  #top = 0;
  /** Whether a page of the log is on its way, or has just been shown. */
  #isReloading = false;
  /** @type {{seq: string, top: number} | undefined} a row that must not move */
  #anchor;
  #sizes = new ResizeObserver(() => this.#keepAtEnd());
  /** @type {Element | undefined} */
  #observed;

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    this.#anchor = this.#isAtEnd || this.chat.active.key !== this.#shownKey ? undefined : this.#firstVisible();
  }

  render() {
    const { active, outgoing, uploads } = this.chat;
    const { messages, hasOlder } = active.window;
    const isBeginning = !hasOlder && messages.length > 0 && !active.isStale;
    const files = active.isRoom ? uploads.list.filter(({ room }) => room === active.name) : [];
    const isRead = !active.isStale && !active.isLoading && !active.loadError;
    const isEmpty = messages.length + outgoing.length + files.length === 0 && isRead;
    return html`
      ${keyed(
        active.key,
        html`
          <div
            id="scroller"
            role="log"
            tabindex="0"
            aria-label=${t('messages.of', { name: active.title })}
            aria-live=${active.isLoading || this.#isReloading ? 'off' : 'polite'}
            @scroll=${this.#scrolled}
          >
            ${
              active.loadError
                ? html`<p class="edge">
                    <span class="quiet">${errorText(active.loadError)}</span>
                    <button class="small" @click=${() => this.#loadAgain()}>${t('tryAgain')}</button>
                  </p>`
                : nothing
            }
            ${active.isLoading ? html`<p class="edge quiet">${t('messages.loading')}</p>` : nothing}
            ${isBeginning ? html`<p class="edge quiet">${t('messages.beginning')}</p>` : nothing}
            ${
              isEmpty
                ? html`<div class="empty">
                    ${sign('chat')}
                    <p>${active.isRoom ? t('messages.none') : t('messages.noneWith', { name: active.title })}</p>
                  </div>`
                : nothing
            }
            <ol id="messages">
              ${repeat(
                messages,
                ({ seq }) => seq,
                (message, i) => this.#row(message, messages[i - 1]),
              )}
            </ol>
            <ol id="outgoing" aria-label=${t('outgoing')}>
              ${repeat(
                outgoing,
                ({ id }) => id,
                (entry) => outgoingRow(entry, this.chat),
              )}
              ${repeat(
                files,
                (file) => file,
                (file) => uploadRow(file, this.chat),
              )}
            </ol>
          </div>
        `,
      )}
      ${
        this.#isAtEnd && !active.window.hasNewer
          ? nothing
          : html`<button id="jump" class="small" @click=${this.#jump}>
              ${sign('down')} ${active.unread > 0 ? t('unread', { count: active.unread }) : t('messages.latest')}
            </button>`
      }
    `;
  }

  updated() {
    const scroller = this.#scroller;
    const { active } = this.chat;
    if (scroller !== this.#observed) this.#observe(scroller);
    if (active.key !== this.#shownKey) {
      this.#shownKey = active.key;
      this.#isAtEnd = true;
    }
    if (this.#anchor) {
      const row = this.#rowOf(this.#anchor.seq);
      if (row) scroller.scrollTop += row.getBoundingClientRect().top - this.#anchor.top;
    }
    this.#keepAtEnd();
    this.#loadAtEdges();
    if (active.isLoading) this.#isReloading = true;
    else if (this.#isReloading) setTimeout(() => this.#readOutNews(), NEWS_AFTER_MILLIS);
  }

  #readOutNews() {
    if (!this.#isReloading || this.chat.active.isLoading) return;
    this.#isReloading = false;
    this.requestUpdate();
  }

  /** @param {number} seq of a message that is loaded */
  async reveal(seq) {
    this.#isAtEnd = false;
    this.chat.active.isReadAtTheEnd = false;
    this.requestUpdate();
    await this.updateComplete;
    const row = this.#rowOf(String(seq));
    row?.scrollIntoView({ block: 'center' });
    row?.classList.add('found');
    row?.addEventListener('animationend', () => row.classList.remove('found'), { once: true });
  }

  /**
   * @param {StoredMessage} message
   * @param {StoredMessage | undefined} previous
   */
  #row(message, previous) {
    const isOwn = this.chat.client.isOwn(message);
    const isNewDay = startsDay(message, previous);
    const isFirstUnread = message.seq === this.chat.active.unreadFrom;
    const begins = isNewDay || isFirstUnread || startsGroup(message, previous);
    return html`
      ${isNewDay ? html`<li class="line">${dayText(message.sentAt)}</li>` : nothing}
      ${isFirstUnread ? html`<li class="line new">${t('messages.new')}</li>` : nothing}
      ${guard([message, isOwn, begins, language(), this.chat.me], () => storedRow(message, isOwn, begins, this.chat))}
    `;
  }

  get #scroller() {
    return /** @type {HTMLElement} */ (this.byId('scroller'));
  }

  /** @param {HTMLElement} scroller of a conversation that was not on the screen before */
  #observe(scroller) {
    this.#sizes.disconnect();
    this.#sizes.observe(scroller);
    for (const child of scroller.children) this.#sizes.observe(child);
    this.#observed = scroller;
    this.#top = 0;
  }

  #scrolled() {
    const scroller = this.#scroller;
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END_PIXELS;
    // Tells of our own scrolling to the end too, a frame later: a picture or a long text may have grown meanwhile.
    const isFollowing = this.#isAtEnd && scroller.scrollTop >= this.#top;
    this.#top = scroller.scrollTop;
    if (!isAtEnd && isFollowing) {
      this.#keepAtEnd();
      return;
    }
    if (isAtEnd !== this.#isAtEnd) {
      this.#isAtEnd = isAtEnd;
      this.requestUpdate();
    }
    const { active } = this.chat;
    active.isReadAtTheEnd = isAtEnd && !active.window.hasNewer;
    this.chat.markRead();
    this.#loadAtEdges();
  }

  /** Reads on where somebody comes near the end of what is loaded. */
  #loadAtEdges() {
    const { active } = this.chat;
    if (active.isLoading || active.loadError) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (scrollTop < NEAR_EDGE_PIXELS && active.window.hasOlder) active.loadOlder();
    else if (scrollHeight - scrollTop - clientHeight < NEAR_EDGE_PIXELS && active.window.hasNewer) active.loadNewer();
  }

  #loadAgain() {
    const { active } = this.chat;
    active.loadError = undefined;
    active.reloadIfStale();
    this.#loadAtEdges();
  }

  #keepAtEnd() {
    if (!this.#isAtEnd) return;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
  }

  async #jump() {
    this.#isAtEnd = true;
    await this.chat.active.showNewest();
    this.requestUpdate();
    await this.updateComplete;
    this.#keepAtEnd();
    this.chat.markRead();
    // The button goes away; the focus must not fall to the page with it.
    this.#scroller.focus();
  }

  #firstVisible() {
    const top = this.#scroller.getBoundingClientRect().top;
    for (const row of this.renderRoot.querySelectorAll('#messages > [data-seq]')) {
      const at = row.getBoundingClientRect();
      if (at.bottom > top) return { seq: /** @type {HTMLElement} */ (row).dataset.seq ?? '', top: at.top };
    }
    return undefined;
  }

  /** @param {string} seq */
  #rowOf(seq) {
    return this.renderRoot.querySelector(`#messages > [data-seq="${CSS.escape(seq)}"]`);
  }
}

customElements.define('message-list', MessageList);
