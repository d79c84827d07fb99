package dev.parley.client;

import dev.parley.protocol.ServerMessage;

/** Receives the messages of one room. Thread rule as for {@link ParleyListener}. */
@FunctionalInterface
public interface RoomListener {
    /** The next message of the room, once and in {@code seq} order. */
    void received(ServerMessage.Stored message);
}
