package dev.parley.server.session;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** How waiting messages become the text of the next frame. */
public enum Framing {
    /** One JSON object a frame: every hand-written client. */
    OBJECT {
        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            return waiting.get().map(Encoded::json);
        }
    },

    /** All that waits, as a JSON array, up to bounds: subprotocol {@code parley.v1}. */
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

    /** Plain text, {@code sender: content}; what is no text for people is left out. */
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

    /** A frame stays small enough that a slow line shows progress within the heartbeat's timeout. */
    private static final int BATCH_LENGTH_MAX = 64 * 1024;

    private static final int BATCH_MESSAGES_MAX = 1_000;

    /** @param waiting takes the next message from the queue; empty when there is none */
    abstract Optional<String> next(Supplier<Optional<Encoded>> waiting);

    private static Optional<String> line(ServerMessage message) {
        if (message instanceof ServerMessage.Stored stored) {
            return Optional.of(stored.sender() + ": " + stored.content());
        }
        if (message instanceof ServerMessage.Error error) {
            return Optional.of("parley: " + error.message());
        }
        return Optional.empty();
    }
}
