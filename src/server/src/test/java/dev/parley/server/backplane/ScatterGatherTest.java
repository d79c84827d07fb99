package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.server.http.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ScatterGatherTest {
    private final List<Long> scattered = new ArrayList<>();
    /** What is to run at the deadlines, in the order of the questions. */
    private final List<Runnable> deadlines = new ArrayList<>();

    private final ScatterGather<String> gather = new ScatterGather<>((after, task) -> {
        assertThat(after).isEqualTo(Duration.ofSeconds(1));
        deadlines.add(task);
    });

    private CompletableFuture<Map<String, String>> ask(String... nodes) {
        return gather.ask(Set.of(nodes), scattered::add).toCompletableFuture();
    }

    @Test
    void questionEndsWhenAllHaveAnswered() {
        CompletableFuture<Map<String, String>> answers = ask("two", "three");
        gather.answered(scattered.get(0), "three", "c");
        assertThat(answers).isNotDone();
        gather.answered(scattered.get(0), "two", "b");

        assertThat(answers).isCompletedWithValue(Map.of("two", "b", "three", "c"));
        deadlines.get(0).run();
        assertThat(answers).isCompletedWithValue(Map.of("two", "b", "three", "c"));
    }

    @Test
    void nodeWithoutAnAnswerIsLeftOutAtTheDeadline() {
        CompletableFuture<Map<String, String>> answers = ask("two", "three");
        gather.answered(scattered.get(0), "two", "b");
        deadlines.get(0).run();

        assertThat(answers).isCompletedWithValue(Map.of("two", "b"));
        gather.answered(scattered.get(0), "three", "late");
        assertThat(answers).isCompletedWithValue(Map.of("two", "b"));
    }

    @Test
    void answersThatNobodyWaitsForAreDropped() {
        CompletableFuture<Map<String, String>> first = ask("two", "three");
        CompletableFuture<Map<String, String>> second = ask("two");
        gather.answered(scattered.get(0), "two", "b");
        gather.answered(scattered.get(0), "two", "again");
        gather.answered(scattered.get(0), "four", "not asked");
        gather.answered(99, "two", "to another question");
        gather.answered(scattered.get(1), "two", "second");
        deadlines.get(0).run();

        assertThat(first).isCompletedWithValue(Map.of("two", "b"));
        assertThat(second).isCompletedWithValue(Map.of("two", "second"));
    }

    @Test
    void whoIsAloneAsksNobody() {
        assertThat(ask()).isCompletedWithValue(Map.of());
        assertThat(scattered).isEmpty();
        assertThat(deadlines).isEmpty();
    }

    @Test
    void openQuestionsAreBounded() {
        for (int i = 0; i < ScatterGather.OPEN_MAX; i++) {
            assertThat(ask("two")).isNotDone();
        }
        CompletableFuture<Map<String, String>> tooMany = ask("two");
        assertThat(scattered).hasSize(ScatterGather.OPEN_MAX).doesNotHaveDuplicates();
        assertThatThrownBy(tooMany::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        Problem.Refused.class,
                        refused -> assertThat(refused.problem().status()).isEqualTo(503));

        deadlines.get(0).run();
        gather.answered(scattered.get(1), "two", "b");
        assertThat(ask("two")).isNotDone();
        assertThat(ask("two")).isNotDone();
        assertThat(ask("two")).isCompletedExceptionally();
    }
}
