package dev.parley.client.internal.transport;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * An open WebSocket connection. One send at a time: the next call follows after {@code whenDone} of the previous one.
 */
public interface Transport {
    /**
     * @param whenDone called once with whether the send succeeded, from any thread, perhaps before this method returns
     */
    void send(String text, Consumer<Boolean> whenDone);

    /** @param whenDone as above */
    void send(ByteBuffer bytes, Consumer<Boolean> whenDone);

    /** Closes the connection with a close frame and does not wait. The listener gets no more events. */
    void close(int code, String reason);

    /** Whether a frame may contain several messages, in both directions. */
    boolean isBatched();
}
