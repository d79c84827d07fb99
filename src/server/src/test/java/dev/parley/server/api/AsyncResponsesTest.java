package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.requests.ResponseThreads;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AsyncResponsesTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ResponseThreads threads = new ResponseThreads(work -> new Thread(work, "answers"));

    @AfterEach
    void end() {
        threads.close();
    }

    private AsyncResponses answers(Duration deadline) {
        return new AsyncResponses(
                new CanonicalUsernameCheck(name -> CompletableFuture.completedStage("ana")), threads, deadline);
    }

    private static final Identity ANA = Identity.user("ana", Set.of(), Instant.MAX, Optional.empty());
    private static final Identity OTHER = Identity.user("ANA", Set.of(), Instant.MAX, Optional.empty());

    @Test
    void requestsThatWaitForTheStoreHoldNoThread() {
        AsyncResponses responses = answers(NEVER);
        CompletableFuture<String> store = new CompletableFuture<>();
        List<CompletableFuture<String>> waiting = IntStream.range(0, 1_000)
                .mapToObj(i -> responses.ask(ANA, who -> store, text -> text))
                .toList();

        CompletableFuture<String> another =
                responses.ask(ANA, who -> CompletableFuture.completedStage("here"), text -> text);
        assertThat(another).succeedsWithin(PATIENCE).isEqualTo("here");
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        store.complete("late");
        assertThat(waiting)
                .allSatisfy(
                        answer -> assertThat(answer).succeedsWithin(PATIENCE).isEqualTo("late"));
    }

    @Test
    void requestsFailAtTheDeadline() {
        assertThat(answers(Duration.ofMillis(1)).ask(ANA, who -> new CompletableFuture<>(), text -> text))
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withCauseInstanceOf(StoreUnavailable.class);
    }

    @Test
    void responsesAreNotCreatedOnStoreThreads() {
        CompletableFuture<String> store = new CompletableFuture<>();
        CompletableFuture<String> answer = answers(NEVER)
                .ask(ANA, who -> store, text -> Thread.currentThread().getName());
        store.complete("here");

        assertThat(answer).succeedsWithin(PATIENCE).isEqualTo("answers");
    }

    @Test
    void anotherUsersNameInOtherCaseIsRefusedBeforeTheQuery() {
        AtomicBoolean isAsked = new AtomicBoolean();
        CompletableFuture<String> answer = answers(NEVER)
                .ask(
                        OTHER,
                        who -> {
                            isAsked.set(true);
                            return CompletableFuture.completedStage("here");
                        },
                        text -> text);

        assertThat(answer)
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withCauseInstanceOf(Problem.Refused.class)
                .withMessageContaining("differs only in case");
        assertThat(isAsked).isFalse();
    }

    @Test
    void requestsFailWhenTheServerStops() {
        threads.close();

        assertThat(answers(NEVER).ask(ANA, who -> new CompletableFuture<>(), text -> text))
                .failsWithin(PATIENCE)
                .withThrowableThat()
                .withCauseInstanceOf(StoreUnavailable.class);
    }
}
