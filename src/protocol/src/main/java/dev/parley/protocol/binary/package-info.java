/**
 * Binary frames: live payloads for the others in a room, which are not stored. In comes one whole binary WebSocket
 * message, out goes a checked frame or the error to answer; and back.
 */
package dev.parley.protocol.binary;
