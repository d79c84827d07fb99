package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.requests.ResponseThreads;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.StoreUnavailable;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Answers requests that need the store: asynchronously and within a deadline, because a server may have only five
 * threads for HTTP. Any thread.
 */
@ApplicationScoped
public class AsyncResponses {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final CanonicalUsernameCheck usernames;
    private final Duration deadline;

    /**
     * Create and write the responses: a slow reader may block the writing thread, so it must not be a thread of the
     * store, which completes the stages.
     */
    private final ResponseThreads threads;

    /** For CDI, whose proxies are subclasses. */
    protected AsyncResponses() {
        this(null, null);
    }

    @Inject
    AsyncResponses(CanonicalUsernameCheck usernames, ResponseThreads threads) {
        this(usernames, threads, DEADLINE);
    }

    AsyncResponses(CanonicalUsernameCheck usernames, ResponseThreads threads, Duration deadline) {
        this.usernames = usernames;
        this.threads = threads;
        this.deadline = deadline;
    }

    /** The response while the store is unavailable. */
    public static Problem storeUnavailable() {
        return Problem.of(503, ErrorCode.STORE_UNAVAILABLE.wireName(), "The store does not answer at the moment.")
                .with("Retry-After", "2");
    }

    /**
     * Answers a request of the user of a token. Resources have no other way to get the identity, so that each request
     * passes {@link CanonicalUsernameCheck}.
     *
     * @param question asked after that check
     * @param answer creates the response from the result, on a thread that is not the store's
     */
    public <T> CompletionStage<Response> to(
            SecurityContext caller,
            Function<Identity, CompletionStage<T>> question,
            Function<? super T, Response> answer) {
        return to(caller, Duration.ZERO, question, answer);
    }

    /**
     * Answers a request that may wait for something to happen, beside the store.
     *
     * @param wait how long it may wait for that
     * @param question asked after the check of the username; must end by itself when that time is over
     */
    public <T> CompletionStage<Response> to(
            SecurityContext caller,
            Duration wait,
            Function<Identity, CompletionStage<T>> question,
            Function<? super T, Response> answer) {
        return ask(TokenSecurityContext.identity(caller), wait, question, answer)
                .handleAsync(
                        (response, failure) -> failure == null ? response : ProblemMapper.response(failure),
                        threads.lastTask());
    }

    /**
     * Asks a question after the check of the username. Fails with {@link Problem.Refused} or {@link StoreUnavailable}
     * if there is no answer.
     */
    <T, R> CompletableFuture<R> ask(
            Identity who, Function<Identity, CompletionStage<T>> question, Function<? super T, R> answer) {
        return ask(who, Duration.ZERO, question, answer);
    }

    private <T, R> CompletableFuture<R> ask(
            Identity who,
            Duration wait,
            Function<Identity, CompletionStage<T>> question,
            Function<? super T, R> answer) {
        return within(
                deadline.plus(wait), acceptedUser(who).thenCompose(question).thenApplyAsync(answer, threads));
    }

    /** The identity, after the check of its name. Fails with {@link Problem.Refused} if it is refused. */
    private CompletionStage<Identity> acceptedUser(Identity who) {
        return usernames.refusal(who).thenApply(refusal -> {
            refusal.ifPresent(problem -> {
                throw new Problem.Refused(problem);
            });
            return who;
        });
    }

    /** Answers a request whose answer does not need the store. */
    CompletionStage<Response> to(SecurityContext caller, Function<Identity, Response> answer) {
        return to(caller, CompletableFuture::completedStage, answer);
    }

    /** Limits a stage: it fails with {@link StoreUnavailable} at the deadline. */
    public <T> CompletableFuture<T> inTime(CompletionStage<T> stage) {
        return within(deadline, stage);
    }

    private <T> CompletableFuture<T> within(Duration time, CompletionStage<T> stage) {
        CompletableFuture<T> answer = stage.toCompletableFuture().copy();
        try {
            Future<?> alarm = threads.schedule(
                    time,
                    () -> answer.completeExceptionally(
                            new StoreUnavailable("The database did not answer in time.", new TimeoutException())));
            answer.whenComplete((result, failure) -> alarm.cancel(false));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new StoreUnavailable("The server stops.", e));
        }
        return answer;
    }
}
