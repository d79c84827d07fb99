package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.machine.JvmTool;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.MissingTool;
import dev.parley.bench.system.ParleyCluster;
import dev.parley.bench.system.ParleyWire;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What a channel with a reader costs a node and Redis: sessions that read the lobby and their inboxes ({@code lobby}),
 * then as many more that read a room of their own too ({@code own}). The difference of the two is one channel. Both
 * ends need an open file for each session: {@code ulimit -n 20000}.
 *
 * <p>{@code -Dbench.clients=5000} each time
 */
public final class ReadChannels implements Scenario {
    private static final int OPENED_AT_ONCE = 64;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long SETTLE_SECONDS = 5;
    private static final double BYTES_PER_KILOBYTE = 1_000;
    private static final ParleyWire WIRE = ParleyWire.BATCHES.withTokens();

    private record Memory(long heapBytes, long redisBytes) {
        static Memory of(ParleyCluster cluster) {
            return new Memory(
                    JvmTool.liveHeapBytes(cluster.pid()), cluster.redisUsage().residentBytes());
        }
    }

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        try (ParleyCluster cluster = ParleyCluster.start(measurement.workplace(), 1, false, Map.of(), Map.of());
                ConnectionLoop loop = new ConnectionLoop()) {
            // Classes, pools and caches that the first sessions bring.
            open(cluster, loop, 200, i -> WIRE.reader("first-" + i, "first-" + i));
            int count = measurement.options().number("clients", 5_000, 500);
            measure(measurement, cluster, loop, "lobby", count, i -> WIRE.sender("lobby-" + i));
            measure(measurement, cluster, loop, "own", count, i -> WIRE.reader("own-" + i, "own-" + i));
        } catch (MissingTool e) {
            throw new IllegalStateException(e);
        }
    }

    private static void measure(
            Measurement measurement,
            ParleyCluster cluster,
            ConnectionLoop loop,
            String room,
            int count,
            IntFunction<Dialog> dialog)
            throws InterruptedException {
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        Memory before = Memory.of(cluster);
        open(cluster, loop, count, dialog);
        TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
        Memory after = Memory.of(cluster);
        measurement.found(
                Measurement.PARLEY,
                Map.of("room", room, "clients", Integer.toString(count)),
                Map.of(
                        Figure.SERVER_HEAP_KB, each(after.heapBytes() - before.heapBytes(), count),
                        Figure.REDIS_MEMORY_KB, each(after.redisBytes() - before.redisBytes(), count)));
    }

    private static double each(long bytes, int count) {
        return bytes / BYTES_PER_KILOBYTE / count;
    }

    private static void open(ParleyCluster cluster, ConnectionLoop loop, int count, IntFunction<Dialog> dialog) {
        List<Dialog> dialogs = IntStream.range(0, count).mapToObj(dialog).toList();
        Crowd.open(loop, new Recorder(), cluster.address(), dialogs, Rooms.one("unused"), OPENED_AT_ONCE, PATIENCE);
    }
}
