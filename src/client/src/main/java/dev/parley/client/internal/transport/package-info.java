/**
 * The WebSocket connection, on Jakarta WebSocket: token, handshake, frames and close. Contains everything that is
 * specific to a container. The rest of the client uses {@link dev.parley.client.internal.transport.Transport} only.
 */
package dev.parley.client.internal.transport;
