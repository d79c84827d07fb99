package dev.parley.server.endpoint;

import dev.parley.protocol.Decoded;
import java.util.List;

/** What one frame held: at least one message or error. */
public record Inbound(List<Decoded> messages) {
    public Inbound {
        messages = List.copyOf(messages);
    }
}
