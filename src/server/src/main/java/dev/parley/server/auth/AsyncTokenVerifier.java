package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Checks the tokens of {@code login} messages. If a check may wait for the identity provider, it runs on a few threads
 * of its own, so that no other session waits. Any thread may call any method; none blocks.
 */
public final class AsyncTokenVerifier implements AutoCloseable {
    static final int THREADS = 2;
    private static final int WAITING_MAX = 2_000;

    private final Function<String, TokenVerdict> tokens;
    private final FailedAttempts failures;
    private final ThreadPoolExecutor threads;
    private final Executor checks;

    public AsyncTokenVerifier(TokenVerifier verifier, FailedAttempts failures, ThreadFactory threads) {
        this(verifier::check, verifier.mayBlock(), failures, threads, WAITING_MAX);
    }

    /** @param mayBlock whether checks run on threads of their own */
    AsyncTokenVerifier(
            Function<String, TokenVerdict> tokens,
            boolean mayBlock,
            FailedAttempts failures,
            ThreadFactory threads,
            int waitingMax) {
        this.tokens = tokens;
        this.failures = failures;
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waitingMax), threads);
        this.checks = mayBlock ? this.threads : Runnable::run;
    }

    /** @param address address that is charged with the attempt if it fails */
    public CompletionStage<TokenVerdict> check(String token, String address) {
        try {
            return CompletableFuture.supplyAsync(() -> counted(tokens.apply(token), address), checks);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(
                    new TokenVerdict.Unknown("Too many tokens wait to be checked at the moment."));
        }
    }

    private TokenVerdict counted(TokenVerdict verdict, String address) {
        boolean isTooMany = !(verdict instanceof TokenVerdict.Accepted)
                && failures.count(address).isPresent();
        return isTooMany ? new TokenVerdict.Refused(ErrorCode.RATE_LIMITED, FailedAttempts.TOO_MANY) : verdict;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
