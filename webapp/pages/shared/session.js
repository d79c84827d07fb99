/**
 * Who is signed in, for the pages of one tab, so that a reload, and the way from the chat to the monitor, need no new
 * sign-in. A token lies in the tab's own storage, which ends with the tab; signing out removes it, with all else.
 * @typedef {{username?: string, token?: string}} Credentials
 */

const KEY = 'parley.session';
/** What a browser keeps that tells nothing of a person. */
const KEPT_FOR_THE_NEXT = ['parley.theme', 'parley.language'];

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

/** So that a reload asks who somebody is. For a person who is to come back: nothing else of this person is removed. */
export function forgetCredentials() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Without storage there is nothing to forget.
  }
}

/**
 * Removes what Parley keeps of a person but theme and language, of this tab and of all: token, secret and rooms of a
 * guest, messages that were not sent, rooms of a user, what the monitor shows. So the next person at this computer
 * finds nothing of the one before, and does not become the same guest by the same name. What keeps something in the
 * storage must have ended, or it comes back.
 */
export function forgetPerson() {
  for (const open of [() => sessionStorage, () => localStorage]) {
    try {
      const storage = open();
      const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
      for (const key of keys) {
        if (key.startsWith('parley.') && !KEPT_FOR_THE_NEXT.includes(key)) storage.removeItem(key);
      }
    } catch {
      // Without storage there is nothing to forget.
    }
  }
}
