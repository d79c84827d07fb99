package dev.parley.protocol.binary;

import dev.parley.protocol.ErrorCode;
import java.util.Optional;

/**
 * The result of decoding a binary frame: a frame, or the error to answer. Decoding never throws.
 *
 * @param <T> the frame
 */
public sealed interface DecodedBinary<T> {
    record Valid<T>(T frame) implements DecodedBinary<T> {}

    /**
     * @param id the id in the header, if it could be read
     * @param reason a sentence for people
     */
    record Malformed<T>(Optional<String> id, ErrorCode code, String reason) implements DecodedBinary<T> {}
}
