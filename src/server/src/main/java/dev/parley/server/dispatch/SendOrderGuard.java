package dev.parley.server.dispatch;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps one session's stored messages in the order in which it sent them: after a retryable refusal, later messages are
 * refused too, until the refused message is sent again or the time for that is over. A message without an id cannot be
 * sent again, so nothing waits for it.
 *
 * <p>Thread rule: any thread may call any method. A failure in the store starts a new generation. Messages of an
 * earlier generation that still wait in the store are refused, so that none of them overtakes the retry.
 */
public final class SendOrderGuard {
    private static final long GRACE_MILLIS = 5_000;

    /**
     * @param before the refusal, if an earlier message must be sent again first
     * @param generation in which the message came; passed back with its outcome
     */
    record Admission(Optional<Refusal> before, int generation) {}

    private record AwaitedRetry(String id, Refusal refusal, long until) {}

    private final LongSupplier nanoTime;

    private final Object lock = new Object();
    private Optional<AwaitedRetry> awaited = Optional.empty();
    private int generation;

    /** @param nanoTime the monotonic clock */
    SendOrderGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Admits a message on arrival, before any query for it. The awaited message is admitted, and releases those after
     * it.
     */
    Admission admit(Optional<String> id) {
        synchronized (lock) {
            boolean isOver = awaited.filter(
                            one -> nanoTime.getAsLong() - one.until() < 0 && !id.equals(Optional.of(one.id())))
                    .isEmpty();
            if (isOver) {
                awaited = Optional.empty();
            }
            return new Admission(awaited.map(AwaitedRetry::refusal), generation);
        }
    }

    /** The generation of messages that arrive now. */
    int generation() {
        synchronized (lock) {
            return generation;
        }
    }

    /** Whether no earlier message has failed in the store. */
    public boolean isCurrent(int sentGeneration) {
        synchronized (lock) {
            return sentGeneration == generation;
        }
    }

    /**
     * A message was refused before it got to the store. Messages that were sent to the store before may still be
     * stored.
     */
    void refused(String id, Refusal refusal, int sentGeneration) {
        synchronized (lock) {
            // In a later generation, an earlier message is awaited already.
            if (sentGeneration == generation) {
                hold(id, refusal);
            }
        }
    }

    /** A message failed in the store: messages that were sent there after it are held back. */
    void failed(String id, Refusal refusal, int sentGeneration) {
        synchronized (lock) {
            if (sentGeneration == generation) {
                generation++;
                hold(id, refusal);
            }
        }
    }

    private void hold(String id, Refusal refusal) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(refusal.retryAfterMillis() + GRACE_MILLIS);
        awaited = Optional.of(new AwaitedRetry(id, refusal, nanoTime.getAsLong() + nanos));
    }
}
