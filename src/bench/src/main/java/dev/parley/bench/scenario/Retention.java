package dev.parley.bench.scenario;

import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.measure.BenchOptions;
import dev.parley.bench.measure.KeptRows;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether what is deleted in the background keeps up with what is stored, on PostgreSQL: the load of
 * {@link DurableChat} on a database whose rooms are full and whose oldest message ids (dedupe records) go as new ones
 * come, from the first second on. Every ten seconds: what is overdue, dead rows, the size of the tables with their
 * indexes, and the write-ahead log. At the end random ids alone, right after a checkpoint, and the growth log.
 *
 * <p>{@code -Dbench.rates=20000} messages a second, {@code -Dbench.rooms=200,10000}, {@code -Dbench.messages=5000000}
 * ids that are remembered (and as many messages, at most 2,000,000), {@code -Dbench.seconds=120},
 * {@code -Dbench.tuned=false,true} whether PostgreSQL has the settings for much traffic of {@code scaling.md}
 */
public final class Retention implements Scenario {
    private static final int[] RATES = {20_000};
    private static final int[] SHORT_RATES = {5_000};
    private static final int[] ROOMS = {200, 10_000};
    private static final int[] SHORT_ROOMS = {200};
    /** Channels in a row of the growth log: of a quiet node, and of a busy one. */
    private static final int[] GROWN = {1, 5, 100};

    private static final int MESSAGES_MAX = 2_000_000;
    private static final int SLICE_SECONDS = 10;
    /** The least that {@code parley.dedupe.age} may be. */
    private static final Duration AGE_MIN = Duration.ofMinutes(1);

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        BenchOptions options = measurement.options();
        for (int rooms : options.numbers("rooms", options.isShort() ? SHORT_ROOMS : ROOMS)) {
            for (int rate : options.numbers("rates", options.isShort() ? SHORT_RATES : RATES)) {
                for (String tuned : options.words("tuned", List.of("false"))) {
                    run(measurement, new Rooms("bench-", rooms), rate, Boolean.parseBoolean(tuned));
                }
            }
        }
    }

    private static void run(Measurement measurement, Rooms rooms, int rate, boolean isTuned)
            throws InterruptedException {
        int asked = measurement.options().number("messages", 5_000_000, 300_000);
        Duration even = Duration.ofSeconds(asked / rate);
        Duration age = even.compareTo(AGE_MIN) < 0 ? AGE_MIN : even;
        int ids = (int) (age.toSeconds() * rate);
        int inRoom = Math.max(1, Math.min(ids, MESSAGES_MAX) / rooms.count());
        Map<String, String> settings =
                Map.of("parley.dedupe.age", age.toSeconds() + "s", "parley.retention.count", Integer.toString(inRoom));
        Map<String, String> setup = new HashMap<>(Map.of(
                "rooms", Integer.toString(rooms.count()),
                "asked", Integer.toString(rate),
                "ids", Integer.toString(ids),
                "tuned", Boolean.toString(isTuned)));
        try (ParleyServer server = ParleyServer.start(measurement.workplace().on("postgresql"), settings);
                ConnectionLoop loop = new ConnectionLoop()) {
            KeptRows kept = new KeptRows(server.postgres().orElseThrow(), rooms, ids, age, inRoom);
            if (isTuned) {
                kept.tune();
            }
            // A node that runs would have looked for older ids already.
            server.stop();
            kept.make();
            server.startAgain();
            DurableChat.Senders senders = new DurableChat.Senders(loop, server, rooms.count());
            int seconds = measurement.options().number("seconds", 120, 10);
            for (int at = 0; at < seconds; at += SLICE_SECONDS) {
                double logBefore = kept.logBytes();
                Map<Figure, Double> figures = senders.run(rate, SLICE_SECONDS);
                double acked = figures.get(Figure.ACKED_PER_S) * SLICE_SECONDS;
                figures.put(Figure.LOG_BYTES_PER_MESSAGE, (kept.logBytes() - logBefore) / acked);
                figures.putAll(kept.state());
                setup.put("second", Integer.toString(at + SLICE_SECONDS));
                measurement.found(Measurement.PARLEY, setup, figures);
            }
            setup.put("second", "random ids");
            measurement.found(Measurement.PARLEY, setup, kept.addRandomIds());
            for (int channels : GROWN) {
                setup.put("second", "a growth row of " + channels);
                measurement.found(Measurement.PARLEY, setup, kept.readGrowth(channels));
            }
        }
    }
}
