import { css, html, nothing } from 'lit';
import { errorText, language, t } from '../i18n/language.js';
import { avatar } from '../shared/avatar.js';
import { sign } from '../shared/signs.js';
import './attachment.js';
import { content } from './long-content.js';
import { isWorthARetry } from './model/retry.js';

/** @typedef {import('../../parley/parley-client.js').OutboundEntry} OutboundEntry */
/** @typedef {import('../../parley/parley-client.js').StoredMessage} StoredMessage */
/** @typedef {import('./model/chat.js').Chat} Chat */
/** @typedef {import('./model/uploads.js').Upload} Upload */

const TOGETHER_MILLIS = 5 * 60_000;
const DAY_MILLIS = 24 * 60 * 60_000;

export const messageStyles = css`
  .line {
    display: flex;
    gap: var(--s3);
    align-items: center;
    margin: var(--s4) var(--s4) var(--s2);
    color: var(--quiet);
    font-size: var(--type-small);
    font-weight: 600;
  }

  .line::before,
  .line::after {
    content: '';
    flex: 1;
    height: 1px;
    background: var(--line);
  }

  .line.new {
    color: var(--danger);
  }

  .line.new::before,
  .line.new::after {
    background: var(--danger);
  }

  .message {
    display: grid;
    /* Lines of some eighty characters, as one reads them best. */
    grid-template-columns: 2.25rem minmax(0, 46rem) 1.25rem;
    gap: 0 var(--s3);
    padding: 0.125rem var(--s4);
  }

  .message:hover {
    background: color-mix(in srgb, var(--hover) 45%, transparent);
  }

  .message.begins {
    margin-top: var(--s3);
  }

  .message > .avatar {
    grid-row: 1 / span 2;
    margin-top: 0.2rem;
  }

  .message > .body {
    grid-column: 2;
    min-width: 0;
  }

  .message > .mark {
    display: grid;
    grid-column: 3;
    align-self: end;
    padding-bottom: 0.2rem;
    color: var(--quiet);
  }

  .mark svg.sign {
    width: 0.95rem;
    height: 0.95rem;
  }

  .head {
    display: flex;
    gap: var(--s2);
    align-items: baseline;
    min-width: 0;
  }

  .sender {
    font-weight: 650;
  }

  .own .sender {
    color: var(--accent);
  }

  time {
    flex: none;
    color: var(--quiet);
    font-size: var(--type-small);
    font-variant-numeric: tabular-nums;
  }

  .notice .body {
    padding: var(--s2) var(--s3);
    border-inline-start: 3px solid var(--accent);
    border-radius: var(--round);
    background: var(--own);
  }

  .notice.warning .body {
    border-inline-start-color: var(--warning);
    background: var(--warning-soft);
  }

  .notice.critical .body {
    border-inline-start-color: var(--danger);
    background: var(--danger-soft);
  }

  .notice .title {
    font-weight: 650;
    overflow-wrap: anywhere;
  }

  .delivery {
    display: flex;
    flex-wrap: wrap;
    gap: var(--s1) var(--s2);
    align-items: center;
    color: var(--quiet);
    font-size: var(--type-quiet);
    overflow-wrap: anywhere;
  }

  .failed .delivery,
  .failed .mark {
    color: var(--danger);
  }

  progress {
    width: min(14rem, 100%);
    height: 0.5rem;
    accent-color: var(--accent-fill);
  }

  .found {
    animation: found 2.4s ease-out;
  }

  @keyframes found {
    from {
      background: var(--mention);
    }
  }
`;

/** @type {Map<string, Record<'time' | 'day' | 'full' | 'short', Intl.DateTimeFormat>>} */
const formats = new Map();

function format() {
  const tag = language();
  let found = formats.get(tag);
  if (!found) {
    found = {
      time: new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' }),
      day: new Intl.DateTimeFormat(tag, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
      full: new Intl.DateTimeFormat(tag, { dateStyle: 'full', timeStyle: 'medium' }),
      short: new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'short' }),
    };
    formats.set(tag, found);
  }
  return found;
}

/**
 * @param {StoredMessage} message
 * @param {StoredMessage | undefined} previous
 */
export function startsDay(message, previous) {
  return !previous || new Date(previous.sentAt).toDateString() !== new Date(message.sentAt).toDateString();
}

/**
 * Whether a message stands under a name of its own, and not under that of the one before.
 * @param {StoredMessage} message
 * @param {StoredMessage | undefined} previous
 */
export function startsGroup(message, previous) {
  return (
    !previous ||
    previous.sender !== message.sender ||
    previous.guest !== message.guest ||
    previous.type === 'notification' ||
    message.type === 'notification' ||
    Date.parse(message.sentAt) - Date.parse(previous.sentAt) > TOGETHER_MILLIS
  );
}

/** @param {string} sentAt */
export function dayText(sentAt) {
  const at = new Date(sentAt);
  if (at.toDateString() === new Date().toDateString()) return t('today');
  if (at.toDateString() === new Date(Date.now() - DAY_MILLIS).toDateString()) return t('yesterday');
  return format().day.format(at);
}

/** @param {string} sentAt */
export function timeText(sentAt) {
  const at = new Date(sentAt);
  return html`<time datetime=${sentAt} title=${format().full.format(at)}>${format().time.format(at)}</time>`;
}

