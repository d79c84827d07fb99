import { readSetting, writeSetting } from './settings.js';

/** @typedef {'system' | 'light' | 'dark'} Theme */

const SETTING = 'parley.theme';

/** @type {readonly Theme[]} */
export const THEMES = ['system', 'light', 'dark'];

/** Dispatches `change` when the page looks different, by choice or with the system. */
export const themeChanges = new EventTarget();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
addEventListener('storage', ({ key }) => {
  if (key === SETTING || key === null) show(chosenTheme());
});

/** @returns {Theme} */
export function chosenTheme() {
  const stored = readSetting(SETTING);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** @param {Theme} theme shown from now on, and after a reload */
export function switchTheme(theme) {
  writeSetting(SETTING, theme === 'system' ? undefined : theme);
  show(theme);
}

/** @param {Theme} theme */
function show(theme) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  changed();
}

function changed() {
  themeChanges.dispatchEvent(new Event('change'));
}
