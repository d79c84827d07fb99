/**
 * Step 1: decides whether a connection is admitted. In: an HTTP upgrade request. Out: a
 * {@link dev.parley.server.session.HandshakeResult}, which may be a refusal to be told over the WebSocket, or a
 * response of 400, 401, 403, 405, 426, 429 or 503 with the reason.
 */
package dev.parley.server.handshake;
