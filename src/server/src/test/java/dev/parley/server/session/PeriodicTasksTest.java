package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class PeriodicTasksTest {
    private static final Duration OFTEN = Duration.ofMillis(1);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void taskThatThrowsIsRunAgain() {
        try (PeriodicTasks tasks = new PeriodicTasks(Thread::new, clock)) {
            tasks.every(OFTEN, () -> {
                runs.incrementAndGet();
                throw new IllegalStateException("expected by this test");
            });
            await().until(() -> runs.get() >= 3);
            assertThat(tasks.liveness().fault()).isEmpty();
        }
    }

    @Test
    void schedulerThatNeverStartsIsAFault() {
        try (PeriodicTasks tasks = new PeriodicTasks(task -> new Thread(() -> {}), clock)) {
            tasks.every(OFTEN, runs::incrementAndGet);
            assertThat(tasks.liveness().fault()).isEmpty();
            clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
            assertThat(tasks.liveness().fault()).isPresent();
        }
    }

    @Test
    void errorOfTheJvmInATaskIsAFault() {
        try (PeriodicTasks tasks = new PeriodicTasks(Thread::new, clock)) {
            tasks.every(OFTEN, () -> {
                throw new OutOfMemoryError("expected by this test");
            });
            await().until(() -> tasks.liveness().fault().isPresent());
        }
    }

    @Test
    void closeEndsItsThread() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        PeriodicTasks tasks = new PeriodicTasks(
                task -> {
                    thread.set(new Thread(task));
                    return thread.get();
                },
                clock);
        tasks.every(OFTEN, runs::incrementAndGet);
        await().until(() -> runs.get() > 0);
        tasks.close();
        await().until(() -> !thread.get().isAlive());
    }
}
