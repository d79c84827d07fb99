package dev.parley.launcher.run;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * What a run has started. It ends in the reverse order: each part after those that use it. Any thread may call any
 * method.
 */
final class StartedParts implements AutoCloseable {
    /** Held while the parts end, so that every other thread that closes waits for it. */
    private final Object ending = new Object();

    private final Object lock = new Object();
    /** Under the lock. */
    private final Deque<Runnable> ends = new ArrayDeque<>();
    /** Under the lock. */
    private boolean isClosed;

    /** @param end ends a part; called once, at once if the others have been ended already */
    void add(Runnable end) {
        synchronized (lock) {
            if (!isClosed) {
                ends.push(end);
                return;
            }
        }
        end.run();
    }

    /** Ends all parts and waits for it; one that fails does not keep the others from ending. */
    @Override
    public void close() {
        synchronized (ending) {
            for (var end = next(); end.isPresent(); end = next()) {
                try {
                    end.get().run();
                } catch (RuntimeException e) {
                    System.err.println("Something did not end: " + e);
                }
            }
        }
    }

    private Optional<Runnable> next() {
        synchronized (lock) {
            isClosed = true;
            return Optional.ofNullable(ends.poll());
        }
    }
}
