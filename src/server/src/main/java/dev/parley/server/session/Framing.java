package dev.parley.server.session;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Composes the text of the next frame from waiting messages. */
public enum Framing {
    /** One JSON object per frame, for hand-written clients. */
    OBJECT {
        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            return waiting.get().map(Encoded::json);
        }
    },

    /** All waiting messages as one JSON array, within bounds: subprotocol {@code parley.v1}. */
    BATCH {
        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            List<String> batch = new ArrayList<>();
            int length = 0;
            while (batch.size() < BATCH_MESSAGES_MAX && length < BATCH_LENGTH_MAX) {
                Optional<Encoded> message = waiting.get();
                if (message.isEmpty()) {
                    break;
                }
                batch.add(message.get().json());
                length += message.get().json().length();
            }
            if (batch.size() <= 1) {
                return batch.stream().findFirst();
            }
            return Optional.of("[" + String.join(",", batch) + "]");
        }
    },

    /**
     * Plain text, {@code sender: content}. Messages that carry no text for people are left out. Further lines of one
     * message are indented. No name starts with a space, so no content can pass for another sender's line.
     */
    LINE {
        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            for (Optional<Encoded> message = waiting.get(); message.isPresent(); message = waiting.get()) {
                Optional<String> line =
                        line(MessageCodec.decodeServer(message.get().json()));
                if (line.isPresent()) {
                    return line;
                }
            }
            return Optional.empty();
        }
    };

    /** A frame stays small enough that a slow connection shows progress within the heartbeat's timeout. */
    private static final int BATCH_LENGTH_MAX = 64 * 1024;

    private static final int BATCH_MESSAGES_MAX = 1_000;

    /**
     * Everything that a terminal or a program may take as a line break: CR, LF, CRLF, VT, FF, NEL, U+2028 and U+2029.
     */
    private static final Pattern LINE_BREAK = Pattern.compile("\\R");

    private static final String INDENTED_LINE = "\n    ";

    /** Control characters except tab and line feed: they could make a terminal write over an earlier line. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}&&[^\t\n]]");

    /** @param waiting takes the next message from the queue; empty when there is none */
    abstract Optional<String> next(Supplier<Optional<Encoded>> waiting);

    private static Optional<String> line(ServerMessage message) {
        if (message instanceof ServerMessage.Stored stored) {
            return Optional.of(indented(stored.sender() + ": " + stored.content()));
        }
        if (message instanceof ServerMessage.Error error) {
            return Optional.of(indented("parley: " + error.message()));
        }
        return Optional.empty();
    }

    private static String indented(String text) {
        String lines = LINE_BREAK.matcher(text).replaceAll(INDENTED_LINE);
        return CONTROL.matcher(lines).replaceAll("\uFFFD");
    }
}
