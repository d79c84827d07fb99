package dev.parley.bench.micro;

import dev.parley.server.session.Framing;
import dev.parley.server.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    /** Whether the messages leave in one frame, or each in its own. */
    @Param({"true", "false"})
    public boolean isBatched;

    private final List<Session> sessions = new ArrayList<>();

    @Setup
    public void open() {
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(Nowhere.session(i, SESSIONS, isBatched ? Framing.BATCH : Framing.OBJECT, frame -> {}));
        }
    }

    @Benchmark
    @OperationsPerInvocation(SESSIONS * MESSAGES)
    public int deliver() {
        for (int i = 0; i < MESSAGES; i++) {
            for (Session session : sessions) {
                session.offer(Nowhere.MESSAGE);
            }
        }
        sessions.forEach(Session::flush);
        return sessions.size();
    }
}
