package dev.parley.client;

import dev.parley.protocol.binary.ServerBinary;

/** Receives the binary frames of all rooms that a client is in. Thread rule as for {@link ParleyListener}. */
@FunctionalInterface
public interface BinaryListener {
    /**
     * Somebody has sent a live payload to a room. Frames have no order against messages, and may be lost: on the way,
     * and here while calls of listeners fill half of their queue.
     */
    void received(ServerBinary frame);
}
