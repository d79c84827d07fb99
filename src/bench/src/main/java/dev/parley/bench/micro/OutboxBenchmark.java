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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Offers messages to 1,000 sessions and flushes each, on a transport that sends at once to nowhere: what a delivery
 * costs between the fan-out and the container. The figure is for one delivery.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class OutboxBenchmark {
    private static final int SESSIONS = 1_000;
    private static final int MESSAGES = 10;
    private static final int OUTBOX_BYTES = 4 * 1024 * 1024;

    /** Whether the messages leave in one frame, or each in its own. */
    @Param({"true", "false"})
    public boolean isBatched;

    private final List<Session> sessions = new ArrayList<>();
    private final Encoded message =
            Encoded.of("{\"type\":\"chat\",\"room\":\"bench\",\"content\":\"" + "x".repeat(160) + "\"}");

    @Setup
    public void open() {
        for (int i = 0; i < SESSIONS; i++) {
            Nowhere transport = new Nowhere();
            Session session = new Session(
                    new SessionId("bench-" + i),
                    EndpointType.CHAT,
                    new HandshakeResult(Optional.empty(), "192.0.2.1"),
                    transport,
                    isBatched ? Framing.BATCH : Framing.OBJECT,
                    MessageCodec::encode,
                    new Outbox.Bounds(OUTBOX_BYTES, new OutboxMemoryBudget(Long.MAX_VALUE, () -> SESSIONS)),
                    new TrafficCounters(),
                    System::nanoTime,
                    ended -> {});
            transport.session = Optional.of(session);
            sessions.add(session);
        }
    }

    @Benchmark
    @OperationsPerInvocation(SESSIONS * MESSAGES)
    public int deliver() {
        for (int i = 0; i < MESSAGES; i++) {
            for (Session session : sessions) {
                session.offer(message);
            }
        }
        sessions.forEach(Session::flush);
        return sessions.size();
    }

    /** A connection whose peer reads everything at once. */
    private static final class Nowhere implements Transport {
        private Optional<Session> session = Optional.empty();

        @Override
        public void send(String text, Consumer<Boolean> whenDone) {
            whenDone.accept(true);
        }

        @Override
        public void ping(ByteBuffer payload) {
            session.ifPresent(open -> open.ponged(payload));
        }

        @Override
        public void close(CloseCode code, String reason) {}
    }
}
