/**
 * Who is signed in, for the pages of one tab, so that a reload, and the way from the chat to the monitor, need no new
 * sign-in. A token lies in the tab's own storage, which ends with the tab; signing out removes it.
 * @typedef {{username?: string, token?: string}} Credentials
 */

const KEY = 'parley.session';

/** @returns {Credentials | undefined} */
export function storedCredentials() {
  try {
    const text = sessionStorage.getItem(KEY);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {Credentials} credentials */
export function storeCredentials(credentials) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(credentials));
  } catch (error) {
    console.warn(`Parley cannot keep this sign-in over a reload: ${error}`);
  }
}

export function forgetCredentials() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Without storage there is nothing to forget.
  }
}
