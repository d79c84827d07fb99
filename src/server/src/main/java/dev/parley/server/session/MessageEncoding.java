package dev.parley.server.session;

import dev.parley.protocol.ServerMessage;

/** Encodes messages for the wire, once for all readers of a message. Any thread. */
@FunctionalInterface
public interface MessageEncoding {
    /** The message as JSON. */
    String json(ServerMessage message);

    default Encoded encode(ServerMessage message) {
        return Encoded.of(json(message));
    }
}
