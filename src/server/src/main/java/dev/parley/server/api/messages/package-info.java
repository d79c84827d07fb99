/** The messages of channels over HTTP, for users who have no WebSocket: long polling, event streams, sending. */
package dev.parley.server.api.messages;
