package dev.parley.server.api;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import dev.parley.server.store.model.StoreUnavailable;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
    private final ProblemMapper problems;
    private final Duration deadline;

    /**
     * Writes responses: a slow reader may block the writing thread, so it must not be a thread of the store, which
     * completes the stages.
     */
    private ScheduledExecutorService executor;

    /** Ends a request with a {@link Problem} as its response. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        Refused(Problem problem) {
            super(problem.detail());
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }

    /** For CDI, whose proxies are subclasses. */
    protected AsyncResponses() {
        this(null, null);
    }

    @Inject
    AsyncResponses(CanonicalUsernameCheck usernames, ProblemMapper problems) {
        this(usernames, problems, DEADLINE, null);
    }

    AsyncResponses(
            CanonicalUsernameCheck usernames,
            ProblemMapper problems,
            Duration deadline,
            ScheduledExecutorService executor) {
        this.usernames = usernames;
        this.problems = problems;
        this.deadline = deadline;
        this.executor = executor;
    }

    @Resource
    void setExecutor(ManagedScheduledExecutorService managed) {
        executor = managed;
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
    <T> CompletionStage<Response> to(
            SecurityContext caller,
            Function<Identity, CompletionStage<T>> question,
            Function<? super T, Response> answer) {
        return ask(TokenSecurityContext.identity(caller), question, answer)
                .handleAsync(
                        (response, failure) -> failure == null ? response : problems.toResponse(failure), executor);
    }

    /**
     * Asks a question after the check of the username. Fails with {@link Refused} or {@link StoreUnavailable} if there
     * is no answer.
     */
    <T, R> CompletableFuture<R> ask(
            Identity who, Function<Identity, CompletionStage<T>> question, Function<? super T, R> answer) {
        return inTime(usernames
                .refusal(who)
                .thenCompose(refusal -> {
                    refusal.ifPresent(problem -> {
                        throw new Refused(problem);
                    });
                    return question.apply(who);
                })
                .thenApplyAsync(answer, executor));
    }

    /** Answers a request whose answer does not need the store. */
    CompletionStage<Response> to(SecurityContext caller, Function<Identity, Response> answer) {
        return to(caller, CompletableFuture::completedStage, answer);
    }

    /** Limits a stage: it fails with {@link StoreUnavailable} at the deadline. */
    public <T> CompletableFuture<T> inTime(CompletionStage<T> stage) {
        CompletableFuture<T> answer = stage.toCompletableFuture().copy();
        try {
            Future<?> alarm = executor.schedule(
                    () -> answer.completeExceptionally(
                            new StoreUnavailable("The database did not answer in time.", new TimeoutException())),
                    deadline.toMillis(),
                    TimeUnit.MILLISECONDS);
            answer.whenComplete((result, failure) -> alarm.cancel(false));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new StoreUnavailable("The server stops.", e));
        }
        return answer;
    }
}
