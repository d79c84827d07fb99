package dev.parley.server.session.drain;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How fast sessions are sent away. The clients of one batch come back in the second after it, to nodes that admit as
 * many a second: each is away for a moment only, however many there are.
 *
 * @param delay from the end of the admission to the first goodbye; in this time a load balancer notices that the node
 *     is not ready, and sends the clients elsewhere
 * @param perSecond sessions that are sent away a second, at least 1
 * @param max of the time after the delay; where the rate would take longer, it is raised
 * @param spread of the reconnect delays
 */
public record DrainPace(Duration delay, int perSecond, Duration max, Duration spread) {
    /** Sessions leave in batches, so often. */
    public static final Duration STEP = Duration.ofMillis(100);

    /** Clients come back after this time at the earliest, whatever a server says. */
    private static final Duration RETURN_MIN = Duration.ofSeconds(1);

    private static final double NANOS_A_SECOND = 1e9;

    /**
     * Sessions that are to be sent away when this time has passed since the admission ended.
     *
     * @param sessions at the begin
     */
    long dueAfter(Duration elapsed, int sessions) {
        Duration leaving = elapsed.minus(delay);
        double rate = Math.max(perSecond, sessions * NANOS_A_SECOND / max.toNanos());
        return leaving.isNegative() ? 0 : (long) (rate * leaving.plus(STEP).toNanos() / NANOS_A_SECOND);
    }

    /** Sessions of one batch, at least 1. */
    int batch() {
        return (int) Math.max(1, perSecond * STEP.toMillis() / 1_000);
    }

    /** When the client of one session is to come back; another time for each. */
    Duration reconnectAfter(RandomGenerator random) {
        return RETURN_MIN.plusMillis(random.nextLong(Math.max(1, spread.toMillis())));
    }
}
