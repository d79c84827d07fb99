package dev.parley.client.internal.inbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.TestClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ListenerQueueTest {
    private final TestClient.ListenerThread thread = new TestClient.ListenerThread();
    private final List<String> called = new ArrayList<>();
    private final List<Throwable> thrown = new ArrayList<>();
    private final ListenerQueue listeners =
            new ListenerQueue(new ListenerQueue.Bounds(4, 10_000), thread, () -> 0, thrown::add);

    private boolean offer(String what) {
        return listeners.offer(10, () -> called.add(what));
    }

    @Test
    void callsOverTheLimitAreRejected() {
        thread.isBlocked = true;
        assertThat(List.of(offer("1"), offer("2"), offer("3"), offer("4"), offer("5")))
                .containsExactly(true, true, true, true, false);
        thread.resume();
        assertThat(called).containsExactly("1", "2", "3", "4");
    }

    @Test
    void longMessageFitsIntoAnEmptyQueue() {
        thread.isBlocked = true;
        assertThat(listeners.offer(50_000, () -> {})).isTrue();
        assertThat(listeners.offer(50_000, () -> {})).isFalse();
    }

    @Test
    void latestValueReplacesTheWaitingOne() {
        thread.isBlocked = true;
        listeners.offerLatest("cpu", 8, () -> called.add("cpu 1"));
        offer("x");
        listeners.offerLatest("cpu", 8, () -> called.add("cpu 2"));
        thread.resume();
        listeners.offerLatest("cpu", 8, () -> called.add("cpu 3"));
        assertThat(called).containsExactly("cpu 2", "x", "cpu 3");
    }

    @Test
    void longerValueCountsItsBytes() {
        thread.isBlocked = true;
        offer("x");
        assertThat(listeners.offerLatest("cpu", 8, () -> {})).isTrue();
        assertThat(listeners.offerLatest("cpu", 50_000, () -> {})).isFalse();
        assertThat(listeners.offerLatest("cpu", 9_000, () -> {})).isTrue();
        assertThat(listeners.offerLatest("mem", 5_000, () -> {})).isFalse();
    }

    @Test
    void failedThreadStartIsRetriedByTheNextCall() {
        AtomicInteger asked = new AtomicInteger();
        ListenerQueue starved = new ListenerQueue(
                new ListenerQueue.Bounds(4, 10_000),
                task -> {
                    if (asked.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                    task.run();
                },
                () -> 0,
                thrown::add);
        assertThatThrownBy(() -> starved.offer(1, () -> called.add("1"))).isInstanceOf(OutOfMemoryError.class);
        starved.offer(1, () -> called.add("2"));
        assertThat(called).containsExactly("1", "2");
    }

    @Test
    void interruptOfAListenerDoesNotAffectTheNext() {
        offer("x");
        listeners.offer(0, () -> {
            listeners.offer(
                    0, () -> called.add("interrupted " + Thread.currentThread().isInterrupted()));
            Thread.currentThread().interrupt();
        });
        assertThat(called).endsWith("interrupted false");
    }

    @Test
    void drainCallbackRunsOnceAtHalfTheLimit() {
        thread.isBlocked = true;
        offer("1");
        offer("2");
        offer("3");
        offer("4");
        listeners.whenDrained(() -> called.add("drained"));
        thread.resume();
        assertThat(called).containsExactly("1", "drained", "2", "3", "4");
        listeners.whenDrained(() -> called.add("at once"));
        assertThat(called).endsWith("at once");
    }

    @Test
    void exceptionIsReportedAndTheNextCallRuns() {
        listeners.offer(0, () -> {
            throw new StackOverflowError();
        });
        offer("next");
        assertThat(thrown).hasSize(1);
        assertThat(called).containsExactly("next");
    }
}
