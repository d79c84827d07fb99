package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/** An event loop with a manual clock. Tasks run at once; timers run when the test advances the clock. */
public final class ManualScheduler implements Scheduler {
    private static final class Timer {
        private final Runnable task;
        private final long due;

        private Timer(Runnable task, long due) {
            this.task = task;
            this.due = due;
        }
    }

    // Not 0, which nanoTime does not guarantee either. The value overflows during the tests.
    private long now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<Timer> timers = new ArrayList<>();
    private boolean isRunning;
    private boolean isShutDown;

    @Override
    public boolean execute(Runnable task) {
        if (isShutDown) {
            return false;
        }
        tasks.add(task);
        if (isRunning) {
            return true;
        }
        isRunning = true;
        try {
            for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
                next.run();
            }
        } finally {
            isRunning = false;
        }
        return true;
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        Timer timer = new Timer(task, now + delay.toNanos());
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /** Advances the clock and runs all due timers in order. */
    public void advance(Duration by) {
        long end = now + by.toNanos();
        while (true) {
            Timer next = timers.stream()
                    .filter(timer -> timer.due - end <= 0)
                    .min(Comparator.comparingLong(timer -> timer.due - end))
                    .orElse(null);
            if (next == null) {
                break;
            }
            timers.remove(next);
            now = next.due - now > 0 ? next.due : now;
            execute(next.task);
        }
        now = end;
    }

    public int timers() {
        return timers.size();
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void shutdown() {
        isShutDown = true;
        timers.clear();
    }
}
