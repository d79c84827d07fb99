package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class SharedReadsTest {
    private final SharedReads<String, String> reads = new SharedReads<>();
    private final List<CompletableFuture<String>> begun = new ArrayList<>();

    private CompletionStage<String> read(String key) {
        return reads.read(key, () -> {
            CompletableFuture<String> read = new CompletableFuture<>();
            begun.add(read);
            return read;
        });
    }

    @Test
    void readersOfTheSameShareOneRead() {
        CompletionStage<String> first = read("a");
        CompletionStage<String> second = read("a");
        CompletionStage<String> other = read("b");
        assertThat(begun).hasSize(2);
        begun.get(0).complete("found");
        assertThat(first.toCompletableFuture()).isCompletedWithValue("found");
        assertThat(second.toCompletableFuture()).isCompletedWithValue("found");
        assertThat(other.toCompletableFuture()).isNotDone();
    }

    @Test
    void readerThatLearnsTheResultBeginsAnotherRead() {
        List<CompletionStage<String>> again = new ArrayList<>();
        read("a").whenComplete((value, failure) -> again.add(read("a")));
        begun.get(0).complete("old");
        assertThat(begun).hasSize(2);
        begun.get(1).complete("new");
        assertThat(again.get(0).toCompletableFuture()).isCompletedWithValue("new");
    }

    @Test
    void failureReachesAllAndIsNotKept() {
        CompletionStage<String> first = read("a");
        CompletionStage<String> second = read("a");
        IllegalStateException failure = new IllegalStateException("away");
        begun.get(0).completeExceptionally(failure);
        assertThat(first.toCompletableFuture()).isCompletedExceptionally();
        assertThat(second.toCompletableFuture()).isCompletedExceptionally();
        read("a");
        assertThat(begun).hasSize(2);
    }

    @Test
    void readThatDoesNotBeginFails() {
        CompletionStage<String> read = reads.read("a", () -> {
            throw new IllegalStateException("no thread");
        });
        assertThat(read.toCompletableFuture()).isCompletedExceptionally();
        read("a");
        assertThat(begun).hasSize(1);
    }
}
