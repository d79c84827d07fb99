package dev.parley.bench.measure;

import dev.parley.bench.load.Client;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * Watches clients that lost their lines: when each is signed in again and has every message of its room that was sent
 * until then. Confined to the loop.
 */
public final class CatchUpWatch implements Client.Events {
    private final Reconnects reconnects;
    private final LongSupplier sent;
    private final Set<Client> away = new HashSet<>();
    /** Clients that are back, and the number below which each must have every message of its room. */
    private final Map<Client, Long> behind = new IdentityHashMap<>();

    /** When clients that are back were signed in, and had caught up, in milliseconds from the begin. */
    private final Map<Client, Long> signedIn = new IdentityHashMap<>();

    private final Map<Client, Long> caughtUp = new IdentityHashMap<>();
    private final int clients;
    private long lostAt;

    /**
     * @param clients how many lose their lines
     * @param reconnects brings the clients back
     * @param sent the number behind the last message that was sent
     */
    public CatchUpWatch(int clients, Reconnects reconnects, LongSupplier sent) {
        this.clients = clients;
        this.reconnects = reconnects;
        this.sent = sent;
    }

    /** Times count from this one. */
    public void begin(long nanoTime) {
        lostAt = nanoTime;
    }

    @Override
    public void ready(Client client) {
        reconnects.ready(client);
        if (away.remove(client)) {
            signedIn.put(client, millis());
            behind.put(client, sent.getAsLong());
        }
    }

    @Override
    public void lost(Client client, int code, String reason) {
        behind.remove(client);
        signedIn.remove(client);
        caughtUp.remove(client);
        away.add(client);
        reconnects.lost(client, code, reason);
    }

    private long millis() {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(0, System.nanoTime() - lostAt));
    }

    /** Notes who has caught up since the last look. Returns whether everybody has. */
    public boolean look() {
        behind.entrySet().removeIf(entry -> {
            boolean isCaughtUp = entry.getKey().deliveries().isAt(entry.getValue());
            if (isCaughtUp) {
                caughtUp.put(entry.getKey(), millis());
            }
            return isCaughtUp;
        });
        return missing() == 0;
    }

    /** Clients that have not come back, or not caught up. */
    public int missing() {
        return clients - caughtUp.size();
    }

    /** How long each client took until it was signed in, in milliseconds. */
    public Histogram signedIn() {
        return histogram(signedIn.values());
    }

    /** How long each client took until it was caught up, in milliseconds. */
    public Histogram caughtUp() {
        return histogram(caughtUp.values());
    }

    private static Histogram histogram(Collection<Long> values) {
        Histogram histogram = new Histogram(3);
        values.forEach(histogram::recordValue);
        return histogram;
    }
}
