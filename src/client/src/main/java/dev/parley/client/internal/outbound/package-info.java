/**
 * Sending: messages, requests, files and metrics that wait for the connection or for an answer. They come in; frames
 * for the transport and results for the application go out. Confined to the event loop, unless a class says otherwise.
 */
package dev.parley.client.internal.outbound;
