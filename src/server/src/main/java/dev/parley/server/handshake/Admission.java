package dev.parley.server.handshake;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.server.dispatch.budget.FairBudget;
import dev.parley.server.http.IpPrefix;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * How many connections this node takes a second. After a failure all clients come back at once, and signing each of
 * them in costs more than telling it when to come: who is above the rate is told so, each another time, so that they
 * come back at the rate at which they are taken. While the rate is used up, it is shared fairly by addresses, so that
 * one that floods keeps nobody else out. Any thread.
 */
public final class Admission {
    /** Share that an address may save while it waits: a few tabs of one browser. */
    private static final long SHARE_MAX = 10;

    private static final Duration WAIT_MIN = Duration.ofSeconds(1);
    private static final Duration WAIT_MAX = Duration.ofSeconds(30);

    /** Addresses of which it is known how many of their clients were told to come back; some 100 bytes each. */
    private static final int ADDRESSES_MAX = 10_000;

    private static final double NANOS_A_SECOND = 1e9;

    /** The clients of one address that were told to come back, and have not been awaited yet. */
    private static final class Awaited {
        private double count;
        private long at;
    }

    private final Optional<FairBudget> budget;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Cache<String, Awaited> awaited = Caffeine.newBuilder()
            .maximumSize(ADDRESSES_MAX)
            .expireAfterAccess(WAIT_MAX.multipliedBy(2))
            .build();

    /**
     * @param perSecond connections a second, and as many more at once; 0 for no limit
     * @param nanoTime the monotonic clock
     */
    public Admission(int perSecond, LongSupplier nanoTime, RandomGenerator random) {
        this.budget = perSecond == 0
                ? Optional.empty()
                : Optional.of(new FairBudget(new FairBudget.Limits(perSecond, perSecond, 0, SHARE_MAX), nanoTime));
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /**
     * Takes one connection of an address. Returns empty if it is admitted, otherwise when its client is to come back.
     */
    Optional<Duration> take(String address) {
        return budget.flatMap(limited -> take(limited, IpPrefix.of(address)));
    }

    private Optional<Duration> take(FairBudget limited, String prefix) {
        OptionalLong wait = limited.take(prefix, 1);
        if (wait.isEmpty()) {
            return Optional.empty();
        }
        double perSecond = limited.sharePerSecond();
        double before = awaited(prefix, perSecond);
        // Around the time at which its turn comes: clients of many addresses are refused at the same moment.
        double seconds = (before + 1) / perSecond * (0.5 + random.nextDouble());
        Duration delay = Duration.ofMillis((long) (seconds * 1_000));
        if (delay.compareTo(WAIT_MIN) < 0) {
            return Optional.of(WAIT_MIN);
        }
        return Optional.of(delay.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : delay);
    }

    /** How many clients of the address were told to come back and have still to come; one more from now on. */
    private double awaited(String prefix, double perSecond) {
        Awaited clients = awaited.get(prefix, fresh -> new Awaited());
        synchronized (clients) {
            long now = nanoTime.getAsLong();
            double come = clients.count == 0 ? 0 : (now - clients.at) / NANOS_A_SECOND * perSecond;
            double before = Math.max(0, clients.count - come);
            clients.count = before + 1;
            clients.at = now;
            return before;
        }
    }
}
