/** Splits long messages into chunks, and joins them; see {@link dev.parley.protocol.ClientMessage.Chunk}. */
package dev.parley.protocol.chunks;
