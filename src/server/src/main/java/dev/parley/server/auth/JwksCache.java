package dev.parley.server.auth;

import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The keys of an identity provider. One thread fetches them, ahead of need; who checks a token takes what is held, and
 * never waits for a provider that is slow, but one caller in half a minute, whose token names a key that is not held:
 * that one may {@link #refreshForUnknownKey}. While the provider does not answer, what was held last serves for hours.
 *
 * <p>The library's own cache fetches in the thread that asks, under one lock that all others wait for.
 *
 * <p>Thread rule: any thread may call any method.
 */
final class JwksCache implements JWKSource<SecurityContext>, AutoCloseable {
    /** Everybody can write a token with an unknown key. */
    static final Duration UNKNOWN_KEY_INTERVAL = Duration.ofSeconds(30);

    static final Duration OUTAGE_MAX = Duration.ofHours(12);

    private static final Logger LOG = System.getLogger(JwksCache.class.getName());

    /**
     * How often the provider is asked.
     *
     * @param renewal while it answers: a key that it withdraws is good for about so long
     * @param retry while it does not
     */
    record RefreshIntervals(Duration renewal, Duration retry) {
        static final RefreshIntervals USUAL = new RefreshIntervals(Duration.ofMinutes(4), Duration.ofSeconds(10));
    }

    /** No key that is held is the one that the token names; newer ones may hold it. */
    static final class UnknownKey extends KeySourceException {
        private static final long serialVersionUID = 1L;

        UnknownKey() {
            super("No key that is held fits the token.");
        }
    }

    private record CachedKeys(JWKSet keys, long fetchedAt) {}

    private enum Report {
        NONE,
        FRESH,
        STALE,
        MISSING
    }

    private final JwksFetcher fetcher;
    private final RefreshIntervals intervals;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService loader;

    /** Written by the loader. */
    private volatile Optional<CachedKeys> cached = Optional.empty();
    /** Owned by the loader. */
    private Report reported = Report.NONE;

    private final Object lock = new Object();
    private OptionalLong refreshedAt = OptionalLong.empty();

    /**
     * @param nanoTime the monotonic clock
     * @param threads for the one that fetches
     */
    JwksCache(JwksFetcher fetcher, RefreshIntervals intervals, LongSupplier nanoTime, ThreadFactory threads) {
        this.fetcher = fetcher;
        this.intervals = intervals;
        this.nanoTime = nanoTime;
        this.loader = Executors.newSingleThreadScheduledExecutor(threads);
    }

    /** Fetches for the first time, for which it waits some seconds, and from then on in the background. */
    void start() {
        await(this::fetch);
        long period = intervals.retry().toMillis();
        // Not all nodes of a cluster in step.
        long first = ThreadLocalRandom.current().nextLong(period);
        loader.scheduleWithFixedDelay(this::renew, first, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public List<JWK> get(JWKSelector selector, SecurityContext context) throws UnknownKey {
        JWKSet keys = current().map(CachedKeys::keys).orElseGet(JWKSet::new);
        List<JWK> fitting = selector.select(keys);
        Set<String> named =
                Optional.ofNullable(selector.getMatcher().getKeyIDs()).orElse(Set.of());
        // One that is held but is not for this algorithm or this use will not be so tomorrow.
        if (fitting.isEmpty() && named.stream().noneMatch(id -> keys.getKeyByKeyId(id) != null)) {
            throw new UnknownKey();
        }
        return fitting;
    }

    /**
     * Fetches the keys for a token that names one that is not held. Blocks for some seconds at most, and this one
     * caller only: whoever else asks meanwhile, or within {@link #UNKNOWN_KEY_INTERVAL}, is told at once that nobody
     * looked.
     *
     * @return whether what is held now is what the provider shows now
     */
    boolean refreshForUnknownKey() {
        return mayRefresh() && await(this::fetch);
    }

    private boolean mayRefresh() {
        // Where there are no keys, the loader is trying already.
        if (current().isEmpty()) {
            return false;
        }
        synchronized (lock) {
            long now = nanoTime.getAsLong();
            if (refreshedAt.isPresent() && now - refreshedAt.getAsLong() < UNKNOWN_KEY_INTERVAL.toNanos()) {
                return false;
            }
            refreshedAt = OptionalLong.of(now);
            return true;
        }
    }

    private boolean await(Callable<Boolean> task) {
        try {
            return loader.submit(task).get(JwksFetcher.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException e) {
            // It goes on in the background; or the node is going down.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A bug while fetching " + fetcher.address() + ".", e.getCause());
        }
    }

    private Optional<CachedKeys> current() {
        return cached.filter(last -> age(last) <= OUTAGE_MAX.toNanos());
    }

    private long age(CachedKeys last) {
        return nanoTime.getAsLong() - last.fetchedAt();
    }

    private void renew() {
        boolean isDue = reported != Report.FRESH
                || cached.filter(last -> age(last) < intervals.renewal().toNanos())
                        .isEmpty();
        if (isDue) {
            fetch();
        }
    }

    /** Whether the provider answered. */
    private boolean fetch() {
        try {
            JWKSet keys = fetcher.fetch();
            cached = Optional.of(new CachedKeys(keys, nanoTime.getAsLong()));
            report(Report.FRESH, "");
            return true;
        } catch (IOException e) {
            report(current().isPresent() ? Report.STALE : Report.MISSING, e.toString());
        } catch (RuntimeException | Error e) {
            // A scheduler forgets a task that throws.
            LOG.log(Level.ERROR, "A bug while fetching " + fetcher.address() + "; the keys that are held stay.", e);
        }
        return false;
    }

    /** Once for each change. */
    private void report(Report now, String failure) {
        if (now == reported || loader.isShutdown()) {
            return;
        }
        reported = now;
        switch (now) {
            case FRESH ->
                LOG.log(
                        Level.INFO,
                        "Tokens are checked with {0} keys of {1}.",
                        cached.orElseThrow().keys().size(),
                        fetcher.address());
            case STALE ->
                LOG.log(
                        Level.WARNING,
                        "The keys at {0} cannot be fetched ({1}). Those held serve for {2} hours; trying again.",
                        fetcher.address(),
                        failure,
                        OUTAGE_MAX.toHours());
            default ->
                LOG.log(
                        Level.WARNING,
                        "No token can be checked: the keys at {0} cannot be fetched ({1}). Trying again.",
                        fetcher.address(),
                        failure);
        }
    }

    @Override
    public void close() {
        loader.shutdownNow();
    }
}
