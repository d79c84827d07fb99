/**
 * Step 1: may this connection come in? An HTTP upgrade request in; a {@link dev.parley.server.session.HandshakeResult}
 * out, or an answer of 400, 401, 403, 405, 426, 429 or 503 with the reason.
 */
package dev.parley.server.handshake;
