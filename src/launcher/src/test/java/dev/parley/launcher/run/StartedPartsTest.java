package dev.parley.launcher.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StartedPartsTest {
    private final StartedParts parts = new StartedParts();
    private final List<String> ended = new ArrayList<>();

    @Test
    void partsEndOnceInTheReverseOrder() {
        parts.add(() -> ended.add("database"));
        parts.add(() -> ended.add("node"));
        parts.close();
        parts.close();
        assertThat(ended).containsExactly("node", "database");
    }

    @Test
    void partThatFailsKeepsNoOtherFromEnding() {
        parts.add(() -> ended.add("database"));
        parts.add(() -> {
            throw new IllegalStateException("thrown by the test");
        });
        parts.close();
        assertThat(ended).containsExactly("database");
    }

    @Test
    void partThatStartsAfterTheEndEndsAtOnce() {
        parts.close();
        parts.add(() -> ended.add("node"));
        assertThat(ended).containsExactly("node");
    }

    /** Ctrl-C while the main thread ends the run: the JVM must not end before all parts have. */
    @Test
    void secondThreadWaitsForTheEnd() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        parts.add(() -> {
            begun.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ended.add("node");
        });
        CompletableFuture<Void> first = CompletableFuture.runAsync(parts::close);
        begun.await();
        CompletableFuture<List<String>> second = CompletableFuture.supplyAsync(() -> {
            parts.close();
            return List.copyOf(ended);
        });
        assertThat(second).isNotDone();
        released.countDown();
        first.get(10, TimeUnit.SECONDS);
        assertThat(second.get(10, TimeUnit.SECONDS)).containsExactly("node");
    }
}
