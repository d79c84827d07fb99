package dev.parley.acceptance.hostile.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.parley.acceptance.support.Frame;
import dev.parley.acceptance.support.JsonText;
import dev.parley.acceptance.support.RawSocket;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A WebSocket connection of an attacker. It answers pings like every library, so that only the actions of a row can end
 * it.
 */
public final class Peer implements AutoCloseable {
    /** Types of messages that are not answers, but caused by others or stored before. */
    private static final Set<String> PUSHED =
            Set.of("presence", "chat", "message", "notification", "metric", "typing", "read", "goodbye");

    private static final String LAST = "last-of-row";

    private final RawSocket raw;
    private boolean isSilent;

    public Peer(RawSocket raw) {
        this.raw = raw;
    }

    public Peer text(String text) {
        raw.text(text);
        return this;
    }

    public Peer binary(byte[] bytes) {
        raw.frame(Frame.FIN | Frame.BINARY, bytes);
        return this;
    }

    public Peer write(byte[]... bytes) {
        for (byte[] some : bytes) {
            raw.write(some);
        }
        return this;
    }

    /** Writes frames until the server closes the connection; its last messages are read afterwards. */
    public Peer writeMany(int times, int firstByte, byte[] payload) {
        for (int i = 0; i < times && raw.tryFrame(firstByte, payload); i++) {
            // The server decides when to close.
        }
        return this;
    }

    /** The next frame other than a ping; empty if the connection has ended. */
    public Optional<Frame> frame() {
        Optional<Frame> frame = raw.read();
        while (frame.isPresent() && frame.get().opcode() == Frame.PING) {
            if (!isSilent) {
                raw.tryFrame(Frame.FIN | Frame.PONG, frame.get().payload());
            }
            frame = raw.read();
        }
        return frame;
    }

    /** Skips messages until one of this type arrives. */
    public JsonObject next(String type) {
        for (Optional<Frame> frame = frame(); frame.isPresent(); frame = frame()) {
            if (frame.get().opcode() == Frame.CLOSE) {
                throw new AssertionError(
                        "Closed with " + frame.get().closeCode() + " instead of a message of the type " + type);
            }
            JsonObject message = JsonText.object(frame.get().text());
            if (message.getString("type").equals(type)) {
                return message;
            }
        }
        throw new AssertionError("Ended before a message of the type " + type);
    }

    /**
     * Reads the session's answers: up to the answer to a ping and {@code count} others, or to the end of the
     * connection.
     */
    public Answer answer(int count) {
        if (raw.tryFrame(Frame.FIN | Frame.TEXT, ("{\"type\":\"ping\",\"id\":\"" + LAST + "\"}").getBytes(US_ASCII))) {
            return read(count);
        }
        return ending();
    }

    /** Reads as many answers as are expected. */
    public Answer answer(Answer expected) {
        return answer(
                expected instanceof Answer.Told told && !told.words().isEmpty()
                        ? told.words().split(" ").length
                        : 0);
    }

    /** Reads up to the close frame or the end of the connection. */
    public Answer ending() {
        return read(Integer.MAX_VALUE);
    }

    /** The same without answering pings, for peers whose frames the server can no longer parse. */
    public Answer endingInSilence() {
        isSilent = true;
        return ending();
    }

    private Answer read(int count) {
        List<String> words = new ArrayList<>();
        boolean isAnswered = false;
        while (!isAnswered || words.size() < count) {
            Optional<Frame> frame = frame();
            if (frame.isEmpty()) {
                return Answer.ended();
            }
            if (frame.get().opcode() == Frame.CLOSE) {
                return Answer.closed(frame.get().closeCode(), String.join(" ", words));
            }
            if (frame.get().opcode() != Frame.TEXT) {
                continue;
            }
            JsonObject message = JsonText.object(frame.get().text());
            String type = message.getString("type");
            if (message.getString("id", "").equals(LAST)) {
                isAnswered = true;
            } else if (isAnswer(message)) {
                words.add(type.equals("error") ? message.getString("code") : type);
            }
        }
        return Answer.told(String.join(" ", words));
    }

    /** Whether the message answers this row. A requested presence repeats the id of the request. */
    private static boolean isAnswer(JsonObject message) {
        String type = message.getString("type");
        return !PUSHED.contains(type) || type.equals("presence") && message.containsKey("id");
    }

    @Override
    public void close() {
        raw.close();
    }
}
