/**
 * The shared words of Parley: what browsers, Java clients and the server say to each other.
 *
 * <p>Text of a frame in, {@link dev.parley.protocol.ClientMessage} or {@link dev.parley.protocol.ServerMessage} out,
 * and back. Knows no server, no container and no storage; every type here is immutable and may be used by any thread.
 */
package dev.parley.protocol;
