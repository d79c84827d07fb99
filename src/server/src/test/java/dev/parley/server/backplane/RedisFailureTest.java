package dev.parley.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a failure of Redis is told to people. */
class RedisFailureTest {
    @Test
    void nothingIsToldWithoutAFailure() {
        assertThat(RedisBackplane.failure(null)).isEmpty();
    }

    @Test
    void failureIsToldWithItsRootCauseAsASentence() {
        Exception refused = new IllegalStateException("Connect", new IllegalStateException("x", new Error("NOAUTH")));
        assertThat(RedisBackplane.failure(new CompletionException(refused))).contains("Connect: NOAUTH.");
        assertThat(RedisBackplane.failure(new Error("It is full."))).contains("It is full.");
        assertThat(RedisBackplane.failure(new Error())).contains("java.lang.Error.");
    }

    /** On a thread of its own, because a circle that is followed for ever hears no interrupt. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void causesThatAreACircleHaveAnEnd() {
        Exception outer = new IllegalStateException("outer");
        outer.initCause(new IllegalStateException("inner", outer));
        assertThat(RedisBackplane.failure(outer).orElseThrow()).startsWith("outer");
    }
}
