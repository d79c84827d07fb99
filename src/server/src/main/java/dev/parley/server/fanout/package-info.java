/**
 * Step 7: from a channel to its local sessions. In: a stored message at its position. Out: the same message, encoded
 * once, offered to the outbox of every session that reads the channel. Also the state that exists in memory only:
 * presence, typing, and metrics on an event loop of their own.
 */
package dev.parley.server.fanout;
