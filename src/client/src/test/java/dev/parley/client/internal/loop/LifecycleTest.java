package dev.parley.client.internal.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.client.ClientState;
import dev.parley.client.ParleyException;
import dev.parley.client.internal.loop.Lifecycle.Effect;
import dev.parley.client.internal.transport.ConnectionFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifecycleTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ConnectionFailure BROKEN = ConnectionFailure.ofClose(1006, "");
    private static final ConnectionFailure REVOKED = ConnectionFailure.ofClose(4505, "");
    private static final ConnectionFailure SLOW = ConnectionFailure.tooSlow(ParleyException.SLOW_CLIENT, "");
    private static final ConnectionFailure BAD_TOKEN = new ConnectionFailure(
            ConnectionFailure.Next.RETRY_ONCE_WITH_FRESH_TOKEN,
            Duration.ZERO,
            new ParleyException("login_refused", "The server does not accept the token."));

    private double random = 1;
    private final Lifecycle lifecycle = new Lifecycle(
            new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(10), 4, Duration.ofSeconds(5)), () -> random);

    /** Effects as text: {@code OPEN}, {@code begin 1}, {@code drop}, {@code wait 1 2000}. */
    private static String words(List<Effect> effects) {
        return effects.stream().map(LifecycleTest::word).collect(Collectors.joining(", "));
    }

    private static String word(Effect effect) {
        if (effect instanceof Effect.Moved moved) {
            return moved.state().name();
        }
        if (effect instanceof Effect.Begin begin) {
            return "begin " + begin.attempt();
        }
        if (effect instanceof Effect.Wait wait) {
            return "wait " + wait.attempt() + " " + wait.delay().toMillis();
        }
        return "drop";
    }

    private void open() {
        lifecycle.connect();
        lifecycle.welcomed(1, 0);
    }

    @Test
    void idleConnectsAtOnce() {
        assertThat(words(lifecycle.connect())).isEqualTo("CONNECTING, begin 1");
    }

    @Test
    void onlyAWelcomeOpensTheClient() {
        lifecycle.connect();
        assertThat(words(lifecycle.welcomed(1, 0))).isEqualTo("OPEN");
        assertThat(lifecycle.welcomed(1, 0)).isEmpty();
    }

    @Test
    void failedAttemptWaitsAndRetries() {
        lifecycle.connect();
        assertThat(words(lifecycle.failed(1, BROKEN, 0))).isEqualTo("drop, WAITING, wait 1 1000");
        assertThat(words(lifecycle.due(1))).isEqualTo("CONNECTING, begin 2");
    }

    @Test
    void lostConnectionWaitsAndRetries() {
        open();
        assertThat(words(lifecycle.failed(1, BROKEN, 0))).isEqualTo("drop, WAITING, wait 1 1000");
    }

    @Test
    void finalCodeClosesTheClient() {
        open();
        assertThat(words(lifecycle.failed(1, REVOKED, 0))).isEqualTo("drop, CLOSED");
        assertThat(lifecycle.connect()).isEmpty();
        assertThat(lifecycle.reconnect()).isEmpty();
        assertThat(lifecycle.due(1)).isEmpty();
    }

    @Test
    void delayGrowsWithFullJitterUpToItsLimit() {
        lifecycle.connect();
        List<String> waits = new ArrayList<>();
        for (int attempt = 1; attempt <= 4; attempt++) {
            random = attempt % 2 == 0 ? 0.5 : 1;
            waits.add(words(lifecycle.failed(attempt, BROKEN, 0)));
            lifecycle.due(attempt);
        }
        assertThat(waits)
                .containsExactly(
                        "drop, WAITING, wait 1 1000",
                        "drop, WAITING, wait 2 1000",
                        "drop, WAITING, wait 3 4000",
                        "drop, WAITING, wait 4 4000");
        assertThat(words(lifecycle.failed(5, BROKEN, 0))).isEqualTo("drop, CLOSED");
    }

    @Test
    void onlyALongConnectionResetsTheFailureCount() {
        open();
        lifecycle.failed(1, BROKEN, 0);
        lifecycle.due(1);
        lifecycle.welcomed(2, 0);
        assertThat(words(lifecycle.failed(2, BROKEN, 4 * SECOND))).isEqualTo("drop, WAITING, wait 2 2000");
        lifecycle.due(2);
        lifecycle.welcomed(3, 0);
        assertThat(words(lifecycle.failed(3, BROKEN, 5 * SECOND))).isEqualTo("drop, WAITING, wait 3 1000");
    }

    @Test
    void delayDemandedByTheServerIsObeyedOnce() {
        open();
        lifecycle.ordered(Duration.ofSeconds(60));
        assertThat(words(lifecycle.failed(1, BROKEN, 0))).isEqualTo("drop, WAITING, wait 1 61000");
        lifecycle.due(1);
        assertThat(words(lifecycle.failed(2, BROKEN, 0))).isEqualTo("drop, WAITING, wait 2 2000");
    }

    @Test
    void delayDemandedByTheServerIsLimited() {
        open();
        lifecycle.ordered(Duration.ofDays(365));
        assertThat(words(lifecycle.failed(1, BROKEN, 0))).isEqualTo("drop, WAITING, wait 1 3601000");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, 999})
    void delayDemandedByTheServerHasAMinimum(long reconnectAfterMillis) {
        random = 0;
        open();
        lifecycle.ordered(Duration.ofMillis(reconnectAfterMillis));
        assertThat(words(lifecycle.failed(1, BROKEN, 0))).isEqualTo("drop, WAITING, wait 1 1000");
    }

    @Test
    void retryAfterIsObeyed() {
        lifecycle.connect();
        ConnectionFailure later =
                new ConnectionFailure(ConnectionFailure.Next.RETRY, Duration.ofSeconds(7), BROKEN.why());
        assertThat(words(lifecycle.failed(1, later, 0))).isEqualTo("drop, WAITING, wait 1 8000");
    }

    @Test
    void slowClientDoesNotCountAsAFailure() {
        open();
        for (int attempt = 1; attempt <= 9; attempt++) {
            assertThat(words(lifecycle.failed(attempt, SLOW, 0))).isEqualTo("drop, WAITING, wait " + attempt + " 1000");
            lifecycle.due(attempt);
            lifecycle.welcomed(attempt + 1, 0);
        }
        assertThat(lifecycle.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void backlogBeforeTheWelcomeCountsAsAFailure() {
        lifecycle.connect();
        for (int attempt = 1; attempt <= 4; attempt++) {
            lifecycle.failed(attempt, SLOW, 0);
            lifecycle.due(attempt);
        }
        assertThat(words(lifecycle.failed(5, SLOW, 0))).isEqualTo("drop, CLOSED");
    }

    @Test
    void longConnectionResetsTheCountThoughItEndsAsSlow() {
        lifecycle.connect();
        for (int attempt = 1; attempt <= 3; attempt++) {
            lifecycle.failed(attempt, BROKEN, 0);
            lifecycle.due(attempt);
        }
        lifecycle.welcomed(4, 0);
        assertThat(words(lifecycle.failed(4, SLOW, 5 * SECOND))).isEqualTo("drop, WAITING, wait 4 1000");
    }

    @Test
    void refusedTokenIsFollowedByOneFreshToken() {
        lifecycle.connect();
        assertThat(words(lifecycle.failed(1, BAD_TOKEN, 0))).isEqualTo("drop, WAITING, wait 1 1000");
        lifecycle.due(1);
        assertThat(words(lifecycle.failed(2, BROKEN, 0))).isEqualTo("drop, WAITING, wait 2 2000");
        lifecycle.due(2);
        assertThat(words(lifecycle.failed(3, BAD_TOKEN, 0))).isEqualTo("drop, CLOSED");
    }

    @Test
    void welcomeResetsTheRefusedToken() {
        lifecycle.connect();
        lifecycle.failed(1, BAD_TOKEN, 0);
        lifecycle.due(1);
        lifecycle.welcomed(2, 0);
        lifecycle.failed(2, BROKEN, 0);
        lifecycle.due(2);
        assertThat(words(lifecycle.failed(3, BAD_TOKEN, 0))).startsWith("drop, WAITING");
    }

    @Test
    void refusedTokenInTheLastAttemptIsTheReason() {
        Lifecycle once = new Lifecycle(
                new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(10), 0, Duration.ofSeconds(5)), () -> random);
        once.connect();
        assertThat(once.failed(1, BAD_TOKEN, 0))
                .contains(new Effect.Moved(ClientState.CLOSED, Optional.of(BAD_TOKEN.why())));
    }

    @Test
    void reconnectWhileWaitingStartsAtOnceAndVoidsTheTimer() {
        lifecycle.connect();
        lifecycle.failed(1, BROKEN, 0);
        assertThat(words(lifecycle.reconnect())).isEqualTo("CONNECTING, begin 2");
        assertThat(lifecycle.due(1)).isEmpty();
        assertThat(lifecycle.reconnect()).as("while connecting").isEmpty();
    }

    @Test
    void reconnectReplacesAnOpenConnection() {
        open();
        assertThat(words(lifecycle.reconnect())).isEqualTo("drop, WAITING, wait 1 0");
        assertThat(words(lifecycle.due(1))).isEqualTo("CONNECTING, begin 2");
    }

    @Test
    void noAttemptStartsWhileHeld() {
        open();
        lifecycle.hold(true);
        lifecycle.failed(1, BROKEN, 0);
        assertThat(lifecycle.due(1)).isEmpty();
        assertThat(words(lifecycle.hold(false))).isEqualTo("CONNECTING, begin 2");
    }

    @Test
    void releaseBeforeTheEndOfTheDelayKeepsTheDelay() {
        open();
        lifecycle.hold(true);
        lifecycle.failed(1, BROKEN, 0);
        assertThat(lifecycle.hold(false)).isEmpty();
        assertThat(words(lifecycle.due(1))).isEqualTo("CONNECTING, begin 2");
    }

    @Test
    void eventsOfEarlierAttemptsAreIgnored() {
        open();
        lifecycle.failed(1, BROKEN, 0);
        lifecycle.due(1);
        assertThat(lifecycle.isCurrent(1)).isFalse();
        assertThat(lifecycle.welcomed(1, 0)).isEmpty();
        assertThat(lifecycle.failed(1, REVOKED, 0)).isEmpty();
        lifecycle.welcomed(2, 0);
        assertThat(lifecycle.failed(1, REVOKED, 0)).isEmpty();
        assertThat(lifecycle.state()).isEqualTo(ClientState.OPEN);
    }

    @Test
    void everyStateCanClose() {
        assertThat(words(new Lifecycle(Backoff.DEFAULT, () -> 0).end(BROKEN.why())))
                .isEqualTo("drop, CLOSED");
        open();
        assertThat(words(lifecycle.end(BROKEN.why()))).isEqualTo("drop, CLOSED");
        assertThat(lifecycle.end(BROKEN.why())).isEmpty();
    }

    @Test
    void noTransitionLeavesClosed() {
        for (ClientState next : ClientState.values()) {
            assertThat(Lifecycle.mayMove(ClientState.CLOSED, next)).isFalse();
        }
        assertThat(Lifecycle.mayMove(ClientState.IDLE, ClientState.OPEN)).isFalse();
        assertThat(Lifecycle.mayMove(ClientState.WAITING, ClientState.OPEN)).isFalse();
        assertThatThrownBy(() -> new Backoff(Duration.ZERO, 2, Duration.ofSeconds(1), 1, Duration.ZERO))
                .hasMessageContaining("reconnectDelay must be positive, but is PT0S");
    }

    /** For every sequence of events, of any attempt: an attempt begins only after the one before it was dropped. */
    @Property(tries = 3_000)
    void neverTwoAttemptsAtATime(@ForAll @Size(max = 60) List<@IntRange(max = 19) Integer> events) {
        Lifecycle any = new Lifecycle(
                new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(10), 100, Duration.ofSeconds(5)), () -> 0.5);
        int underWay = 0;
        for (int event : events) {
            int attempt = Math.max(1, any.attempt() - event % 3);
            List<Effect> effects =
                    switch (event / 2) {
                        case 0 -> any.connect();
                        case 1, 2 -> any.welcomed(attempt, 0);
                        case 3, 4 -> any.failed(attempt, BROKEN, 0);
                        case 5 -> any.due(attempt);
                        case 6 -> any.reconnect();
                        case 7 -> any.hold(event % 2 == 0);
                        case 8 -> any.failed(attempt, SLOW, 0);
                        default -> any.due(any.attempt());
                    };
            for (Effect effect : effects) {
                if (effect instanceof Effect.Begin) {
                    underWay++;
                } else if (effect instanceof Effect.Drop) {
                    underWay = 0;
                }
                assertThat(underWay).isLessThanOrEqualTo(1);
            }
        }
    }
}