/** @param {string} sentAt */
export function dateText(sentAt) {
  const at = new Date(sentAt);
  return html`<time datetime=${sentAt} title=${format().full.format(at)}>${format().short.format(at)}</time>`;
}

/**
 * @param {StoredMessage} message
 * @param {boolean} isOwn
 * @param {boolean} begins
 * @param {Chat} chat
 */
export function storedRow(message, isOwn, begins, chat) {
  const isNotice = message.type === 'notification';
  const kinds = [begins ? 'begins' : '', isOwn ? 'own' : '', isNotice ? `notice ${level(message)}` : ''].join(' ');
  return html`
    <li class="message ${kinds}" data-seq=${message.seq} data-id=${message.id}>
      ${begins ? avatar(message.sender) : nothing}
      <div class="body">
        ${
          begins
            ? html`<div class="head">
                <span class="sender cut" dir="auto">${message.sender}</span>
                ${guestTag(message.guest)} ${timeText(message.sentAt)}
              </div>`
            : html`<span class="unseen"><bdi>${message.sender}</bdi></span>`
        }
        ${message.title ? html`<div class="title" dir="auto">${message.title}</div>` : nothing}
        ${
          message.attachment
            ? html`<chat-attachment .attachment=${message.attachment} .client=${chat.client}></chat-attachment>`
            : nothing
        }
        ${message.attachment?.name === message.content ? nothing : content(message, chat.me)}
      </div>
      ${
        isOwn
          ? html`<span class="mark" title=${t('delivery.stored')}
              >${sign('check')}<span class="unseen">${t('delivery.stored')}</span></span
            >`
          : nothing
      }
    </li>
  `;
}

/** @param {string | undefined} tag what tells a guest from others of its name; nothing for a user */
export function guestTag(tag) {
  return tag === undefined ? nothing : html`<span class="tag">${t('guest', { tag })}</span>`;
}

/** @param {StoredMessage} message */
export function level({ level: said }) {
  return said === 'warning' || said === 'critical' ? said : 'info';
}

/**
 * @param {OutboundEntry} entry
 * @param {Chat} chat
 */
export function outgoingRow(entry, chat) {
  const isFailed = entry.state === 'failed';
  return html`
    <li class="message begins own ${isFailed ? 'failed' : 'pending'}" data-id=${entry.id}>
      ${avatar(chat.me)}
      <div class="body">
        <div class="head">
          <span class="sender cut" dir="auto">${chat.me}</span>
          ${timeText(entry.createdAt)}
        </div>
        ${content(entry.message, chat.me)}
        <div class="delivery">${isFailed ? failure(entry, chat) : progress(entry, chat)}</div>
      </div>
      <span class="mark">${sign(isFailed ? 'warning' : 'clock')}</span>
    </li>
  `;
}

/**
 * @param {OutboundEntry} entry
 * @param {Chat} chat
 */
function progress({ state, progress: parts }, { client }) {
  if (parts && state === 'sent') {
    return html`<progress max=${parts.total} .value=${parts.sent} aria-label=${t('delivery.sending')}></progress>`;
  }
  return t(client.state === 'OPEN' ? 'delivery.sending' : 'delivery.waiting');
}

/**
 * @param {OutboundEntry} entry
 * @param {Chat} chat
 */
function failure({ id, message, error }, chat) {
  const { outgoing } = chat.client;
  const edit = () => {
    outgoing.discard(id);
    chat.edit(message.content);
  };
  return html`
    <span>${t('delivery.failed')} ${error ? errorText(error) : ''}</span>
    ${
      isWorthARetry(error)
        ? html`<button class="small retry" @click=${() => chat.retry(id)}>${t('delivery.retry')}</button>`
        : nothing
    }
    <button class="small edit" @click=${edit}>${t('delivery.edit')}</button>
    <button class="small" @click=${() => outgoing.discard(id)}>${t('delivery.discard')}</button>
  `;
}

/**
 * @param {Upload} upload
 * @param {Chat} chat
 */
export function uploadRow(upload, { me, uploads }) {
  const { file, sent, total, error } = upload;
  return html`
    <li class="message begins own ${error ? 'failed' : 'pending'}">
      ${avatar(me)}
      <div class="body">
        <div class="head"><span class="sender cut" dir="auto">${me}</span></div>
        <p class="cut" dir="auto">${file.name}</p>
        <div class="delivery">
          ${
            error
              ? html`<span>${t('delivery.failed')} ${errorText(error)}</span>
                  ${
                    isWorthARetry(error)
                      ? html`<button class="small retry" @click=${() => uploads.retry(upload)}>
                          ${t('delivery.retry')}
                        </button>`
                      : nothing
                  }`
              : html`<progress
                  max=${Math.max(1, total)}
                  .value=${sent}
                  aria-label=${t('upload.progress', { name: file.name })}
                ></progress>`
          }
          <button class="small" @click=${() => uploads.discard(upload)}>
            ${t(error ? 'delivery.discard' : 'upload.cancel')}
          </button>
        </div>
      </div>
      <span class="mark">${sign(error ? 'warning' : 'clock')}</span>
    </li>
  `;
}
