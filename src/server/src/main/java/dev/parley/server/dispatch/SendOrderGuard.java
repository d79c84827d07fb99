package dev.parley.server.dispatch;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps one session's stored messages in the order in which it sent them: after one was refused for now, the later ones
 * are refused too, until that one comes again or its sender had time enough for it. A message without an id can never
 * come again, so nothing waits for it.
 *
 * <p>Thread rule: any thread may call any method. What waits in the store when an earlier message fails there belongs
 * to a former generation and is refused whatever comes meanwhile: the message that comes again must not be overtaken by
 * it.
 */
public final class SendOrderGuard {
    private static final long GRACE_MILLIS = 5_000;

    /**
     * @param before what its sender is told where it must wait for another one
     * @param generation in which it came: to be given back with whatever becomes of it
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
     * Asked for each message as it comes, before anything is looked up for it. The message that is awaited need not
     * wait, and frees what comes after it.
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

    /** In which what comes now would come. */
    int generation() {
        synchronized (lock) {
            return generation;
        }
    }

    /** Whether nothing before it failed in the store. */
    public boolean isCurrent(int sentGeneration) {
        synchronized (lock) {
            return sentGeneration == generation;
        }
    }

    /** A message was refused before it got to the store; what was sent to the store before may still be stored. */
    void refused(String id, Refusal refusal, int sentGeneration) {
        synchronized (lock) {
            // In another generation an earlier one is awaited already.
            if (sentGeneration == generation) {
                hold(id, refusal);
            }
        }
    }

    /** A message failed in the store: what was sent there after it waits for it. */
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
