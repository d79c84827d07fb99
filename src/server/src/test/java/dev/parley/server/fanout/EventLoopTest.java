package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.server.session.ManualClock;
import dev.parley.server.session.ThreadLiveness;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the loop on a thread of its own. */
class EventLoopTest {
    private final AtomicReference<Thread> thread = new AtomicReference<>();
    private final ManualClock clock = new ManualClock();
    private final EventLoop loop = new EventLoop(
            "fan-out",
            task -> {
                thread.set(new Thread(task));
                return thread.get();
            },
            clock);

    @AfterEach
    void close() {
        loop.close();
        await().until(() -> thread.get() == null || !thread.get().isAlive());
    }

    private void awaitRun() throws InterruptedException {
        CountDownLatch latch = new CountDownLatch(1);
        loop.execute(latch::countDown);
        assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitAsTimePasses(BooleanSupplier condition) {
        await().until(() -> {
            clock.advance(Duration.ofSeconds(1));
            return condition.getAsBoolean();
        });
    }

    @Test
    void tasksRunInOrderOnOneThread() throws InterruptedException {
        List<Integer> done = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            int number = i;
            Runnable task = () -> done.add(Thread.currentThread() == thread.get() ? number : -1);
            switch (i % 3) {
                case 0 -> loop.execute(task);
                case 1 -> loop.executeOrWait(task);
                default -> loop.executeUnlessBusy(task);
            }
        }
        loop.start();
        awaitRun();
        assertThat(done).hasSize(1_000).isSorted().doesNotContain(-1);
    }

    @Test
    void oneFlushFollowsManyTasks() throws InterruptedException {
        CountingFlush flush = new CountingFlush();
        loop.flushing(flush);
        for (int i = 0; i < 200; i++) {
            loop.execute(() -> flush.waiting++);
        }
        loop.start();
        awaitRun();
        await().until(() -> flush.flushed.get() == 200);
        assertThat(flush.flushes.get()).isLessThan(10);
    }

    @Test
    void fullBatchIsFlushedBeforeTheNextTask() throws InterruptedException {
        CountingFlush flush = new CountingFlush();
        flush.max = 1;
        loop.flushing(flush);
        for (int i = 0; i < 200; i++) {
            loop.execute(() -> flush.waiting++);
        }
        loop.start();
        awaitRun();
        await().until(() -> flush.flushed.get() == 200);
        assertThat(flush.flushes).hasValue(200);
    }

    @Test
    void timersRunInTheOrderOfTheirTimes() throws InterruptedException {
        List<Integer> run = new CopyOnWriteArrayList<>();
        loop.execute(() -> List.of(3, 1, 2)
                .forEach(number -> loop.schedule(TimeUnit.MILLISECONDS.toNanos(10L * number), () -> run.add(number))));
        loop.start();
        awaitAsTimePasses(() -> run.size() == 3);
        assertThat(run).containsExactly(1, 2, 3);
    }

    /** Counts what tasks prepare. Confined to the loop's thread, except for its results. */
    private static final class CountingFlush implements EventLoop.Flush {
        private final AtomicInteger flushes = new AtomicInteger();
        private final AtomicInteger flushed = new AtomicInteger();
        private int waiting;
        private int max = Integer.MAX_VALUE;

        @Override
        public boolean isWaiting() {
            return waiting > 0;
        }

        @Override
        public boolean isFull() {
            return waiting >= max;
        }

        @Override
        public void run(Runnable whenWritten) {
            flushes.incrementAndGet();
            flushed.addAndGet(waiting);
            waiting = 0;
            whenWritten.run();
        }

        @Override
        public double repeated() {
            return 1;
        }
    }

    @Test
    void taskThatThrowsDoesNotStopTheOthers() throws InterruptedException {
        loop.start();
        loop.execute(() -> {
            throw new IllegalStateException("expected by this test");
        });
        awaitRun();
    }

    @Test
    void ticksWhileIdle() {
        AtomicInteger ticks = new AtomicInteger();
        loop.everyTick(ticks::incrementAndGet);
        loop.start();
        awaitAsTimePasses(() -> ticks.get() >= 2);
    }

    @Test
    void skippableTasksAreSkippedUnderOverload() {
        AtomicInteger done = new AtomicInteger();
        for (int i = 0; i < 30_000; i++) {
            loop.executeUnlessBusy(done::incrementAndGet);
        }
        loop.runWaiting();
        assertThat(done).hasValue(20_000);
        loop.executeUnlessBusy(done::incrementAndGet);
        loop.runWaiting();
        assertThat(done).hasValue(20_001);
    }

    @Test
    void runningLoopHasNoFault() throws InterruptedException {
        loop.start();
        clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
        awaitRun();
        await().until(() -> loop.liveness().fault().isEmpty());
    }

    @Test
    void threadThatEndedIsAFault() {
        loop.start();
        thread.get().interrupt();
        await().until(() -> loop.liveness().fault().isPresent());
    }

    @Test
    void threadThatNeverStartedIsAFault() {
        EventLoop unborn = new EventLoop("fan-out", task -> new Thread(() -> {}), clock);
        unborn.start();
        clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
        assertThat(unborn.liveness().fault()).isPresent();
    }

    @Test
    void taskWithoutEndIsAFaultAsLongAsItLasts() throws InterruptedException {
        loop.start();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        loop.execute(() -> {
            begun.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        begun.await();
        clock.advance(ThreadLiveness.SILENCE_MAX.multipliedBy(2));
        assertThat(loop.liveness().fault()).isPresent();
        end.countDown();
        await().until(() -> loop.liveness().fault().isEmpty());
    }

    @Test
    void errorOfTheJvmInATaskIsAFaultButTheLoopGoesOn() throws InterruptedException {
        loop.start();
        loop.execute(() -> {
            throw new OutOfMemoryError("expected by this test");
        });
        awaitRun();
        assertThat(loop.liveness().fault()).isPresent();
    }

    @Test
    void requestedEndIsNoFault() {
        loop.start();
        loop.close();
        await().until(() -> !thread.get().isAlive());
        assertThat(loop.liveness().fault()).isEmpty();
    }
}
