package dev.parley.protocol;

import java.util.Optional;

/** What came out of a text: a message, or what to answer instead. Decoding never throws. */
public sealed interface Decoded {
    record Valid(ClientMessage message) implements Decoded {}

    /** @param id of the message that was meant, as far as it could be read */
    record Malformed(Optional<String> id, ErrorCode code, String reason) implements Decoded {}
}
