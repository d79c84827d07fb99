/**
 * One WebSocket connection at a time, over Jakarta WebSocket: token, handshake, frames and close. Knows what is special
 * about each container. Everything else of the client knows {@link dev.parley.client.internal.transport.Transport}
 * only.
 */
package dev.parley.client.internal.transport;
