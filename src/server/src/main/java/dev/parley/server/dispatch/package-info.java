/**
 * Step 4: one inbound queue per session. Frames of decoded messages in; each message in its order, within the user's
 * rates, for the handler of its family out, and errors. {@code handlers} knows this package, never the other way round.
 */
package dev.parley.server.dispatch;
