package dev.parley.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.ManualClock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AsyncTokenVerifierTest {
    private static final String ADDRESS = "192.0.2.1";
    private static final TokenVerdict GOOD =
            new TokenVerdict.Accepted(Identity.user("anna", Set.of(), Instant.MAX, Optional.empty()));

    private final ManualClock clock = new ManualClock();

    private static TokenVerdict verdict(String token) {
        return token.equals("good") ? GOOD : new TokenVerdict.Refused(ErrorCode.LOGIN_REFUSED, "It is no token.");
    }

    private static TokenVerdict end(CompletionStage<TokenVerdict> check) {
        return check.toCompletableFuture().join();
    }

    @Test
    void guessesAreLimitedAndValidTokensAreNot() {
        try (AsyncTokenVerifier tokens = new AsyncTokenVerifier(
                AsyncTokenVerifierTest::verdict, false, new FailedAttempts(clock), Thread::new, 1)) {
            int guesses = 0;
            while (end(tokens.check("bad", ADDRESS)) instanceof TokenVerdict.Refused refused
                    && refused.code() == ErrorCode.LOGIN_REFUSED) {
                assertThat(++guesses).isLessThan(1_000);
            }
            assertThat(end(tokens.check("bad", ADDRESS)))
                    .isInstanceOfSatisfying(TokenVerdict.Refused.class, refused -> assertThat(refused.code())
                            .isEqualTo(ErrorCode.RATE_LIMITED));
            assertThat(end(tokens.check("good", ADDRESS))).isEqualTo(GOOD);
        }
    }

    @Test
    void waitingChecksBlockNoOtherAndAreBounded() throws InterruptedException {
        CountDownLatch provider = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(AsyncTokenVerifier.THREADS);
        AsyncTokenVerifier tokens = new AsyncTokenVerifier(
                token -> {
                    waiting.countDown();
                    try {
                        provider.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return GOOD;
                },
                true,
                new FailedAttempts(clock),
                Thread::new,
                1);
        List<CompletionStage<TokenVerdict>> slow = new ArrayList<>();
        for (int i = 0; i < AsyncTokenVerifier.THREADS; i++) {
            slow.add(tokens.check("good", ADDRESS));
        }
        waiting.await();
        slow.add(tokens.check("good", ADDRESS));
        assertThat(end(tokens.check("good", ADDRESS))).isInstanceOf(TokenVerdict.Unknown.class);
        assertThat(slow).noneMatch(check -> check.toCompletableFuture().isDone());
        provider.countDown();
        assertThat(slow).allSatisfy(check -> assertThat(end(check)).isEqualTo(GOOD));
        tokens.close();
    }
}
