package dev.parley.launcher;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what a server does on its own. */
final class Waiting {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(50);

    private Waiting() {}

    /**
     * @param what the condition in words
     * @throws StartFailed if it does not hold within 60 s
     */
    static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new StartFailed("Within " + DEADLINE.toSeconds() + " s it did not happen: " + what);
            }
            try {
                Thread.sleep(POLL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StartFailed("Interrupted, while this was awaited: " + what);
            }
        }
    }
}
