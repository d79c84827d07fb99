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
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Composes the text of the next frame from waiting messages. */
public abstract class Framing {
    /** One JSON object per frame, for hand-written clients. */
    public static final Framing OBJECT = new ObjectFraming();

    /** All waiting messages as one JSON array, within bounds: subprotocol {@code parley.v1}. */
    public static final Framing BATCH = new BatchFraming();

    private Framing() {}

    /** The framing of one session of {@code /text}. */
    public static Framing lines() {
        return new LineFraming();
    }

    /** The framing of one session whose peer has not shown yet what it speaks. */
    public static Detected detected() {
        return new Detected();
    }

    /** @param waiting takes the next message from the queue; empty when there is none */
    abstract Optional<String> next(Supplier<Optional<Encoded>> waiting);

    /** Composes the frame of a single message, for a connection that gets no other; empty if it is left out. */
    public final Optional<String> frameOf(Encoded message) {
        Iterator<Encoded> waiting = List.of(message).iterator();
        return next(() -> waiting.hasNext() ? Optional.of(waiting.next()) : Optional.empty());
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
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            for (Optional<Encoded> message = waiting.get(); message.isPresent(); message = waiting.get()) {
                String json = message.get().json();
                Optional<String> frame = isJson ? Optional.of(json) : lines.text(json);
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
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            return waiting.get().map(Encoded::json);
        }
    }

    private static final class BatchFraming extends Framing {
        /** A frame stays small enough that a slow connection shows progress within the heartbeat's timeout. */
        private static final int LENGTH_MAX = 64 * 1024;

        private static final int MESSAGES_MAX = 1_000;

        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            List<String> batch = new ArrayList<>();
            int length = 0;
            while (batch.size() < MESSAGES_MAX && length < LENGTH_MAX) {
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
    }

    /**
     * Plain text: {@code sender: line} for each line of a message, or {@code sender#tag: line} where a guest sent it.
     * Messages that carry no text for people are left out, except the answer to a heartbeat. So is what the session
     * itself has sent: a plain client shows it already.
     */
    private static final class LineFraming extends Framing {
        /** Far more than a user may send at once; of older ones the session may see a copy. */
        private static final int OWN_MAX = 1_000;

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

        /** Ids of own messages whose copies have not come yet, the oldest first; also the lock. */
        private final Set<String> own = new LinkedHashSet<>();

        @Override
        Optional<String> next(Supplier<Optional<Encoded>> waiting) {
            for (Optional<Encoded> message = waiting.get(); message.isPresent(); message = waiting.get()) {
                Optional<String> text = text(message.get().json());
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

        private Optional<String> text(String json) {
            ServerMessage message = MessageCodec.decodeServer(json);
            if (message instanceof ServerMessage.Stored stored) {
                return isOwn(stored.id()) ? Optional.empty() : Optional.of(lines(sender(stored), stored.content()));
            }
            if (message instanceof ServerMessage.Error error) {
                return Optional.of(lines("parley", error.message()));
            }
            return message instanceof ServerMessage.Pong ? Optional.of(json) : Optional.empty();
        }

        /** The name, and of a guest its tag, so that no guest passes for a user. */
        private static String sender(ServerMessage.Stored stored) {
            return END_OF_SENDER.matcher(stored.sender()).replaceAll(REPLACEMENT)
                    + stored.guest().map(tag -> "#" + tag).orElse("");
        }

        private boolean isOwn(String id) {
            synchronized (own) {
                return own.remove(id);
            }
        }

        private static String lines(String sender, String text) {
            return Arrays.stream(LINE_BREAK.split(text, LINES_MAX))
                    .map(line -> CONTROL.matcher(sender + ": " + line).replaceAll(REPLACEMENT))
                    .collect(Collectors.joining("\n"));
        }
    }
}
