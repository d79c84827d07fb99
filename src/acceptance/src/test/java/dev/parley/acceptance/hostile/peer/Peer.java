package dev.parley.acceptance.hostile.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.parley.acceptance.support.RawSocket;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A WebSocket line in hostile hands. Answers pings, as every library does, so that only what a row does can end it. */
public final class Peer implements AutoCloseable {
    /** What comes because of others, or of what was stored. */
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
        raw.frame(RawSocket.FIN | 0x2, bytes);
        return this;
    }

    public Peer write(byte[]... bytes) {
        for (byte[] some : bytes) {
            raw.write(some);
        }
        return this;
    }

    /** Until the server has closed; what it said then is read afterwards. */
    public Peer writeMany(int times, int firstByte, byte[] payload) {
        for (int i = 0; i < times && raw.tryFrame(firstByte, payload); i++) {
            // The server decides when it has seen enough.
        }
        return this;
    }

    /** The next frame that is no ping; empty when the connection ended. */
    public Optional<RawSocket.Frame> frame() {
        Optional<RawSocket.Frame> frame = raw.read();
        while (frame.isPresent() && frame.get().opcode() == RawSocket.PING) {
            if (!isSilent) {
                raw.tryFrame(RawSocket.FIN | RawSocket.PONG, frame.get().payload());
            }
            frame = raw.read();
        }
        return frame;
    }

    /** Takes messages until one of this type comes. */
    public JsonObject next(String type) {
        for (Optional<RawSocket.Frame> frame = frame(); frame.isPresent(); frame = frame()) {
            if (frame.get().opcode() == RawSocket.CLOSE) {
                throw new AssertionError(
                        "Closed with " + frame.get().closeCode() + " instead of a message of the type " + type);
            }
            JsonObject message = json(frame.get().text());
            if (message.getString("type").equals(type)) {
                return message;
            }
        }
        throw new AssertionError("Ended before a message of the type " + type);
    }

    /** What the session answers, if it goes on: read to the answer to a ping, and so many others, or to its end. */
    public Answer answer(int count) {
        if (raw.tryFrame(
                RawSocket.FIN | RawSocket.TEXT, ("{\"type\":\"ping\",\"id\":\"" + LAST + "\"}").getBytes(US_ASCII))) {
            return read(count);
        }
        return ending();
    }

    /** As many answers as are expected. */
    public Answer answer(Answer expected) {
        return answer(
                expected instanceof Answer.Told told && !told.words().isEmpty()
                        ? told.words().split(" ").length
                        : 0);
    }

    /** Reads on to the close frame or the end. */
    public Answer ending() {
        return read(Integer.MAX_VALUE);
    }

    /** The same for one that answers no pings: nothing that it sent could be read as a pong. */
    public Answer endingInSilence() {
        isSilent = true;
        return ending();
    }

    private Answer read(int count) {
        List<String> words = new ArrayList<>();
        boolean isAnswered = false;
        while (!isAnswered || words.size() < count) {
            Optional<RawSocket.Frame> frame = frame();
            if (frame.isEmpty()) {
                return Answer.ended();
            }
            if (frame.get().opcode() == RawSocket.CLOSE) {
                return Answer.closed(frame.get().closeCode(), String.join(" ", words));
            }
            if (frame.get().opcode() != RawSocket.TEXT) {
                continue;
            }
            JsonObject message = json(frame.get().text());
            String type = message.getString("type");
            if (message.getString("id", "").equals(LAST)) {
                isAnswered = true;
            } else if (isAnswer(message)) {
                words.add(type.equals("error") ? message.getString("code") : type);
            }
        }
        return Answer.told(String.join(" ", words));
    }

    /** To something that this row sent; a presence that was asked for repeats the id of the question. */
    private static boolean isAnswer(JsonObject message) {
        String type = message.getString("type");
        return !PUSHED.contains(type) || type.equals("presence") && message.containsKey("id");
    }

    public static JsonObject json(String text) {
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    @Override
    public void close() {
        raw.close();
    }
}
