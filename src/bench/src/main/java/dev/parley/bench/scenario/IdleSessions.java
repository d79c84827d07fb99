package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.machine.JvmTool;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.RunningTarget;
import dev.parley.bench.system.Target;
import dev.parley.bench.system.Wire;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What 10,000 sessions cost that are signed in and do nothing: objects in the heap after a garbage collection (on a
 * JVM), and memory of the process. Both ends need an open file for each session: {@code ulimit -n 20000}.
 *
 * <p>{@code -Dbench.targets=parley,ws,socket.io,spring-stomp}, {@code -Dbench.clients=10000}
 */
public final class IdleSessions implements Scenario {
    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long SETTLE_SECONDS = 5;
    private static final double BYTES_PER_KILOBYTE = 1_000;

    /** Memory at one time; the heap is 0 where there is none to look at. */
    private record Memory(long heapBytes, long residentBytes) {
        static Memory of(RunningTarget server) {
            long heap = server.isJvm() ? JvmTool.liveHeapBytes(server.pid()) : 0;
            return new Memory(heap, server.usage().residentBytes());
        }
    }

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (Target target : measurement.targets("parley", "ws", "socket.io", "spring-stomp")) {
            Optional<RunningTarget> server = measurement.start(target);
            if (server.isPresent()) {
                try (RunningTarget running = server.get()) {
                    measure(measurement, target, running);
                }
            }
        }
    }

    private static void measure(Measurement measurement, Target target, RunningTarget server)
            throws InterruptedException {
        int count = measurement.options().number("clients", 10_000, 1_000);
        Wire wire = target instanceof ParleyTarget parley ? parley.wire().withTokens() : target.wire();
        // Classes, pools and caches that the first sessions bring.
        try (ConnectionLoop loop = new ConnectionLoop()) {
            open(loop, wire, server, "first-", 200);
            TimeUnit.SECONDS.sleep(1);
        }
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        Memory before = Memory.of(server);
        try (ConnectionLoop loop = new ConnectionLoop()) {
            Crowd crowd = open(loop, wire, server, "idle-", count);
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            UsageSample idleFrom = UsageSample.of(server);
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            Map<Figure, Double> idle = UsageSample.of(server).since(idleFrom, 0);
            Memory after = Memory.of(server);

            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.SERVER_CPUS, idle.get(Figure.SERVER_CPUS));
            figures.put(Figure.SERVER_MEMORY_KB, each(after.residentBytes() - before.residentBytes(), count));
            if (server.isJvm()) {
                figures.put(Figure.SERVER_HEAP_KB, each(after.heapBytes() - before.heapBytes(), count));
            }
            figures.put(Figure.LOST_CLIENTS, (double) crowd.totals(0).lost());
            measurement.found(target.name(), Map.of("sessions", Integer.toString(count)), figures);
        }
    }

    private static double each(long bytes, int count) {
        return bytes / BYTES_PER_KILOBYTE / count;
    }

    private static Crowd open(ConnectionLoop loop, Wire wire, RunningTarget server, String prefix, int count) {
        List<Dialog> dialogs =
                IntStream.range(0, count).mapToObj(i -> wire.sender(prefix + i)).toList();
        return Crowd.open(loop, new Recorder(), server.address(), dialogs, Rooms.one("idle"), OPENED_AT_ONCE, PATIENCE);
    }
}
