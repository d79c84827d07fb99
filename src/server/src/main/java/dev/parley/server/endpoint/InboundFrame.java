package dev.parley.server.endpoint;

import dev.parley.protocol.Decoded;
import java.util.List;

/** The content of one frame: messages and errors; none in a blank line of {@code /text}. */
public record InboundFrame(List<Decoded> messages) {
    public InboundFrame {
        messages = List.copyOf(messages);
    }
}
