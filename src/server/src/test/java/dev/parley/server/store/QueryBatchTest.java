package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.TestDatabase;
import dev.parley.server.store.model.StoreUnavailable;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class QueryBatchTest {
    private static final int BAD = -1;

    private final Database database = new Database(TestDatabase.h2(), Thread::new);
    private final List<List<Integer>> asked = new CopyOnWriteArrayList<>();
    private final List<Runnable> pauses = new CopyOnWriteArrayList<>();
    private final CountDownLatch mayAnswer = new CountDownLatch(1);
    private final QueryBatch<Integer, String> batch = new QueryBatch<>(database, this::answers);
    private volatile boolean isUnavailable;

    @AfterEach
    void close() {
        mayAnswer.countDown();
        database.close();
    }

    private List<String> answers(List<Integer> questions) {
        asked.add(questions);
        try {
            assertThat(mayAnswer.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (isUnavailable) {
            throw new StoreUnavailable("Down.");
        }
        if (questions.contains(BAD)) {
            throw new IllegalArgumentException("Bad data.");
        }
        return questions.stream().map(question -> "answer " + question).toList();
    }

    private List<CompletionStage<String>> askAll(int count) {
        return IntStream.range(0, count).mapToObj(batch::ask).toList();
    }

    /** Two questions, each with a query that waits until the test lets it go on: what comes then waits too. */
    private void keepBothQueriesBusy() {
        for (int query = 1; query <= 2; query++) {
            int count = query;
            batch.ask(-10 - query);
            await().until(() -> asked.size() == count);
        }
    }

    private static String get(CompletionStage<String> stage) {
        return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    }

    @Test
    void questionThatComesAloneIsAskedAtOnce() {
        batch.pauseBy((pause, action) -> pauses.add(action));
        mayAnswer.countDown();
        for (int i = 0; i < 5; i++) {
            assertThat(get(batch.ask(i))).isEqualTo("answer " + i);
        }
        assertThat(asked).hasSize(5);
        assertThat(pauses).isEmpty();
    }

    @Test
    void questionsThatComeTogetherShareQueries() {
        List<CompletionStage<String>> answers = askAll(250);
        await().until(() -> !asked.isEmpty());
        mayAnswer.countDown();

        for (int i = 0; i < 250; i++) {
            assertThat(get(answers.get(i))).isEqualTo("answer " + i);
        }
        assertThat(asked).hasSizeLessThanOrEqualTo(5);
        assertThat(asked).allSatisfy(questions -> assertThat(questions.size()).isBetween(1, QueryBatch.QUESTIONS_MAX));
    }

    @Test
    void queryForSeveralIsFollowedByAPause() {
        batch.pauseBy((pause, action) -> pauses.add(action));
        keepBothQueriesBusy();
        List<CompletionStage<String>> answers = askAll(3);
        mayAnswer.countDown();
        answers.forEach(QueryBatchTest::get);
        assertThat(asked).hasSize(3);
        assertThat(pauses).hasSize(1);

        CompletionStage<String> late = batch.ask(10);
        CompletionStage<String> later = batch.ask(11);
        assertThat(asked).hasSize(3);
        pauses.remove(0).run();
        assertThat(get(late)).isEqualTo("answer 10");
        assertThat(get(later)).isEqualTo("answer 11");
        assertThat(asked).hasSize(4);
    }

    @Test
    void badQuestionFailsAlone() {
        keepBothQueriesBusy();
        CompletionStage<String> bad = batch.ask(BAD);
        List<CompletionStage<String>> good = askAll(3);
        mayAnswer.countDown();

        good.forEach(answer -> assertThat(get(answer)).startsWith("answer"));
        assertThatThrownBy(() -> get(bad)).hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void unavailableDatabaseFailsAllAndIsAskedOnce() {
        isUnavailable = true;
        List<CompletionStage<String>> answers = askAll(100);
        await().until(() -> !asked.isEmpty());
        mayAnswer.countDown();

        answers.forEach(answer -> assertThatThrownBy(() -> get(answer))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StoreUnavailable.class));
        assertThat(asked).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void databaseThatEndsFailsWhatWaits() {
        mayAnswer.countDown();
        database.close();
        assertThatThrownBy(() -> get(batch.ask(1))).hasCauseInstanceOf(StoreUnavailable.class);
    }
}
