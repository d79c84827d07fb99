package dev.parley.client;

import dev.parley.protocol.DecodedServerMessage;
import java.util.List;
import java.util.function.Supplier;

/**
 * One frame from the server. Its messages are decoded by the thread that asks for them, because a container may deliver
 * frames on a thread that serves many connections, as WildFly does.
 */
public final class ServerFrame {
    private final Supplier<List<DecodedServerMessage>> decoding;
    private final int bytes;

    /**
     * @param decoding decodes the messages; called by {@link #messages}
     * @param bytes length of the text in UTF-8
     */
    public ServerFrame(Supplier<List<DecodedServerMessage>> decoding, int bytes) {
        this.decoding = decoding;
        this.bytes = bytes;
    }

    /** Decodes the messages: at least one, in the order of the text. Each call decodes them again. */
    public List<DecodedServerMessage> messages() {
        return decoding.get();
    }

    /** Length of the text in UTF-8, as a measure of the memory that this frame occupies. */
    public int bytes() {
        return bytes;
    }
}
