package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Pacer;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Schedule;
import dev.parley.bench.measure.HttpReader;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.RoomLoad;
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.ParleyWire;
import dev.parley.bench.system.RunningTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What 500 readers of a room cost that read over HTTP, beside as many with a WebSocket: they ask every second, wait for
 * the answer (long polling), or read server-sent events. One message a second is sent, so that a reader who asks every
 * second mostly finds one.
 *
 * <p>{@code -Dbench.readers=500}, {@code -Dbench.seconds=30}
 */
public final class WithoutWebSockets implements Scenario {
    private static final double MESSAGES_PER_SECOND = 1;
    private static final ParleyWire WIRE = ParleyWire.BATCHES.withTokens();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration DRAIN = Duration.ofSeconds(10);
    private static final int WARM_UP_SECONDS = 5;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        int count = measurement.options().number("readers", 500, 100);
        int seconds = measurement.options().number("seconds", 30, 5);
        try (RunningTarget server = measurement.start(ParleyTarget.batches()).orElseThrow()) {
            for (HttpReader.Way way : HttpReader.Way.values()) {
                found(measurement, way.name(), count, overHttp(server, way, count, seconds));
            }
            found(measurement, "WEBSOCKET", count, overWebSocket(server, count, seconds));
        }
    }

    private static void found(Measurement measurement, String way, int count, Map<Figure, Double> figures) {
        measurement.found(
                Measurement.PARLEY,
                Map.of(
                        "way", way.toLowerCase(Locale.ROOT).replace('_', ' '),
                        "readers", Integer.toString(count)),
                figures);
    }

    private static Map<Figure, Double> overWebSocket(RunningTarget server, int count, int seconds)
            throws InterruptedException {
        try (RoomLoad load = RoomLoad.open(server, WIRE, Rooms.one("websocket"), count, 1, Duration.ZERO)) {
            double perSecond = MESSAGES_PER_SECOND * count;
            load.run(perSecond, 0, WARM_UP_SECONDS);
            long before = load.receivedBytes();
            Map<Figure, Double> figures =
                    new HashMap<>(load.run(perSecond, 0, seconds).figures());
            figures.put(Figure.BYTES_PER_MESSAGE, (load.receivedBytes() - before) / figures.get(Figure.EXPECTED));
            figures.put(Figure.REQUESTS_PER_MESSAGE, 0.0);
            return figures;
        }
    }

    private static Map<Figure, Double> overHttp(RunningTarget server, HttpReader.Way way, int count, int seconds)
            throws InterruptedException {
        Recorder recorder = new Recorder();
        // A room and a sender of its own: the same sender with the same ids would send nothing new.
        Rooms room = Rooms.one("http-" + way.ordinal());
        try (ConnectionLoop loop = new ConnectionLoop();
                ConnectionLoop sending = new ConnectionLoop()) {
            List<HttpReader> readers = open(loop, server, way, room, count, recorder);
            await(loop, () -> readers.stream().allMatch(HttpReader::isReady));
            Crowd sender = Crowd.open(
                    sending,
                    new Recorder(),
                    server.address(),
                    List.of(WIRE.sender("sender-" + way.ordinal())),
                    room,
                    1,
                    PATIENCE);
            Client client = sender.clients().get(0);
            // The first polls and a time to warm up.
            TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);

            Schedule schedule = Schedule.lasting(0, System.nanoTime(), MESSAGES_PER_SECOND, seconds);
            loop.ask(() -> {
                recorder.begin(schedule, 0, schedule.end());
                readers.forEach(reader -> reader.expectFrom(0));
                return null;
            });
            long bytesBefore = loop.receivedBytes();
            UsageSample before = UsageSample.of(server);
            long end = Pacer.start(schedule, number -> client.send(WIRE.message(room.name(number), number)))
                    .awaitEnd();
            await(loop, () -> readers.stream()
                    .allMatch(reader -> reader.deliveries().isAt(end)));
            UsageSample after = UsageSample.of(server);
            long bytes = loop.receivedBytes() - bytesBefore;

            Recorder.Delays delays = loop.ask(recorder::delays);
            double received = delays.all().getTotalCount();
            Map<Figure, Double> figures = after.since(before, delays.all().getTotalCount());
            figures.put(Figure.P50_MS, delays.millis(50));
            figures.put(Figure.P99_MS, delays.millis(99));
            figures.put(Figure.BYTES_PER_MESSAGE, bytes / received);
            figures.put(
                    Figure.REQUESTS_PER_MESSAGE,
                    loop.ask(() -> readers.stream()
                                    .mapToLong(HttpReader::requests)
                                    .sum())
                            / received);
            figures.put(Figure.MISSING, (double) end * count - received);
            return figures;
        }
    }

    private static List<HttpReader> open(
            ConnectionLoop loop, RunningTarget server, HttpReader.Way way, Rooms room, int count, Recorder recorder) {
        return loop.ask(() -> {
            List<HttpReader> readers = new ArrayList<>();
            long now = System.nanoTime();
            for (int i = 0; i < count; i++) {
                // Spread over a second, and not before all have found out where the room ends.
                long firstPollAt = now + TimeUnit.SECONDS.toNanos(2) + TimeUnit.SECONDS.toNanos(1) * i / count;
                readers.add(new HttpReader(loop, server, way, "http-" + i, room.name(i), recorder, firstPollAt));
            }
            return readers;
        });
    }

    private static void await(ConnectionLoop loop, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + DRAIN.toNanos();
        while (!loop.ask(condition::getAsBoolean)) {
            loop.check();
            if (System.nanoTime() - deadline > 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
