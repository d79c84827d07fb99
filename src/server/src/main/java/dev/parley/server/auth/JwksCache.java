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
 * A cache of the keys of an identity provider. One thread refreshes the keys ahead of need. A check of a token uses the
 * cached keys and does not wait for a slow provider. The exception is one caller in half a minute whose token names an
 * unknown key: it may {@link #refreshForUnknownKey}. While the provider does not answer, the last keys are used for
 * hours.
 *
 * <p>The library's own cache is not used: it fetches in the calling thread, under a lock for which all others wait.
 *
 * <p>Thread rule: any thread may call any method.
 */
final class JwksCache implements JWKSource<SecurityContext>, AutoCloseable {
    /** Minimum interval between refreshes for unknown keys, because anybody can write a token with an unknown key. */
    static final Duration UNKNOWN_KEY_INTERVAL = Duration.ofSeconds(30);

    static final Duration OUTAGE_MAX = Duration.ofHours(12);

    private static final Logger LOG = System.getLogger(JwksCache.class.getName());

    /**
     * Intervals between requests to the provider.
     *
     * @param renewal while it answers; a key that it withdraws stays valid for about this long
     * @param retry while it does not answer
     */
    record RefreshIntervals(Duration renewal, Duration retry) {
        static final RefreshIntervals USUAL = new RefreshIntervals(Duration.ofMinutes(4), Duration.ofSeconds(10));
    }

    /** No cached key is the one that the token names; a refresh may find it. */
    static final class UnknownKey extends KeySourceException {
        private static final long serialVersionUID = 1L;

        UnknownKey() {
            super("No cached key fits the token.");
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

    /** Written by the starting thread, then by the loader's. */
    private volatile Optional<CachedKeys> cached = Optional.empty();
    /** Confined to the starting thread, then to the loader's. */
    private Report reported = Report.NONE;

    private final Object lock = new Object();
    private OptionalLong refreshedAt = OptionalLong.empty();

    /**
     * @param nanoTime the monotonic clock
     * @param threads factory of the thread that refreshes the keys
     */
    JwksCache(JwksFetcher fetcher, RefreshIntervals intervals, LongSupplier nanoTime, ThreadFactory threads) {
        this.fetcher = fetcher;
        this.intervals = intervals;
        this.nanoTime = nanoTime;
        this.loader = Executors.newSingleThreadScheduledExecutor(threads);
    }

    /**
     * Fetches the keys, and from then on refreshes them in the background. Blocks up to the fetcher's deadline; without
     * keys by then, it logs a warning and returns. Needs no thread of the factory.
     */
    void start() {
        fetch();
        long period = intervals.retry().toMillis();
        // A random start, so that the nodes of a cluster do not fetch at the same time.
        long first = ThreadLocalRandom.current().nextLong(period);
        loader.scheduleWithFixedDelay(this::renew, first, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public List<JWK> get(JWKSelector selector, SecurityContext context) throws UnknownKey {
        JWKSet keys = current().map(CachedKeys::keys).orElseGet(JWKSet::new);
        List<JWK> fitting = selector.select(keys);
        Set<String> named =
                Optional.ofNullable(selector.getMatcher().getKeyIDs()).orElse(Set.of());
        // A cached key that is not for this algorithm or use will not become so by a refresh.
        if (fitting.isEmpty() && named.stream().noneMatch(id -> keys.getKeyByKeyId(id) != null)) {
            throw new UnknownKey();
        }
        return fitting;
    }

    /**
     * Fetches the keys for a token that names an unknown key. Blocks only this caller, for some seconds at most: other
     * calls meanwhile, or within {@link #UNKNOWN_KEY_INTERVAL}, return false at once.
     *
     * @return whether the keys were fetched from the provider now
     */
    boolean refreshForUnknownKey() {
        return mayRefresh() && await(this::fetch);
    }

    private boolean mayRefresh() {
        // Without any keys, the loader is trying already.
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
            // The fetch goes on in the background, or the node is shutting down.
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
            // Caught, because a scheduler drops a periodic task that throws.
            LOG.log(Level.ERROR, "A bug while fetching " + fetcher.address() + "; the cached keys are kept.", e);
        }
        return false;
    }

    /** Logs each change once. */
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
                        "The keys at {0} cannot be fetched ({1}). The cached keys are used for {2} hours; trying"
                                + " again.",
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
