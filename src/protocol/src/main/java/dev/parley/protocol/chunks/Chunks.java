package dev.parley.protocol.chunks;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Cuts a message that is too long for one frame into {@code chunk}s; {@link ChunkJoiner} joins them. */
public final class Chunks {
    /** Bytes of a chunk in addition to the data: field names, two ids of up to 64 characters, two numbers. */
    static final int ENVELOPE = 256;

    private Chunks() {}

    /**
     * @param transfer an unused name, 1-64 characters of {@code A-Za-z0-9_-}; every chunk carries it as its {@code id}
     *     too, so that an error names the transfer
     * @param json one message, not empty
     * @param frameMax maximum bytes of a frame, from the {@code welcome}
     * @return chunks in the order in which they must be sent; encoded, each fits into a frame of its own
     */
    public static List<ClientMessage.Chunk> cut(String transfer, String json, int frameMax) {
        List<String> parts = parts(json, frameMax - ENVELOPE);
        List<ClientMessage.Chunk> chunks = new ArrayList<>(parts.size());
        for (String part : parts) {
            chunks.add(new ClientMessage.Chunk(
                    Optional.of(transfer),
                    transfer,
                    OptionalInt.of(chunks.size()),
                    OptionalInt.of(parts.size()),
                    part));
        }
        return chunks;
    }

    /**
     * Splits a text into parts that have at most {@code maxBytes} bytes as JSON strings. No surrogate pair is split.
     */
    private static List<String> parts(String text, int maxBytes) {
        List<String> parts = new ArrayList<>();
        int begin = 0;
        int bytes = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int next = escapedLength(text.codePointAt(i));
            if (bytes + next > maxBytes && i > begin) {
                parts.add(text.substring(begin, i));
                begin = i;
                bytes = 0;
            }
            bytes += next;
        }
        parts.add(text.substring(begin));
        return parts;
    }

    /** Bytes in UTF-8 of a character within a JSON string (RFC 8259 section 7). */
    private static int escapedLength(int point) {
        if (point == '"' || point == '\\') {
            return 2;
        }
        if (point < 0x20) {
            return 6;
        }
        return Utf8.length(Character.toString(point));
    }
}
