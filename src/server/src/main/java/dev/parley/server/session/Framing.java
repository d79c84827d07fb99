package dev.parley.server.session;

import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.ServerMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Composes the text of the next frame from waiting messages. */
public abstract class Framing {
    /** One JSON object per frame, for hand-written clients. */
    public static final Framing OBJECT = new ObjectFraming();

    /** All waiting messages as one JSON array, within bounds: subprotocol {@code parley.v1}. */
    public static final Framing BATCH = new BatchFraming();

    /** A frame stays small enough that a slow connection shows progress within the heartbeat's timeout. */
    public static final int LENGTH_MAX = 64 * 1024;

    /** Most messages in a frame. */
    public static final int MESSAGES_MAX = 1_000;

    private Framing() {}

    /** The framing of one session of {@code /text}. */
    public static Framing lines() {
        return new LineFraming();
    }

    /** The framing of one session whose peer has not shown yet what it speaks. */
    public static Detected detected() {
        return new Detected();
    }

    /** The messages that wait for one session, as its framing takes them. */
    interface Queue {
        /** Takes the next message; empty when there is none. */
        Optional<Encoded> next();

        /** Takes a batch if nothing else waits and none of it was taken. */
        Optional<Encoded.Batch> onlyBatch();
    }

    /** Composes the next frame; empty when nothing waits. */
    abstract Optional<String> next(Queue waiting);

    /** Composes the frame of a single message, for a connection that gets no other; empty if it is left out. */
    public final Optional<String> frameOf(Encoded message) {
        Iterator<Encoded> waiting = List.of(message).iterator();
        return next(new Queue() {
            @Override
            public Optional<Encoded> next() {
                return waiting.hasNext() ? Optional.of(waiting.next()) : Optional.empty();
            }

            @Override
            public Optional<Encoded.Batch> onlyBatch() {
                return Optional.empty();
            }
        });
    }

    /**
     * Notes that this session is sending a message. No effect but where it receives lines, and then no copy of it. Any
     * thread.
     */
    void sending(MessageId own) {}

    /** Lines, until it is known that the peer speaks JSON: then one object per frame. Any thread. */
    public static final class Detected extends Framing {
        private final LineFraming lines = new LineFraming();
        private volatile boolean isJson;

        /** What is offered from now on leaves as JSON. */
        public void becomeJson() {
            isJson = true;
        }

        /** Looks at the protocol for each message, because it may be detected while a message waits. */
        @Override
        Optional<String> next(Queue waiting) {
            for (Optional<Encoded> message = waiting.next(); message.isPresent(); message = waiting.next()) {
                Optional<String> frame = isJson ? Optional.of(message.get().json()) : lines.text(message.get());
                if (frame.isPresent()) {
                    return frame;
                }
            }
            return Optional.empty();
        }

        @Override
        void sending(MessageId own) {
            if (!isJson) {
                lines.sending(own);
            }
        }
    }

    private static final class ObjectFraming extends Framing {
        @Override
        Optional<String> next(Queue waiting) {
            return waiting.next().map(Encoded::json);
        }
    }

    private static final class BatchFraming extends Framing {
        @Override
        Optional<String> next(Queue waiting) {
            Optional<Encoded.Batch> only = waiting.onlyBatch();
            if (only.isPresent()) {
                return only.map(Encoded.Batch::frame);
            }
            List<String> batch = new ArrayList<>();
            int length = 0;
            while (batch.size() < MESSAGES_MAX && length < LENGTH_MAX) {
                Optional<Encoded> message = waiting.next();
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
    }

    /**
     * A message as plain text, rendered once for all sessions that get lines.
     *
     * @param id of a stored message, which its own session does not get; otherwise empty
     * @param text {@code sender: line} for each line of the message, or {@code sender#tag: line} where a guest sent it;
     *     empty if the message carries no text for people and is left out
     */
    record Line(Optional<String> id, Optional<String> text) {
        /** Bounds a frame of a message that consists of line breaks. */
        private static final int LINES_MAX = 1_000;

        /**
         * Everything that a terminal or a program may take as a line break: CR, LF, CRLF, VT, FF, NEL, U+2028 and
         * U+2029.
         */
        private static final Pattern LINE_BREAK = Pattern.compile("\\R");

        /** Line breaks, and control characters except tab: they could make a terminal write over an earlier line. */
        private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029&&[^\t]]");

        /** Ends the sender of a line, and so must not stand in its name. */
        private static final Pattern END_OF_SENDER = Pattern.compile(":(?=[\\s\\p{Z}])");

        private static final String REPLACEMENT = "\uFFFD";

        static Line of(String json) {
            ServerMessage message = MessageCodec.decodeServer(json);
            if (message instanceof ServerMessage.Stored stored) {
                return new Line(Optional.of(stored.id()), Optional.of(lines(sender(stored), stored.content())));
            }
            if (message instanceof ServerMessage.Error error) {
                return new Line(Optional.empty(), Optional.of(lines("parley", error.message())));
            }
            // The answer to a heartbeat stays as it is.
            return new Line(
                    Optional.empty(), message instanceof ServerMessage.Pong ? Optional.of(json) : Optional.empty());
        }

        /** The name, and of a guest its tag, so that no guest passes for a user. */
        private static String sender(ServerMessage.Stored stored) {
            return END_OF_SENDER.matcher(stored.sender()).replaceAll(REPLACEMENT)
                    + stored.guest().map(tag -> "#" + tag).orElse("");
        }

        private static String lines(String sender, String text) {
            return Arrays.stream(LINE_BREAK.split(text, LINES_MAX))
                    .map(line -> CONTROL.matcher(sender + ": " + line).replaceAll(REPLACEMENT))
                    .collect(Collectors.joining("\n"));
        }
    }

    /** Plain text. What the session itself has sent is left out: a plain client shows it already. */
    private static final class LineFraming extends Framing {
        /** Far more than a user may send at once; of older ones the session may see a copy. */
        private static final int OWN_MAX = 1_000;

        /** Ids of own messages whose copies have not come yet, the oldest first; also the lock. */
        private final Set<String> own = new LinkedHashSet<>();

        @Override
        Optional<String> next(Queue waiting) {
            for (Optional<Encoded> message = waiting.next(); message.isPresent(); message = waiting.next()) {
                Optional<String> text = text(message.get());
                if (text.isPresent()) {
                    return text;
                }
            }
            return Optional.empty();
        }

        @Override
        void sending(MessageId id) {
            synchronized (own) {
                own.add(id.value());
                if (own.size() > OWN_MAX) {
                    Iterator<String> oldest = own.iterator();
                    oldest.next();
                    oldest.remove();
                }
            }
        }

        private Optional<String> text(Encoded message) {
            Line line = message.line();
            return line.id().filter(this::isOwn).isPresent() ? Optional.empty() : line.text();
        }

        private boolean isOwn(String id) {
            synchronized (own) {
                return own.remove(id);
            }
        }
    }
}
