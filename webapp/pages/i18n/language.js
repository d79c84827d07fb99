import { readSetting, writeSetting } from '../shared/settings.js';
import { en } from './en.js';
import { bestLanguage, translate } from './translate.js';
import { zhHans } from './zh-hans.js';
import { zhHant } from './zh-hant.js';

/** @typedef {'en' | 'zh-Hans' | 'zh-Hant'} Language */

/** @type {Record<Language, import('./translate.js').Dictionary>} */
const DICTIONARIES = { en, 'zh-Hans': zhHans, 'zh-Hant': zhHant };
const SETTING = 'parley.language';

/** The languages, each under its own name. @type {Record<Language, string>} */
export const LANGUAGES = { en: 'English', 'zh-Hans': '简体中文', 'zh-Hant': '繁體中文' };

/** Dispatches `change`. */
export const languageChanges = new EventTarget();

let current = chosen() ?? bestLanguage(navigator.languages);
document.documentElement.lang = current;

// Another tab of this browser has switched.
addEventListener('storage', ({ key }) => {
  if (key === SETTING || key === null) show(chosen() ?? bestLanguage(navigator.languages));
});

/** @returns {Language} */
export function language() {
  return current;
}

/** @param {Language} next shown from now on, and after a reload */
export function switchLanguage(next) {
  writeSetting(SETTING, next);
  show(next);
}

/**
 * The text of a key in the language of the page.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values) {
  return translate(DICTIONARIES[current], current, key, values);
}

/**
 * What an error says. English readers get the sentence of the server or the library, which knows more; for the others
 * its code is translated, or else its close code.
 * @param {{code?: string, message?: string, closeCode?: number}} error
 */
export function errorText({ code, message, closeCode }) {
  if (message && current === 'en') return message;
  const key = [`error.${code}`, `close.${closeCode}`].find((key) => key in DICTIONARIES[current]);
  return key ? t(key) : message || t('error.unknown', { code: code ?? '?' });
}

/** @returns {Language | undefined} what this person chose before */
function chosen() {
  const stored = readSetting(SETTING);
  return stored !== undefined && stored in DICTIONARIES ? /** @type {Language} */ (stored) : undefined;
}

/** @param {Language} next */
function show(next) {
  if (next === current) return;
  current = next;
  document.documentElement.lang = next;
  languageChanges.dispatchEvent(new Event('change'));
}
