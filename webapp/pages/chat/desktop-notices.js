import { readSetting, writeSetting } from '../shared/settings.js';

/** @typedef {import('./model/chat.js').Chat} Chat */

const SETTING = 'parley.desktopNotices';
const TEXT_MAX = 200;

/** Whether this browser can show notifications of the system, and has not been told never to. */
export function canHaveDesktopNotices() {
  return 'Notification' in globalThis && Notification.permission !== 'denied';
}

/** Whether somebody wants them and the browser has the permission. */
export function areDesktopNoticesOn() {
  return canHaveDesktopNotices() && Notification.permission === 'granted' && readSetting(SETTING) === 'on';
}

/** @param {boolean} isOn the browser asks for the permission when it is first wanted */
export async function switchDesktopNotices(isOn) {
  const isAllowed = isOn && (await Notification.requestPermission()) === 'granted';
  writeSetting(SETTING, isAllowed ? 'on' : undefined);
}

/**
 * Shows a notification of the system while the page is in the background: for direct messages, mentions and what
 * services send.
 * @param {Chat} chat
 */
export function showDesktopNotices(chat) {
  chat.addEventListener('attention', (event) => {
    if (!document.hidden || !areDesktopNoticesOn()) return;
    const { message, conversation } = /** @type {CustomEvent} */ (event).detail;
    const where = conversation?.isRoom ? ` · # ${conversation.title}` : '';
    const notice = show(message.title ?? `${message.sender}${where}`, {
      body: message.content.slice(0, TEXT_MAX),
      icon: 'favicon.svg',
      // Tabs of one person show it once.
      tag: `parley-${message.id}`,
      lang: document.documentElement.lang,
    });
    notice?.addEventListener('click', () => {
      window.focus();
      notice?.close();
      if (conversation) chat.show(conversation);
    });
  });
}

/**
 * @param {string} title
 * @param {NotificationOptions} options
 */
function show(title, options) {
  try {
    return new Notification(title, options);
  } catch (error) {
    // Browsers of phones have the permission, but let service workers alone show something.
    console.info(`This browser shows no notifications of pages: ${error}`);
    writeSetting(SETTING, undefined);
    return undefined;
  }
}
