package dev.parley.server.endpoint;

import dev.parley.protocol.Decoded;
import java.util.List;

/** The content of one frame: at least one message or error. */
public record InboundFrame(List<Decoded> messages) {
    public InboundFrame {
        messages = List.copyOf(messages);
    }
}
