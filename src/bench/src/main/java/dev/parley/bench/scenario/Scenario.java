package dev.parley.bench.scenario;

import dev.parley.bench.measure.Measurement;
import java.util.List;

/** One measurement. */
public interface Scenario {
    /** All measurements that make the document, in the order in which they are made. */
    static List<Scenario> all() {
        return List.of(
                new FanOut(),
                new ManyRooms(),
                new QuietLatency(),
                new DurableChat(),
                new SignInStorm(),
                new IdleSessions(),
                new CutLines(),
                new Restart(),
                new TwoNodes(),
                new BackplaneDelay(),
                new Storm(),
                new Draining(),
                new ReadChannels(),
                new WithoutWebSockets(),
                new Replay(),
                new Retention(),
                new ClientRates(),
                new ServerFigures(),
                new MonitorFrames(),
                new Micro());
    }

    /** Its name in {@code -Dbench=NAME}, which is that of its class, and in records. */
    default String name() {
        return getClass().getSimpleName();
    }

    /** Makes it once. */
    void run(Measurement measurement) throws InterruptedException;
}
