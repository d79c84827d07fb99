/**
 * Step 1: who are you, may you come in? An HTTP upgrade request in; an {@link dev.parley.server.session.Identity} out,
 * or an answer of 400, 401, 403, 405, 426 or 503 with the reason.
 */
package dev.parley.server.handshake;
