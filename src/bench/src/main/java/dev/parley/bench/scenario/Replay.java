package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Crowd;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.load.Rooms;
import dev.parley.bench.load.Turn;
import dev.parley.bench.load.Upgrade;
import dev.parley.bench.measure.AckDialog;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyServer;
import dev.parley.bench.system.ParleyWire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast readers who come back get what they missed: a room with 100,000 messages of 100 bytes, read from the first
 * message by one reader, and by ten at the same time.
 *
 * <p>{@code -Dbench.database=h2,postgresql}, {@code -Dbench.messages=100000}
 */
public final class Replay implements Scenario {
    private static final int UNACKED_MAX = 500;
    private static final int ROUNDS = 3;
    private static final long POLL_NANOS = 1_000_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Rooms ROOM = Rooms.one("replay");
    private static final ParleyWire WIRE = ParleyWire.BATCHES;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        int messages = measurement.options().number("messages", 100_000, 10_000);
        for (String database : measurement.databases("h2", "postgresql")) {
            try (ParleyServer server = ParleyServer.start(
                            measurement.workplace().on(database),
                            Map.of("parley.retention.count", Integer.toString(2 * messages)));
                    ConnectionLoop loop = new ConnectionLoop()) {
                String epoch = fill(loop, server, messages);
                for (int readers : new int[] {1, 10}) {
                    for (int round = 1; round <= ROUNDS; round++) {
                        double seconds = read(loop, server, epoch, readers, messages);
                        measurement.found(
                                Measurement.PARLEY,
                                Map.of("database", database, "readers", Integer.toString(readers)),
                                Map.of(Figure.DELIVERED_PER_S, readers * messages / seconds));
                    }
                }
            }
        }
    }

    /** @return the room's epoch */
    private static String fill(ConnectionLoop loop, ParleyServer server, int messages) {
        AtomicInteger answered = new AtomicInteger();
        AckDialog.Answers answers = new AckDialog.Answers() {
            @Override
            public void acked(long number) {
                answered.incrementAndGet();
            }

            @Override
            public void refused(int count) {
                throw new IllegalStateException("The room could not be filled.");
            }
        };
        Joining joining = new Joining(WIRE.sender("replay-writer"), "");
        Crowd writer = open(loop, server, List.of(new AckDialog(joining, answers)));
        Client client = writer.clients().get(0);
        for (int sent = 0; sent < messages; sent++) {
            while (sent - answered.get() >= UNACKED_MAX) {
                loop.check();
                LockSupport.parkNanos(POLL_NANOS);
            }
            client.send(WIRE.message(ROOM.name(0), sent));
        }
        while (answered.get() < messages) {
            loop.check();
            LockSupport.parkNanos(POLL_NANOS);
        }
        writer.close();
        return joining.epoch();
    }

    /** @return seconds until all readers had all messages */
    private static double read(ConnectionLoop loop, ParleyServer server, String epoch, int readers, int messages)
            throws InterruptedException {
        List<Joining> dialogs = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            dialogs.add(
                    new Joining(WIRE.sender("replay-" + i), ",\"position\":{\"epoch\":\"" + epoch + "\",\"seq\":0}"));
        }
        long begin = System.nanoTime();
        try (Crowd crowd = open(loop, server, dialogs)) {
            if (!crowd.awaitAll(messages, PATIENCE)) {
                throw new IllegalStateException("Not everything was replayed: " + crowd.totals(messages));
            }
            return (System.nanoTime() - begin) / 1e9;
        }
    }

    private static Crowd open(ConnectionLoop loop, ParleyServer server, List<? extends Dialog> dialogs) {
        return Crowd.open(loop, new Recorder(), server.address(), dialogs, ROOM, dialogs.size(), PATIENCE);
    }

    /** Joins the room from a position. Confined to the loop; the epoch is read once that has rested. */
    private static final class Joining implements Dialog {
        private static final Pattern EPOCH = Pattern.compile("\"epoch\":\"([^\"]+)\"");

        private final Dialog signIn;
        private final String position;
        private volatile String epoch = "";

        Joining(Dialog signIn, String position) {
            this.signIn = signIn;
            this.position = position;
        }

        String epoch() {
            return epoch;
        }

        @Override
        public Upgrade upgrade() {
            return signIn.upgrade();
        }

        @Override
        public Turn opened() {
            return signIn.opened();
        }

        @Override
        public Turn heard(String frame) {
            int joined = frame.indexOf("\"type\":\"joined\"");
            if (joined >= 0) {
                Matcher found = EPOCH.matcher(frame.substring(joined));
                epoch = found.find() ? found.group(1) : "";
                return Turn.READY;
            }
            return signIn.heard(frame).isReady()
                    ? Turn.say("{\"type\":\"join\",\"room\":\"" + ROOM.name(0) + "\",\"id\":\"j\"" + position + "}")
                    : Turn.LISTEN;
        }
    }
}
