package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.Identity;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final int BYTES_AT_ONCE = 5_000;

    private final Session ana = signedIn(Identity.guest("Ana"));
    private final RateLimiter rateLimiter = new RateLimiter(new RateLimiter.Limits(1, 1_000, 30, BYTES_AT_ONCE, 2));

    private static Session signedIn(Identity who) {
        Session session = TestSession.on(RecordingTransport.completing()).open();
        session.signIn(who);
        return session;
    }

    private void take(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(rateLimiter.take(ana, RateLimiter.Kind.MESSAGE)).isEmpty();
        }
    }

    @Test
    void burstIsThreeSecondsOfTheRate() {
        assertThat(rateLimiter.messagesPerSecond()).isOne();
        assertThat(rateLimiter.burst()).isEqualTo(3);
        take(3);
        OptionalLong wait = rateLimiter.take(ana, RateLimiter.Kind.MESSAGE);
        assertThat(wait).isPresent();
        assertThat(wait.getAsLong()).isBetween(1L, 1_001L);
    }

    @Test
    void usersHaveSeparateRates() {
        take(3);
        assertThat(rateLimiter.take(signedIn(Identity.guest("Ben")), RateLimiter.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void sessionsOfAUserShareItsRate() {
        take(3);
        assertThat(rateLimiter.take(signedIn(Identity.guest("Ana")), RateLimiter.Kind.MESSAGE))
                .isPresent();
    }

    @Test
    void requestsFromOneIpv6NetworkShareALimit() {
        assertThat(IntStream.range(0, 10_000)
                        .mapToObj(i -> rateLimiter.takeRequest("2001:db8::" + Integer.toHexString(i))))
                .anyMatch(OptionalLong::isPresent);
        assertThat(rateLimiter.takeRequest("2001:db8:0:1::1")).isEmpty();
    }

    @Test
    void sessionsBeforeSignInShareTheRateOfTheirAddress() {
        assertThat(rateLimiter.take(
                        TestSession.on(RecordingTransport.completing()).open(), RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                .isEmpty();
        assertThat(rateLimiter.take(
                        TestSession.on(RecordingTransport.completing()).open(), RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                .isPresent();
        assertThat(rateLimiter.take(ana, RateLimiter.Kind.BYTES, BYTES_AT_ONCE)).isEmpty();
    }

    @Test
    void guestAndUserOfTheSameNameHaveSeparateRates() {
        take(3);
        assertThat(rateLimiter.take(
                        signedIn(Identity.user("Ana", Set.of(), Instant.EPOCH, Optional.empty())),
                        RateLimiter.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void kindsAreCountedSeparately() {
        take(3);
        for (RateLimiter.Kind kind : RateLimiter.Kind.values()) {
            assertThat(rateLimiter.take(ana, kind).isPresent()).isEqualTo(kind == RateLimiter.Kind.MESSAGE);
        }
    }

    @Test
    void everyKindIsLimited() {
        for (RateLimiter.Kind kind : RateLimiter.Kind.values()) {
            int taken = 0;
            while (rateLimiter.take(ana, kind).isEmpty()) {
                assertThat(++taken).isLessThan(20_000);
            }
        }
    }

    @Test
    void zeroTurnsAllLimitsOff() {
        RateLimiter off = new RateLimiter(new RateLimiter.Limits(0, 1_000, 30, 1_000, 2));
        for (RateLimiter.Kind kind : RateLimiter.Kind.values()) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(off.take(ana, kind)).isEmpty();
            }
        }
        assertThat(off.burst()).isZero();
        assertThat(off.messagesPerSecond()).isZero();
    }
}
