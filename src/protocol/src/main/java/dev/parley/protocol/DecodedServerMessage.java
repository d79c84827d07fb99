package dev.parley.protocol;

/** What a client made of a text from the server. Decoding never throws. */
public sealed interface DecodedServerMessage {
    /** @param length of its text, for whoever must know what it costs to keep */
    record Known(ServerMessage message, int length) implements DecodedServerMessage {}

    /** Of a later version; to be ignored. */
    record Unknown(String type) implements DecodedServerMessage {}

    /** Not what this contract lets a server say. */
    record Malformed(String reason) implements DecodedServerMessage {}
}
