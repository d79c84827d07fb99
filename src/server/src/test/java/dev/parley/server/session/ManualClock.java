package dev.parley.server.session;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Time that moves only when told: the monotonic clock and the wall clock together. */
public final class ManualClock implements LongSupplier, InstantSource {
    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

    // Not 0, because nanoTime never promises that either.
    private volatile long nanos = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();
    private volatile Instant instant = START;

    public synchronized void advance(Duration by) {
        nanos += by.toNanos();
        instant = instant.plus(by);
    }

    /** The wall clock alone, as an administrator or NTP does. */
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
