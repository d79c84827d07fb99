package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ScatterGatherTest {
    private final List<Long> scattered = new ArrayList<>();
    /** What is to run at the deadlines, in the order of the questions. */
    private final List<Runnable> deadlines = new ArrayList<>();

    /** What is to run on the executor. */
    private final List<Runnable> tasks = new ArrayList<>();

    private final ScatterGather<String, String> gather = new ScatterGather<>(
            (after, task) -> {
                assertThat(after).isEqualTo(Duration.ofSeconds(1));
                deadlines.add(task);
            },
            tasks::add);

    private CompletableFuture<Map<String, String>> ask(Object subject, String... nodes) {
        return gather.ask(subject, Set.of(nodes), ScatterGatherTest::read, scattered::add)
                .toCompletableFuture();
    }

    /** Asks a question that is equal to no other one. */
    private CompletableFuture<Map<String, String>> askAnother(String... nodes) {
        return ask(new Object(), nodes);
    }

    private static String read(String answer) {
        if (answer.isEmpty()) {
            throw new IllegalArgumentException("No text.");
        }
        return answer.toUpperCase(Locale.ROOT);
    }

    private void runTasks() {
        List.copyOf(tasks).forEach(Runnable::run);
        tasks.clear();
    }

    @Test
    void questionEndsWhenAllHaveAnswered() {
        CompletableFuture<Map<String, String>> answers = askAnother("two", "three");
        gather.answered(scattered.get(0), "three", "c");
        runTasks();
        assertThat(answers).isNotDone();
        gather.answered(scattered.get(0), "two", "b");
        runTasks();

        assertThat(answers).isCompletedWithValue(Map.of("two", "B", "three", "C"));
        deadlines.get(0).run();
        assertThat(tasks).isEmpty();
    }

    @Test
    void nodeWithoutAnAnswerIsLeftOutAtTheDeadline() {
        CompletableFuture<Map<String, String>> answers = askAnother("two", "three");
        gather.answered(scattered.get(0), "two", "b");
        deadlines.get(0).run();
        gather.answered(scattered.get(0), "three", "late");
        runTasks();

        assertThat(answers).isCompletedWithValue(Map.of("two", "B"));
    }

    @Test
    void answersThatNobodyWaitsForAreDropped() {
        CompletableFuture<Map<String, String>> first = askAnother("two", "three");
        CompletableFuture<Map<String, String>> second = askAnother("two");
        gather.answered(scattered.get(0), "two", "b");
        gather.answered(scattered.get(0), "two", "again");
        gather.answered(scattered.get(0), "four", "not asked");
        gather.answered(99, "two", "to another question");
        gather.answered(scattered.get(1), "two", "second");
        deadlines.get(0).run();
        runTasks();

        assertThat(first).isCompletedWithValue(Map.of("two", "B"));
        assertThat(second).isCompletedWithValue(Map.of("two", "SECOND"));
    }

    @Test
    void answersAreReadOnTheExecutorOnly() {
        CompletableFuture<Map<String, String>> answers = askAnother("two");
        gather.answered(scattered.get(0), "two", "b");
        assertThat(answers).isNotDone();
        assertThat(tasks).hasSize(1);

        runTasks();
        assertThat(answers).isCompletedWithValue(Map.of("two", "B"));
    }

    @Test
    void nodeWhoseAnswerCannotBeReadIsLeftOut() {
        CompletableFuture<Map<String, String>> answers = askAnother("two", "three");
        gather.answered(scattered.get(0), "two", "");
        gather.answered(scattered.get(0), "three", "c");
        runTasks();

        assertThat(answers).isCompletedWithValue(Map.of("three", "C"));
    }

    @Test
    void equalQuestionsAreAskedOnceWhileOneIsOpen() {
        CompletableFuture<Map<String, String>> first = ask("rooms", "two");
        CompletableFuture<Map<String, String>> same = ask("rooms", "two");
        CompletableFuture<Map<String, String>> ofOthers = ask("rooms", "two", "three");
        CompletableFuture<Map<String, String>> another = ask("sessions", "two");
        assertThat(scattered).hasSize(3);
        gather.answered(scattered.get(0), "two", "b");
        runTasks();

        assertThat(first).isCompletedWithValue(Map.of("two", "B"));
        assertThat(same).isCompletedWithValue(Map.of("two", "B"));
        assertThat(ofOthers).isNotDone();
        assertThat(another).isNotDone();
        assertThat(ask("rooms", "two")).isNotDone();
        assertThat(scattered).hasSize(4);
    }

    @Test
    void whoIsAloneAsksNobody() {
        assertThat(askAnother()).isCompletedWithValue(Map.of());
        assertThat(scattered).isEmpty();
        assertThat(deadlines).isEmpty();
    }

    @Test
    void openQuestionsAreBounded() {
        for (int i = 0; i < ScatterGather.OPEN_MAX; i++) {
            assertThat(ask(i, "two")).isNotDone();
        }
        CompletableFuture<Map<String, String>> tooMany = askAnother("two");
        assertThat(scattered).hasSize(ScatterGather.OPEN_MAX).doesNotHaveDuplicates();
        assertThatThrownBy(tooMany::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(TooManyQuestions.class);
        assertThat(ask(0, "two")).as("shares one").isNotDone();

        deadlines.get(0).run();
        gather.answered(scattered.get(1), "two", "b");
        assertThat(askAnother("two")).isNotDone();
        assertThat(askAnother("two")).isNotDone();
        assertThat(askAnother("two")).isCompletedExceptionally();
    }
}
