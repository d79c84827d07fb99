package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.budget.BudgetKeys;
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

    private final Session ana = signedIn(TestSession.guest("Ana"));
    private final RateLimiter rateLimiter = limiter(0);

    /** @param guests users' limits that the guests of an address share */
    private static RateLimiter limiter(int guests) {
        return new RateLimiter(new RateLimiter.Limits(1, 1_000, 30, BYTES_AT_ONCE, 2, guests), System::nanoTime);
    }

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
        RateLimiter.Excess excess =
                rateLimiter.take(ana, RateLimiter.Kind.MESSAGE).orElseThrow();
        assertThat(excess.retryAfterMillis()).isBetween(1L, 1_001L);
        assertThat(excess.isShared()).isFalse();
    }

    @Test
    void usersHaveSeparateRates() {
        take(3);
        assertThat(rateLimiter.take(signedIn(TestSession.guest("Ben")), RateLimiter.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void sessionsOfAUserShareItsRate() {
        take(3);
        assertThat(rateLimiter.take(signedIn(TestSession.guest("Ana")), RateLimiter.Kind.MESSAGE))
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
        RateLimiter off = new RateLimiter(new RateLimiter.Limits(0, 1_000, 30, 1_000, 2, 10), System::nanoTime);
        for (RateLimiter.Kind kind : RateLimiter.Kind.values()) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(off.take(ana, kind)).isEmpty();
            }
        }
        assertThat(off.burst()).isZero();
        assertThat(off.messagesPerSecond()).isZero();
    }

    private static Session guestAt(String address, String name) {
        return TestSession.on(RecordingTransport.completing()).address(address).openAs(name);
    }

    /** How often new guests of an address may do this, one after the other, before one is refused. */
    private static int newGuests(RateLimiter limiter, RateLimiter.Kind kind, long count) {
        for (int i = 0; i < 1_000; i++) {
            Optional<RateLimiter.Excess> excess = kind == RateLimiter.Kind.SIGN_IN
                    ? limiter.takeSignIn(guestAt("192.0.2.1", "-"), TestSession.guest("guest-" + i))
                    : limiter.take(guestAt("192.0.2.1", "guest-" + i), kind, count);
            if (excess.isPresent()) {
                assertThat(excess.get().isShared()).isTrue();
                return i;
            }
        }
        return 1_000;
    }

    @Test
    void newNamesOfAnAddressShareABudgetOfBytes() {
        // Ten users' bursts; a new name has a share of one frame only.
        assertThat(newGuests(limiter(10), RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                .isBetween(10, 30);
        assertThat(newGuests(limiter(0), RateLimiter.Kind.BYTES, BYTES_AT_ONCE)).isEqualTo(1_000);
    }

    @Test
    void newNamesOfAnAddressShareABudgetOfFirstLogins() {
        assertThat(newGuests(limiter(10), RateLimiter.Kind.SIGN_IN, 1)).isBetween(60, 80);
        assertThat(newGuests(limiter(0), RateLimiter.Kind.SIGN_IN, 1)).isEqualTo(1_000);
    }

    @Test
    void guestsOfOtherAddressesAndUsersDoNotShareIt() {
        RateLimiter shared = limiter(10);
        newGuests(shared, RateLimiter.Kind.BYTES, BYTES_AT_ONCE);
        assertThat(shared.take(guestAt("192.0.2.2", "Ben"), RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                .isEmpty();
        assertThat(shared.take(
                        signedIn(Identity.user("Ana", Set.of(), Instant.EPOCH, Optional.empty())),
                        RateLimiter.Kind.BYTES,
                        BYTES_AT_ONCE))
                .isEmpty();
    }

    @Test
    void guestsOfOneIpv6NetworkShareABudget() {
        RateLimiter shared = limiter(1);
        assertThat(shared.take(guestAt("2001:db8::1", "Ben"), RateLimiter.Kind.CHANNEL, 100))
                .isEmpty();
        assertThat(shared.take(guestAt("2001:db8::2", "Cid"), RateLimiter.Kind.CHANNEL, 100))
                .isPresent();
        assertThat(shared.take(guestAt("2001:db8:0:1::1", "Dan"), RateLimiter.Kind.CHANNEL, 100))
                .isEmpty();
    }

    @Test
    void fileThatTheOthersKeepOutCostsTheGuestNothing() {
        RateLimiter shared = limiter(1);
        assertThat(shared.take(guestAt("192.0.2.1", "Ben"), RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                .isEmpty();
        Session cid = guestAt("192.0.2.1", "Cid");
        for (int i = 0; i < 5; i++) {
            assertThat(shared.take(cid, RateLimiter.Kind.BYTES, BYTES_AT_ONCE))
                    .hasValueSatisfying(excess -> assertThat(excess.isShared()).isTrue());
        }
    }

    @Test
    void everyKindOfAGuestsWorkIsShared() {
        for (RateLimiter.Kind kind : RateLimiter.Kind.values()) {
            if (kind != RateLimiter.Kind.REQUEST) {
                RateLimiter shared = limiter(1);
                int names = 0;
                while (newGuestIsAllowed(shared, kind, "guest-" + names)) {
                    assertThat(++names).as(kind.name()).isLessThan(20_000);
                }
            }
        }
    }

    /** Lets a new guest do as much as it may. Returns whether it was refused for its own limit, or did enough. */
    private static boolean newGuestIsAllowed(RateLimiter limiter, RateLimiter.Kind kind, String name) {
        Session guest = guestAt("192.0.2.1", name);
        for (int i = 0; i < 20_000; i++) {
            Optional<RateLimiter.Excess> excess = limiter.take(guest, kind);
            if (excess.isPresent()) {
                return !excess.get().isShared();
            }
        }
        return true;
    }

    @Test
    void guestsShareWritesOfReadMarksAndUsersHaveNoDelay() {
        RateLimiter shared = limiter(1);
        int names = 0;
        while (shared.markDelay(BudgetKeys.of(guestAt("192.0.2.1", "Ben"))) == 0) {
            assertThat(++names).isLessThan(100);
        }
        assertThat(names).isGreaterThanOrEqualTo(30);
        assertThat(shared.markDelay(BudgetKeys.of(guestAt("192.0.2.2", "Ben")))).isZero();
        Session user = signedIn(Identity.user("Ben", Set.of(), Instant.EPOCH, Optional.empty()));
        for (int i = 0; i < 100; i++) {
            assertThat(shared.markDelay(BudgetKeys.of(user))).isZero();
        }
    }
}
