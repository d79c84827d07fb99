package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.server.session.SessionExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {
    private final Deque<Runnable> resumed = new ArrayDeque<>();
    private final SerialExecutor executor = new SerialExecutor(resumed::add, 0);
    private final List<String> done = new ArrayList<>();

    private SerialExecutor.Task task(String name) {
        return () -> {
            done.add(name);
            return SerialExecutor.DONE;
        };
    }

    private SerialExecutor.Task task(String name, CompletableFuture<?> rest) {
        return () -> {
            done.add(name);
            return rest;
        };
    }

    private void resume() {
        while (!resumed.isEmpty()) {
            resumed.poll().run();
        }
    }

    @Test
    void tasksRunInOrderOnTheCallersThread() {
        assertThat(executor.add(List.of(task("1"), task("2")), 10)).isTrue();
        assertThat(executor.add(List.of(task("3")), 10)).isTrue();
        assertThat(done).containsExactly("1", "2", "3");
        assertThat(resumed).isEmpty();
    }

    @Test
    void taskFromElsewhereRunsBeforeLaterTasks() {
        executor.addFromElsewhere(task("evicted"));
        assertThat(done).as("tasks run on the fan-out's thread").isEmpty();
        executor.add(List.of(task("received later")), 10);
        resume();
        assertThat(done).containsExactly("evicted", "received later");
    }

    @Test
    void textIsAcceptedHoweverMuchOfAFileWaits() {
        SerialExecutor uploading = new SerialExecutor(resumed::add, 8 * 1024 * 1024);
        uploading.add(List.of(task("slow", new CompletableFuture<>())), 1);
        for (int i = 0; i < 32; i++) {
            assertThat(uploading.addBinary(task("part"), 256 * 1024)).isTrue();
        }
        assertThat(uploading.add(List.of(task("ping")), 15)).isTrue();
        for (int i = 0; i < 3; i++) {
            uploading.addBinary(task("part"), 256 * 1024);
        }
        assertThat(uploading.addBinary(task("too much"), 512 * 1024)).isFalse();
    }

    @Test
    void nextTaskWaitsForTheStageOfThisOne() {
        CompletableFuture<String> rest = new CompletableFuture<>();
        executor.add(List.of(task("1", rest), task("2")), 10);
        executor.add(List.of(task("3")), 10);
        assertThat(done).containsExactly("1");
        rest.complete("");
        assertThat(done).as("tasks run on the thread that completes the stage").containsExactly("1");
        resume();
        assertThat(done).containsExactly("1", "2", "3");
    }

    @Test
    void failedTaskDoesNotStopTheNext() {
        CompletableFuture<String> rest = new CompletableFuture<>();
        executor.add(List.of(task("1", rest), task("2")), 10);
        rest.completeExceptionally(new IllegalStateException("expected by this test"));
        resume();
        assertThat(done).containsExactly("1", "2");
    }

    @Test
    void taskThatThrowsDoesNotStopTheNext() {
        executor.add(
                List.of(
                        () -> {
                            throw new StackOverflowError("expected by this test");
                        },
                        task("1")),
                10);
        executor.add(List.of(task("2")), 10);
        assertThat(done).containsExactly("1", "2");
    }

    @Test
    void tasksContinueIfThePoolRejectsThem() {
        SessionExecutor closed = new SessionExecutor(Thread::new);
        closed.close();
        SerialExecutor rejected = new SerialExecutor(closed, 0);
        CompletableFuture<String> rest = new CompletableFuture<>();
        rejected.add(List.of(task("1", rest), task("2")), 10);
        rest.complete("");
        rejected.addFromElsewhere(task("3"));
        assertThat(done).containsExactly("1", "2", "3");
    }

    @Test
    void taskAddedByATaskRunsAfterIt() {
        executor.add(
                List.of(
                        () -> {
                            executor.add(List.of(task("inner")), 1);
                            return task("outer").run();
                        },
                        task("next")),
                1);
        assertThat(done).containsExactly("outer", "next", "inner");
    }

    @Test
    void frameWithoutTasksHasNoEffect() {
        assertThat(executor.add(List.of(), 1)).isTrue();
        executor.add(List.of(task("1")), 1);
        assertThat(done).containsExactly("1");
    }

    @Test
    void atMostAThousandTasksWait() {
        CompletableFuture<String> rest = new CompletableFuture<>();
        executor.add(List.of(task("first", rest)), 1);
        List<SerialExecutor.Task> hundred =
                IntStream.range(0, 100).mapToObj(i -> task("waits")).toList();
        for (int i = 0; i < 10; i++) {
            assertThat(executor.add(hundred, 1)).isTrue();
        }
        assertThat(executor.add(List.of(task("one too many")), 1)).isFalse();
        rest.complete("");
        resume();
        assertThat(done).hasSize(1_001).doesNotContain("one too many");
        assertThat(executor.add(List.of(task("later")), 1)).isTrue();
    }

    @Test
    void atMostAMebibyteWaitsButOneFrameAlwaysDoes() {
        CompletableFuture<String> rest = new CompletableFuture<>();
        executor.add(List.of(task("first", rest)), 1);
        assertThat(executor.add(List.of(task("long")), 2 * 1024 * 1024)).isTrue();
        assertThat(executor.add(List.of(task("one too many")), 1)).isFalse();
        rest.complete("");
        resume();
        assertThat(done).containsExactly("first", "long");
    }

    @Test
    void manyCompletedTasksDoNotRecurse() {
        CompletableFuture<String> rest = new CompletableFuture<>();
        SerialExecutor direct = new SerialExecutor(Runnable::run, 0);
        direct.add(List.of(task("1", rest)), 1);
        direct.add(Collections.nCopies(900, task("2")), 1);
        rest.complete("");
        direct.add(Collections.nCopies(100_000, task("3")), 1);
        assertThat(done).hasSize(100_901);
    }

    @Test
    void tasksOfManyThreadsRunOneAtATime() throws InterruptedException {
        int adders = 4;
        int each = 5_000;
        ExecutorService pool = Executors.newFixedThreadPool(2 * adders);
        try {
            SerialExecutor shared = new SerialExecutor(pool, 0);
            AtomicBoolean isBusy = new AtomicBoolean();
            AtomicInteger overlaps = new AtomicInteger();
            List<List<Integer>> taken = new ArrayList<>();
            AtomicInteger count = new AtomicInteger();
            CountDownLatch start = new CountDownLatch(1);
            for (int adder = 0; adder < adders; adder++) {
                List<Integer> own = new ArrayList<>();
                taken.add(own);
                pool.execute(() -> {
                    awaitQuietly(start);
                    for (int i = 0; i < each; i++) {
                        int number = i;
                        SerialExecutor.Task task = () -> {
                            overlaps.addAndGet(isBusy.compareAndSet(false, true) ? 0 : 1);
                            own.add(number);
                            // Every third task ends on another thread.
                            Runnable end = () -> {
                                isBusy.set(false);
                                count.incrementAndGet();
                            };
                            if (number % 3 == 0) {
                                return CompletableFuture.runAsync(end, pool);
                            }
                            end.run();
                            return SerialExecutor.DONE;
                        };
                        while (!shared.add(List.of(task), 1)) {
                            Thread.onSpinWait();
                        }
                    }
                });
            }
            start.countDown();
            await().until(() -> count.get() == adders * each);
            assertThat(overlaps).hasValue(0);
            assertThat(taken).allSatisfy(own -> assertThat(own).hasSize(each).isSorted());
        } finally {
            pool.shutdownNow();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
