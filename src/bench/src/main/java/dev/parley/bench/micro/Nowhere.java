package dev.parley.bench.micro;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Framing;
import dev.parley.server.session.HandshakeResult;
import dev.parley.server.session.Outbox;
import dev.parley.server.session.OutboxMemoryBudget;
import dev.parley.server.session.Session;
import dev.parley.server.session.SessionId;
import dev.parley.server.session.TrafficCounters;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/** A connection that sends at once to nowhere: its peer reads everything, and answers each ping. */
final class Nowhere implements Transport {
    /** As long as a chat of 100 bytes is on the wire. */
    static final Encoded MESSAGE =
            Encoded.of("{\"type\":\"chat\",\"room\":\"bench\",\"content\":\"" + "x".repeat(160) + "\"}");

    private static final int OUTBOX_BYTES = 4 * 1024 * 1024;

    private final Consumer<String> frames;
    private Optional<Session> session = Optional.empty();

    private Nowhere(Consumer<String> frames) {
        this.frames = frames;
    }

    /**
     * Opens a session on such a connection.
     *
     * @param all number of sessions, which share the memory of outboxes
     * @param frames takes what is sent
     */
    static Session session(int number, int all, Framing framing, Consumer<String> frames) {
        Nowhere transport = new Nowhere(frames);
        Session session = new Session(
                new SessionId("bench-" + number),
                EndpointType.CHAT,
                new HandshakeResult(Optional.empty(), "192.0.2.1"),
                transport,
                framing,
                MessageCodec::encode,
                new Outbox.Bounds(OUTBOX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> all)),
                new TrafficCounters(),
                System::nanoTime,
                ended -> {});
        transport.session = Optional.of(session);
        return session;
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        frames.accept(text);
        whenDone.accept(true);
    }

    @Override
    public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
        whenDone.accept(true);
    }

    @Override
    public void ping(ByteBuffer payload) {
        session.ifPresent(open -> open.ponged(payload));
    }

    @Override
    public void close(CloseCode code, String reason) {
        throw new IllegalStateException("The session was closed with " + code + ".");
    }
}
