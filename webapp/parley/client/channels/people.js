/** @typedef {import('../../parley-client.js').Person} Person */

/**
 * Tells a person from all others: guests may share a name.
 * @param {Person} person
 */
export function personKey({ username, guest }) {
  return guest === undefined ? username : `${username}#${guest}`;
}

/**
 * @param {{sender: string, guest?: string}} message that is stored
 * @returns {Person}
 */
export function senderOf({ sender, guest }) {
  return { username: sender, guest };
}
