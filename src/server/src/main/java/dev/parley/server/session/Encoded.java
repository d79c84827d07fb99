package dev.parley.server.session;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.nio.charset.StandardCharsets;

/**
 * A message ready to be sent: encoded once, offered to many.
 *
 * @param json the message on the wire
 * @param bytes of it in UTF-8
 */
public record Encoded(String json, int bytes) {
    public static Encoded of(ServerMessage message) {
        return of(MessageCodec.encode(message));
    }

    /** A message that is JSON already, such as the store keeps it. */
    public static Encoded of(String json) {
        return new Encoded(json, json.getBytes(StandardCharsets.UTF_8).length);
    }
}
