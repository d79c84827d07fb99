package dev.parley.client;

import dev.parley.protocol.DecodedServerMessage;
import java.util.List;

/**
 * The content of one frame from the server: at least one message.
 *
 * @param bytes length of its text in UTF-8, as a measure of the memory that it occupies
 */
public record ServerFrame(List<DecodedServerMessage> messages, int bytes) {
    public ServerFrame {
        messages = List.copyOf(messages);
    }
}
