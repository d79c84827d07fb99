/**
 * Step 6: channel to local sessions. A stored message at its position in; the same message, encoded once, offered to
 * the outbox of every session that reads the channel out. Also what only lives in memory: presence and typing, and
 * metrics on an event loop of their own.
 */
package dev.parley.server.fanout;
