package dev.parley.server.session;

import java.nio.charset.StandardCharsets;

/**
 * An encoded message, ready to be sent. Encoded once, queued in many outboxes.
 *
 * @param json the message on the wire
 * @param bytes length of {@code json} in UTF-8
 */
public record Encoded(String json, int bytes) {
    /** Wraps a message that is JSON already, such as the store keeps it. */
    public static Encoded of(String json) {
        return new Encoded(json, json.getBytes(StandardCharsets.UTF_8).length);
    }
}
