/**
 * Step 7: channel to local sessions. A stored message at its position in; the same message, encoded once, offered to
 * the outbox of every session that reads the channel out. Also what only lives in memory: presence and typing, and
 * metrics on a thread of their own.
 */
package dev.parley.server.fanout;
