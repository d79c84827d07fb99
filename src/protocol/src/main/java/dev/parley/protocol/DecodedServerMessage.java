package dev.parley.protocol;

/** The result of decoding a server's text. Decoding never throws. */
public sealed interface DecodedServerMessage {
    /** @param length length of the text in UTF-16 units, as a measure of the memory that it occupies */
    record Known(ServerMessage message, int length) implements DecodedServerMessage {}

    /** A message type of a later version; to be ignored. */
    record Unknown(String type) implements DecodedServerMessage {}

    /** A text that violates the protocol. */
    record Malformed(String reason) implements DecodedServerMessage {}
}
