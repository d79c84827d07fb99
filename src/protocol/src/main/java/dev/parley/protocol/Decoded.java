package dev.parley.protocol;

import java.util.Optional;

/** The result of decoding a client's text: a message, or the error to answer. Decoding never throws. */
public sealed interface Decoded {
    record Valid(ClientMessage message) implements Decoded {}

    /** @param id the id of the invalid message, if it could be read */
    record Malformed(Optional<String> id, ErrorCode code, String reason) implements Decoded {}
}
