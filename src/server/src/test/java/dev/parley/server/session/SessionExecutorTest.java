package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionExecutorTest {
    private static final int SIZE = 2;
    private static final int WAITING_MAX = 3;

    private final List<Thread> made = new CopyOnWriteArrayList<>();
    private final List<Thread> used = new CopyOnWriteArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final SessionExecutor executor = new SessionExecutor(
            task -> {
                Thread thread = new Thread(task, "session task");
                made.add(thread);
                return thread;
            },
            SIZE,
            WAITING_MAX);

    @AfterEach
    void close() {
        released.countDown();
        executor.close();
    }

    private void note() {
        used.add(Thread.currentThread());
    }

    private void fill() {
        for (int i = 0; i < SIZE + WAITING_MAX; i++) {
            executor.execute(() -> {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
    }

    @Test
    void tasksRunOnThreadsOfTheFactory() {
        for (int i = 0; i < SIZE + WAITING_MAX; i++) {
            executor.execute(this::note);
        }
        await().until(() -> used.size() == SIZE + WAITING_MAX);
        assertThat(made).hasSize(SIZE).containsAll(used);
    }

    @Test
    void fullPoolLetsTheCallerRunItsTask() {
        fill();
        executor.execute(this::note);
        assertThat(used).containsExactly(Thread.currentThread());
    }

    @Test
    void poolTakesTasksAgainAfterAnOverload() {
        fill();
        executor.execute(this::note);
        released.countDown();
        await().untilAsserted(() -> {
            executor.execute(this::note);
            assertThat(made).containsAnyElementsOf(used);
        });
    }

    @Test
    void closedPoolLetsTheCallerRunItsTask() {
        executor.close();
        executor.execute(this::note);
        assertThat(used).containsExactly(Thread.currentThread());
    }

    @Test
    void containerWithoutThreadsLetsTheCallerRunItsTask() {
        ThreadFactory stopped = task -> {
            throw new IllegalStateException("expected by this test");
        };
        try (SessionExecutor without = new SessionExecutor(stopped, SIZE, WAITING_MAX)) {
            without.execute(this::note);
        }
        assertThat(used).containsExactly(Thread.currentThread());
    }

    @Test
    void closeEndsItsThreads() {
        executor.execute(this::note);
        await().until(() -> !used.isEmpty());
        executor.close();
        await().until(() -> made.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void closeDoesNotWaitForATaskWithoutEnd() {
        fill();
        executor.close();
        await().until(() -> made.stream().noneMatch(Thread::isAlive));
    }
}
