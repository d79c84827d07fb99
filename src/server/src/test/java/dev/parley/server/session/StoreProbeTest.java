package dev.parley.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class StoreProbeTest {
    private final ManualClock clock = new ManualClock();
    private final List<CompletableFuture<Integer>> questions = new ArrayList<>();
    private final StoreProbe probe = new StoreProbe(this::ask, clock);

    private CompletionStage<?> ask() {
        CompletableFuture<Integer> question = new CompletableFuture<>();
        questions.add(question);
        return question;
    }

    private CompletableFuture<Boolean> isReachable() {
        return probe.isReachable().toCompletableFuture();
    }

    @Test
    void concurrentCallersShareOneCheck() {
        List<CompletableFuture<Boolean>> callers = List.of(isReachable(), isReachable(), isReachable());
        assertThat(questions).hasSize(1);
        assertThat(callers).noneMatch(CompletableFuture::isDone);

        questions.get(0).complete(1);
        assertThat(callers).allMatch(caller -> caller.getNow(false));
    }

    @Test
    void answerIsValidForASecond() {
        isReachable();
        questions.get(0).complete(1);

        clock.advance(StoreProbe.FRESH.minusMillis(1));
        assertThat(isReachable()).isCompletedWithValue(true);
        assertThat(questions).hasSize(1);

        clock.advance(Duration.ofMillis(1));
        assertThat(isReachable()).isNotDone();
        assertThat(questions).hasSize(2);
    }

    @Test
    void failureMeansUnreachable() {
        CompletableFuture<Boolean> caller = isReachable();
        questions.get(0).completeExceptionally(new IllegalStateException("expected by this test"));
        assertThat(caller).isCompletedWithValue(false);
    }

    @Test
    void overdueCheckMeansUnreachableAndIsNotRepeated() {
        CompletableFuture<Boolean> first = isReachable();
        clock.advance(StoreProbe.DEADLINE);
        assertThat(isReachable()).isCompletedWithValue(false);
        assertThat(questions).hasSize(1);
        assertThat(first).as("its caller has a deadline of its own").isNotDone();
    }

    @Test
    void lateAnswerEndsTheOutage() {
        isReachable();
        clock.advance(Duration.ofSeconds(10));
        questions.get(0).complete(1);
        isReachable();
        questions.get(1).complete(1);
        assertThat(isReachable()).isCompletedWithValue(true);
    }

    @Test
    void bugDuringACheckDoesNotStopLaterOnes() {
        StoreProbe broken = new StoreProbe(
                () -> {
                    throw new IllegalStateException("expected by this test");
                },
                clock);
        assertThatThrownBy(broken::isReachable).isInstanceOf(IllegalStateException.class);
        assertThat(broken.isReachable()).isCompletedWithValue(false);
    }
}
