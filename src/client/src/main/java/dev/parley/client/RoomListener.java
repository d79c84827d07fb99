package dev.parley.client;

import dev.parley.protocol.ServerMessage;

/** Hears one room; thread rule as for {@link ParleyListener}. */
@FunctionalInterface
public interface RoomListener {
    /** The next message of the room, once and in {@code seq} order. */
    void received(ServerMessage.Stored message);
}
