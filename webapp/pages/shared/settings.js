/**
 * What a person chose, kept by the browser for all tabs. A browser may forbid storage, or have none left: then a choice
 * lasts as long as the page.
 * @param {string} key
 * @returns {string | undefined}
 */
export function readSetting(key) {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} key
 * @param {string | undefined} value undefined for none
 */
export function writeSetting(key, value) {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch (error) {
    console.warn(`Parley cannot keep the setting ${key}: ${error}`);
  }
}

/**
 * @param {string} key
 * @returns {any} undefined if there is none, or if it is no JSON
 */
export function readJsonSetting(key) {
  try {
    return JSON.parse(readSetting(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
