package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.handshake.Problem;
import dev.parley.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** HTTP has a thread for each request, which may wait for the store. */
final class StoreAnswer {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private StoreAnswer() {}

    /** What is answered while {@link StoreUnavailable} is thrown. */
    static Problem away() {
        return Problem.of(503, ErrorCode.STORE_UNAVAILABLE.wireName(), "The store does not answer at the moment.")
                .with("Retry-After", "2");
    }

    /** @throws StoreUnavailable also where no answer came in time */
    static <T> T of(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StoreUnavailable away) {
                throw away;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new StoreUnavailable("The database did not answer in time.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailable("The server stops.", e);
        }
    }
}
