package dev.parley.server.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.server.session.ThreadLiveness;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockingCallsTest {
    private final AtomicLong now = new AtomicLong();
    private final BlockingCalls calls = new BlockingCalls(Thread::new, now::get);
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();

    @AfterEach
    void close() {
        released.countDown();
        calls.close();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
        calls.sweep();
    }

    private void waitInterruptibly() {
        begun.incrementAndGet();
        try {
            released.await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
        }
    }

    private void waitUntilReleased() {
        begun.incrementAndGet();
        boolean isReleased = false;
        while (!isReleased) {
            try {
                released.await();
                isReleased = true;
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
        }
    }

    private void occupyAllThreads() {
        for (int i = 0; i < BlockingCalls.THREADS; i++) {
            calls.execute(this::waitUntilReleased);
        }
        await().until(() -> begun.get() == BlockingCalls.THREADS);
    }

    @Test
    void callThatLastsTooLongIsInterrupted() {
        calls.execute(this::waitInterruptibly);
        await().until(() -> begun.get() == 1);

        pass(BlockingCalls.CALL_MAX);
        assertThat(interrupted).as("after the time that a call may take").hasValue(0);

        pass(Duration.ofNanos(1));
        await().until(() -> interrupted.get() == 1);
    }

    @Test
    void interruptDoesNotReachTheNextCallOfTheThread() {
        occupyAllThreads();
        CompletableFuture<Boolean> isNextInterrupted = new CompletableFuture<>();
        calls.execute(() -> isNextInterrupted.complete(Thread.currentThread().isInterrupted()));
        pass(BlockingCalls.CALL_MAX.plusNanos(1));
        await().until(() -> interrupted.get() == BlockingCalls.THREADS);
        pass(Duration.ofSeconds(1));

        released.countDown();
        assertThat(isNextInterrupted).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(false);
        assertThat(interrupted).as("once each").hasValue(BlockingCalls.THREADS);
    }

    @Test
    void nodeIsNotLiveIfEveryThreadIsLost() {
        occupyAllThreads();
        pass(Duration.ofSeconds(1));
        pass(ThreadLiveness.SILENCE_MAX);
        assertThat(calls.liveness().fault()).isEmpty();

        pass(Duration.ofNanos(1));
        assertThat(calls.liveness().fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("pings and closes", "restart this node"));
    }

    @Test
    void nodeStaysLiveWhileCallsEndOrAThreadIsLeft() {
        calls.execute(this::waitUntilReleased);
        pass(Duration.ofSeconds(1));
        pass(ThreadLiveness.SILENCE_MAX.plusSeconds(1));
        assertThat(calls.liveness().fault()).as("one thread is lost").isEmpty();

        for (int i = 0; i < BlockingCalls.THREADS; i++) {
            calls.execute(this::waitInterruptibly);
        }
        await().until(() -> begun.get() == BlockingCalls.THREADS);
        pass(Duration.ofSeconds(1));
        pass(ThreadLiveness.SILENCE_MAX.plusSeconds(1)); // interrupts all, and one more call begins
        await().until(() -> begun.get() == BlockingCalls.THREADS + 1);
        pass(Duration.ofSeconds(1));
        assertThat(calls.liveness().fault()).as("calls have ended").isEmpty();
    }
}
