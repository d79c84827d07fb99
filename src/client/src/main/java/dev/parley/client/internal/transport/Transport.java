package dev.parley.client.internal.transport;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** An open WebSocket. One send at a time: the next one after {@code whenDone} of the last. */
public interface Transport {
    /** @param whenDone told once whether it left, from any thread, perhaps before this returns */
    void send(String text, Consumer<Boolean> whenDone);

    /** @param whenDone as above */
    void send(ByteBuffer bytes, Consumer<Boolean> whenDone);

    /** Ends it, politely where the code says something, and does not wait; nothing is heard of it afterwards. */
    void close(int code, String reason);

    /** Whether the server may be sent several messages in a frame, and sends several. */
    boolean isBatched();
}
