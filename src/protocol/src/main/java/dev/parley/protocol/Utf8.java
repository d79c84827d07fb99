package dev.parley.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** UTF-8: sizes on the wire, and bytes that must be text. */
public final class Utf8 {
    private Utf8() {}

    /**
     * Bytes of a text in UTF-8, without encoding it: half a surrogate pair counts two, so that pairs may be cut in two.
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

    /**
     * The text that these bytes are; empty where they are no UTF-8, such as overlong forms and surrogates (RFC 3629).
     */
    public static Optional<String> decode(byte[] bytes) {
        try {
            // A new decoder reports what is wrong; a String's constructor would put U+FFFD in its place.
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
