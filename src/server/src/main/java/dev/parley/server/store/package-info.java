/**
 * Step 5: the message gets its position. An {@link dev.parley.server.store.Append} in; after the commit its place in
 * each channel out, for the ack and for the fan-out. Also what was stored: pages, histories, read marks.
 */
package dev.parley.server.store;
