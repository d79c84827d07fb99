/** Files over HTTP: {@code GET /attachments/ID}, part by part, without a thread that waits for a slow reader. */
package dev.parley.server.api.attachments;
