package dev.parley.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Computes the UTF-8 length of texts, and decodes bytes strictly. */
public final class Utf8 {
    private Utf8() {}

    /**
     * Bytes of a text in UTF-8, computed without encoding it. Half a surrogate pair counts as two bytes, so that the
     * length is right for texts cut within a pair.
     */
    public static int length(CharSequence text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > 0x7F) {
                length += c > 0x7FF && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return length;
    }

    /** Decodes the bytes. Empty if they are not valid UTF-8, such as overlong forms and surrogates (RFC 3629). */
    public static Optional<String> decode(byte[] bytes) {
        try {
            // A new decoder reports invalid bytes; the constructor of String would replace them with U+FFFD.
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
