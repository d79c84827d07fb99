/**
 * The protocol of Parley: the messages between the server, browsers and Java clients.
 *
 * <p>The text of a frame comes in, {@link dev.parley.protocol.ClientMessage}s or
 * {@link dev.parley.protocol.ServerMessage}s go out, and the reverse. Knows no server, no container and no storage. All
 * types are immutable and thread-safe, except {@link dev.parley.protocol.chunks.ChunkJoiner}.
 */
package dev.parley.protocol;
