/**
 * Channels for users who have no WebSocket: reads that wait for messages, and messages that are sent in requests. HTTP
 * itself is in {@code api}.
 */
package dev.parley.server.dispatch.requests;
