import { personKey } from '../../../parley/parley-client.js';
import { fold } from '../format/mentions.js';

/** @typedef {import('../../../parley/parley-client.js').Person} Person */
/** @typedef {import('./conversation.js').RoomConversation} RoomConversation */

/**
 * Whether a direct message reaches this person and nobody else, as far as the page can know. A message says only the
 * name of whom it is to (protocol.md, "Guests"), so where a guest has gone, or is called otherwise now, it may go to
 * another guest of that name, or to a user who took it.
 *
 * Everybody who is connected is in the lobby, but a large one does not say who they are. There it is not known, and
 * the message may be sent.
 * @param {Person} person
 * @param {RoomConversation} lobby
 * @param {readonly RoomConversation[]} rooms the lobby too
 */
export function isReachable(person, lobby, rooms) {
  if (person.guest === undefined) return true;
  if (!lobby.isPresenceKnown) return false;
  const present = rooms.flatMap(({ isPresenceKnown, room }) => (isPresenceKnown ? room.present : []));
  const namesakes = present.filter(({ username }) => fold(username) === fold(person.username));
  const isAlone = namesakes.every((other) => personKey(other) === personKey(person));
  const isComplete = lobby.room.present.length >= lobby.room.count;
  return isAlone && (namesakes.length > 0 || !isComplete);
}
