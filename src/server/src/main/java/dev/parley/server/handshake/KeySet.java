package dev.parley.server.handshake;

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
 * that one may {@link #look}. While the provider does not answer, what was held last serves for hours.
 *
 * <p>The library's own cache fetches in the thread that asks, under one lock that all others wait for.
 *
 * <p>Thread rule: any thread may call any method.
 */
final class KeySet implements JWKSource<SecurityContext>, AutoCloseable {
    /** Everybody can write a token with an unknown key. */
    static final Duration BETWEEN_LOOKS = Duration.ofSeconds(30);

    static final Duration OUTAGE_MAX = Duration.ofHours(12);

    private static final Logger LOG = System.getLogger(KeySet.class.getName());

    /**
     * How often the provider is asked.
     *
     * @param renewal while it answers: a key that it withdraws is good for about so long
     * @param retry while it does not
     */
    record Pace(Duration renewal, Duration retry) {
        static final Pace USUAL = new Pace(Duration.ofMinutes(4), Duration.ofSeconds(10));
    }

    /** No key that is held is the one that the token names; newer ones may hold it. */
    static final class UnknownKey extends KeySourceException {
        private static final long serialVersionUID = 1L;

        UnknownKey() {
            super("No key that is held fits the token.");
        }
    }

    private record Held(JWKSet keys, long fetchedAt) {}

    private enum Report {
        NONE,
        FRESH,
        STALE,
        MISSING
    }

    private final KeyDocument document;
    private final Pace pace;
    private final LongSupplier nanoTime;
    private final ScheduledExecutorService loader;

    /** Written by the loader. */
    private volatile Optional<Held> held = Optional.empty();
    /** Owned by the loader. */
    private Report reported = Report.NONE;

    private final Object lock = new Object();
    private OptionalLong lookedAt = OptionalLong.empty();

    /**
     * @param nanoTime the monotonic clock
     * @param threads for the one that fetches
     */
    KeySet(KeyDocument document, Pace pace, LongSupplier nanoTime, ThreadFactory threads) {
        this.document = document;
        this.pace = pace;
        this.nanoTime = nanoTime;
        this.loader = Executors.newSingleThreadScheduledExecutor(threads);
    }

    /** Fetches for the first time, for which it waits some seconds, and from then on in the background. */
    void start() {
        await(this::fetch);
        long period = pace.retry().toMillis();
        // Not all nodes of a cluster in step.
        long first = ThreadLocalRandom.current().nextLong(period);
        loader.scheduleWithFixedDelay(this::renew, first, period, TimeUnit.MILLISECONDS);
    }

    @Override
    public List<JWK> get(JWKSelector selector, SecurityContext context) throws UnknownKey {
        JWKSet keys = held().map(Held::keys).orElseGet(JWKSet::new);
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
     * caller only: whoever else asks meanwhile, or within {@link #BETWEEN_LOOKS}, is told at once that nobody looked.
     *
     * @return whether what is held now is what the provider shows now
     */
    boolean look() {
        return mayLook() && await(this::fetch);
    }

    private boolean mayLook() {
        // Where there are no keys, the loader is trying already.
        if (held().isEmpty()) {
            return false;
        }
        synchronized (lock) {
            long now = nanoTime.getAsLong();
            if (lookedAt.isPresent() && now - lookedAt.getAsLong() < BETWEEN_LOOKS.toNanos()) {
                return false;
            }
            lookedAt = OptionalLong.of(now);
            return true;
        }
    }

    private boolean await(Callable<Boolean> task) {
        try {
            return loader.submit(task).get(KeyDocument.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException e) {
            // It goes on in the background; or the node is going down.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("A bug while fetching " + document.address() + ".", e.getCause());
        }
    }

    private Optional<Held> held() {
        return held.filter(last -> age(last) <= OUTAGE_MAX.toNanos());
    }

    private long age(Held last) {
        return nanoTime.getAsLong() - last.fetchedAt();
    }

    private void renew() {
        boolean isDue = reported != Report.FRESH
                || held.filter(last -> age(last) < pace.renewal().toNanos()).isEmpty();
        if (isDue) {
            fetch();
        }
    }

    /** Whether the provider answered. */
    private boolean fetch() {
        try {
            JWKSet keys = document.fetch();
            held = Optional.of(new Held(keys, nanoTime.getAsLong()));
            report(Report.FRESH, "");
            return true;
        } catch (IOException e) {
            report(held().isPresent() ? Report.STALE : Report.MISSING, e.toString());
        } catch (RuntimeException | Error e) {
            // A scheduler forgets a task that throws.
            LOG.log(Level.ERROR, "A bug while fetching " + document.address() + "; the keys that are held stay.", e);
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
                        held.orElseThrow().keys().size(),
                        document.address());
            case STALE ->
                LOG.log(
                        Level.WARNING,
                        "The keys at {0} cannot be fetched ({1}). Those held serve for {2} hours; trying again.",
                        document.address(),
                        failure,
                        OUTAGE_MAX.toHours());
            default ->
                LOG.log(
                        Level.WARNING,
                        "No token can be checked: the keys at {0} cannot be fetched ({1}). Trying again.",
                        document.address(),
                        failure);
        }
    }

    @Override
    public void close() {
        loader.shutdownNow();
    }
}
