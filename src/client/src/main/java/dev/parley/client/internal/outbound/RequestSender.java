package dev.parley.client.internal.outbound;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.ServerMessage;

/** Sends a request, that is, a message with an answer that is not stored in a channel. Called on the event loop. */
@FunctionalInterface
public interface RequestSender {
    /** @param deadline monotonic time in nanoseconds */
    void ask(String id, ClientMessage message, long deadline, SendCallback<ServerMessage> callback);
}
