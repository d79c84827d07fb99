package dev.parley.client.internal.loop;

import dev.parley.client.internal.transport.Cancellable;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.DoubleSupplier;

/**
 * Renews the token of an open connection before it expires, so that the connection can stay open. It fetches a fresh
 * token after 75 to 85 % of the remaining lifetime, at random so that clients do not renew all at once, and sends it in
 * a login on the same connection. A failed renewal is retried and does not disturb the connection. If the token expires
 * all the same, the server closes the connection with 4003, and the client reconnects. Confined to the event loop.
 */
final class TokenRenewal {
    private static final Logger LOG = System.getLogger(TokenRenewal.class.getName());

    /** Minimum pause between two calls of the token supplier, however short the token's lifetime or the backoff is. */
    private static final Duration PAUSE_MIN = Duration.ofSeconds(5);

    private static final double BEGIN = 0.75;
    private static final double SPREAD = 0.1;

    private final Optional<TokenFetcher> tokens;
    private final Scheduler eventLoop;
    private final Backoff backoff;
    private final DoubleSupplier random;
    private final Duration fetchTimeout;
    private final Executor loop;
    private final ConnectionRequests requests;

    private Cancellable timer = () -> {};
    private Cancellable fetching = () -> {};
    /** Number of the current step. Callbacks of earlier steps are ignored. */
    private int step;

    private int failures;

    /**
     * @param fetchTimeout time after which a blocking supplier is given up
     * @param loop runs tasks on the event loop, from any thread
     */
    TokenRenewal(
            Optional<TokenFetcher> tokens,
            Scheduler eventLoop,
            Backoff backoff,
            DoubleSupplier random,
            Duration fetchTimeout,
            Executor loop,
            ConnectionRequests requests) {
        this.tokens = tokens;
        this.eventLoop = eventLoop;
        this.backoff = backoff;
        this.random = random;
        this.fetchTimeout = fetchTimeout;
        this.loop = loop;
        this.requests = requests;
    }

    /** @param expiresIn remaining lifetime of the token in ms, from the welcome */
    void welcomed(OptionalLong expiresIn) {
        stop();
        failures = 0;
        if (tokens.isPresent() && expiresIn.isPresent()) {
            long within = Math.max(0, Math.min(Backoff.LONGEST.toMillis(), expiresIn.getAsLong()));
            renewAfter(Duration.ofMillis((long) (within * (BEGIN + SPREAD * random.getAsDouble()))));
        }
    }

    /** Stops the renewal, because the connection has ended. The next connection has a token of its own. */
    void stop() {
        step++;
        timer.cancel();
        fetching.cancel();
    }

    private void renewAfter(Duration delay) {
        Duration pause = delay.compareTo(PAUSE_MIN) < 0 ? PAUSE_MIN : delay;
        int now = step;
        timer = eventLoop.schedule(() -> continued(now, this::fetch), pause);
    }

    /** Any thread: runs the task on the event loop, unless another step has begun since. */
    private void continued(int expected, Runnable task) {
        loop.execute(() -> {
            if (expected == step) {
                task.run();
            }
        });
    }

    private void fetch() {
        int now = ++step;
        timer = eventLoop.schedule(() -> continued(now, this::fetchedTooLate), fetchTimeout);
        fetching = tokens.orElseThrow()
                .fetch(token -> continued(now, () -> login(token)), why -> continued(now, () -> failed(why)));
    }

    private void fetchedTooLate() {
        fetching.cancel();
        failed("The token supplier took longer than " + fetchTimeout.toMillis() + " ms.");
    }

    private void login(String token) {
        timer.cancel();
        int now = ++step;
        requests.renew(
                token,
                welcome -> continued(now, () -> welcomed(welcome.expiresIn())),
                why -> continued(now, () -> failed(why)));
    }

    private void failed(String why) {
        timer.cancel();
        step++;
        failures++;
        LOG.log(
                failures == 1 ? Level.WARNING : Level.DEBUG,
                "The token of an open connection could not be renewed, and will be tried again: " + why);
        renewAfter(backoff.delay(failures, random.getAsDouble()));
    }
}
