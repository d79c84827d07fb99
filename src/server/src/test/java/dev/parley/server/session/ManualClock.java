package dev.parley.server.session;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** A clock that advances only on request: the monotonic clock and the wall clock together. */
public final class ManualClock implements LongSupplier, InstantSource {
    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

    // Not 0, because nanoTime may start anywhere, and overflows during a test.
    private volatile long nanos = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();
    private volatile Instant instant = START;

    public synchronized void advance(Duration by) {
        nanos += by.toNanos();
        instant = instant.plus(by);
    }

    /** Sets back the wall clock only, as an administrator or NTP does. */
    public synchronized void turnBack(Duration by) {
        instant = instant.minus(by);
    }

    @Override
    public long getAsLong() {
        return nanos;
    }

    @Override
    public Instant instant() {
        return instant;
    }
}
