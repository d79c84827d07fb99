package dev.parley.bench.scenario;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import dev.parley.bench.load.Dialog;
import dev.parley.bench.load.Recorder;
import dev.parley.bench.measure.Measurement;
import dev.parley.bench.measure.UsageSample;
import dev.parley.bench.report.Figure;
import dev.parley.bench.system.ParleyTarget;
import dev.parley.bench.system.ParleyWire;
import dev.parley.bench.system.ParleyWire.Credential;
import dev.parley.bench.system.RunningTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A storm of sign-ins: 64 clients at a time connect, sign in, leave, and are followed by the next; as guests, and as
 * users with a token in the handshake.
 *
 * <p>{@code -Dbench.clients=64} at a time, {@code -Dbench.database=h2}, {@code -Dbench.seconds=30} after twice that
 * time to warm up
 */
public final class SignInStorm implements Scenario {
    /** More than sign in within the measured time; then the names come again. */
    private static final int NAMES = 20_000;

    @Override
    public void run(Measurement measurement) throws InterruptedException {
        for (String database : measurement.databases("h2")) {
            for (Credential credential : List.of(Credential.GUEST, Credential.TOKEN)) {
                Optional<RunningTarget> server = measurement.start(
                        ParleyTarget.batches(), measurement.workplace().on(database));
                try (RunningTarget running = server.orElseThrow()) {
                    Map<String, String> setup = Map.of(
                            "database",
                            database,
                            "credential",
                            name(credential),
                            "clients",
                            Integer.toString(clients(measurement)));
                    measurement.found(Measurement.PARLEY, setup, measure(measurement, running, credential));
                }
            }
        }
    }

    private static String name(Credential credential) {
        return credential.name().toLowerCase(Locale.ROOT);
    }

    private static int clients(Measurement measurement) {
        return measurement.options().number("clients", 64, 64);
    }

    /** The figures of one storm on a running Parley. */
    static Map<Figure, Double> measure(Measurement measurement, RunningTarget server, Credential credential)
            throws InterruptedException {
        int seconds = measurement.options().number("seconds", 30, 4);
        int atOnce = clients(measurement);
        try (ConnectionLoop loop = new ConnectionLoop()) {
            Storm storm = new Storm(loop, server, credential);
            loop.ask(() -> storm.begin(atOnce));
            TimeUnit.SECONDS.sleep(2L * seconds);
            loop.ask(storm::reset);
            UsageSample before = UsageSample.of(server);
            measurement.profiled(server, "sign-in-" + name(credential), () -> {
                TimeUnit.SECONDS.sleep(seconds);
                return 0;
            });
            UsageSample after = UsageSample.of(server);
            loop.check();
            Histogram micros = loop.ask(storm::delays);
            Map<Figure, Double> figures = new HashMap<>(after.since(before, micros.getTotalCount()));
            figures.put(Figure.SIGN_INS_PER_S, micros.getTotalCount() / after.secondsSince(before));
            figures.put(Figure.P50_MS, micros.getValueAtPercentile(50) / 1e3);
            figures.put(Figure.P99_MS, micros.getValueAtPercentile(99) / 1e3);
            figures.put(Figure.REFUSED, (double) loop.ask(storm::refused));
            return figures;
        }
    }

    /** The clients of the storm. Confined to the loop. */
    private static final class Storm {
        private final ConnectionLoop loop;
        private final RunningTarget server;
        private final Recorder unused = new Recorder();
        private final List<Dialog> dialogs = new ArrayList<>();
        private Histogram micros = new Histogram(3);
        private long refused;
        private int next;

        Storm(ConnectionLoop loop, RunningTarget server, Credential credential) {
            this.loop = loop;
            this.server = server;
            ParleyWire wire = new ParleyWire(true, credential);
            for (int i = 0; i < NAMES; i++) {
                dialogs.add(wire.sender("storm-" + i));
            }
        }

        int begin(int atOnce) {
            for (int i = 0; i < atOnce; i++) {
                connect();
            }
            return atOnce;
        }

        private void connect() {
            long begin = System.nanoTime();
            Dialog dialog = dialogs.get(next++ % NAMES);
            new Client(loop, server.address(), dialog, unused, 0, 1, new Client.Events() {
                        @Override
                        public void ready(Client client) {
                            micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin));
                            client.close();
                            connect();
                        }

                        @Override
                        public void lost(Client client, int code, String reason) {
                            refused++;
                            connect();
                        }
                    })
                    .connect();
        }

        long reset() {
            micros = new Histogram(3);
            refused = 0;
            return 0;
        }

        Histogram delays() {
            return micros.copy();
        }

        long refused() {
            return refused;
        }
    }
}
