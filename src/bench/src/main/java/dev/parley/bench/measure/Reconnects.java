package dev.parley.bench.measure;

import dev.parley.bench.load.Client;
import dev.parley.bench.load.ConnectionLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings clients back that lost their connection, by the rules of Parley's own clients: exponential backoff with full
 * jitter, from half a second to 30 s; first the delay that a server ordered. Confined to the loop.
 */
public final class Reconnects implements Client.Events {
    private static final double FIRST_SECONDS = 0.5;
    private static final double MAX_SECONDS = 30;
    private static final double NANOS_PER_SECOND = 1e9;
    /** A server's order counts as this at least, see {@code src/docs/protocol.md}. */
    private static final Duration ORDERED_MIN = Duration.ofSeconds(1);

    private static final Pattern RETRY_AFTER = Pattern.compile("(?im)^Retry-After: *(\\d{1,4})\\s*$");

    private final ConnectionLoop loop;
    private final Random random;
    private final Map<Client, Integer> failures = new HashMap<>();
    private long lost;

    /** @param random of the jitter */
    public Reconnects(ConnectionLoop loop, Random random) {
        this.loop = loop;
        this.random = random;
    }

    @Override
    public void ready(Client client) {
        failures.remove(client);
    }

    @Override
    public void lost(Client client, int code, String reason) {
        lost++;
        int failure = failures.merge(client, 1, Integer::sum);
        Duration ordered = client.takeReconnectDelay()
                .or(() -> retryAfter(reason))
                .map(delay -> delay.compareTo(ORDERED_MIN) < 0 ? ORDERED_MIN : delay)
                .orElse(Duration.ZERO);
        long delay = ordered.toNanos() + backoffNanos(failure, random.nextDouble());
        loop.at(System.nanoTime() + delay, client::connect);
    }

    /** The delay that an answer to a handshake orders. */
    static Optional<Duration> retryAfter(String head) {
        Matcher seconds = RETRY_AFTER.matcher(head);
        return seconds.find() ? Optional.of(Duration.ofSeconds(Long.parseLong(seconds.group(1)))) : Optional.empty();
    }

    /**
     * @param failures without a success in between, from 1
     * @param share of the bound, in [0, 1)
     */
    static long backoffNanos(int failures, double share) {
        double bound = Math.min(MAX_SECONDS, FIRST_SECONDS * Math.pow(2, failures - 1.0));
        return (long) (bound * share * NANOS_PER_SECOND);
    }

    /** Connections that were lost and attempts that failed. */
    long lost() {
        return lost;
    }
}
