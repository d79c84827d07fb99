package dev.parley.server.dispatch.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ResponseThreadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final CountDownLatch writing = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final ResponseThreads threads = new ResponseThreads(work -> new Thread(work, "responses"));

    @AfterEach
    void end() {
        released.countDown();
        threads.close();
    }

    /** A request that has its answer, and whose container writes the response until the test releases it. */
    private CompletableFuture<String> written() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        CompletableFuture<String> written = answer.thenApplyAsync(text -> text, threads.lastTask())
                .whenComplete((response, failure) -> {
                    writing.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        answer.complete("here");
        return written;
    }

    @Test
    void requestsAreAnsweredWhenTheirResponsesAreWritten() {
        CompletableFuture<String> written = written();
        CompletableFuture<Void> all = threads.written();
        await().until(() -> writing.getCount() == 0);
        assertThat(all).isNotDone();

        released.countDown();
        assertThat(all).succeedsWithin(PATIENCE);
        assertThat(written).isCompletedWithValue("here");
        assertThat(threads.written()).isCompleted();
    }

    @Test
    void requestsThatWaitForAnAnswerCount() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        answer.thenApplyAsync(text -> text, threads.lastTask());
        CompletableFuture<Void> all = threads.written();
        assertThat(all).isNotDone();

        answer.complete("here");
        assertThat(all).succeedsWithin(PATIENCE);
    }

    @Test
    void requestsThatComeAfterTheCloseAreAnsweredOnTheirOwnThread() {
        threads.close();
        released.countDown();

        assertThat(written()).isCompletedWithValue("here");
        assertThat(threads.written()).isCompleted();
    }
}
