package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Identity;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RatesTest {
    private static final int BYTES_AT_ONCE = 5_000;

    private final Session ana = signedIn(Identity.guest("Ana"));
    private final Rates rates = new Rates(new Rates.Limits(1, 1_000, 30, BYTES_AT_ONCE, 2));

    private static Session signedIn(Identity who) {
        Session session = TestSession.on(RecordingTransport.completing()).open();
        session.signIn(who);
        return session;
    }

    private void take(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(rates.take(ana, Rates.Kind.MESSAGE)).isEmpty();
        }
    }

    @Test
    void threeSecondsWorthMayComeAtOnce() {
        assertThat(rates.messagesPerSecond()).isOne();
        assertThat(rates.burst()).isEqualTo(3);
        take(3);
        OptionalLong wait = rates.take(ana, Rates.Kind.MESSAGE);
        assertThat(wait).isPresent();
        assertThat(wait.getAsLong()).isBetween(1L, 1_001L);
    }

    @Test
    void everyUserHasARateOfItsOwn() {
        take(3);
        assertThat(rates.take(signedIn(Identity.guest("Ben")), Rates.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void allSessionsOfAUserShareOne() {
        take(3);
        assertThat(rates.take(signedIn(Identity.guest("Ana")), Rates.Kind.MESSAGE))
                .isPresent();
    }

    @Test
    void whoIsNotSignedInSharesWithItsAddressAndNobodyElse() {
        assertThat(rates.take(TestSession.on(RecordingTransport.completing()).open(), Rates.Kind.BYTES, BYTES_AT_ONCE))
                .isEmpty();
        assertThat(rates.take(TestSession.on(RecordingTransport.completing()).open(), Rates.Kind.BYTES, BYTES_AT_ONCE))
                .isPresent();
        assertThat(rates.take(ana, Rates.Kind.BYTES, BYTES_AT_ONCE)).isEmpty();
    }

    @Test
    void guestAndUserOfOneNameAreTwo() {
        take(3);
        assertThat(rates.take(
                        signedIn(Identity.user("Ana", Set.of(), Instant.EPOCH, Optional.empty())), Rates.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void kindsAreCountedApart() {
        take(3);
        for (Rates.Kind kind : Rates.Kind.values()) {
            assertThat(rates.take(ana, kind).isPresent()).isEqualTo(kind == Rates.Kind.MESSAGE);
        }
    }

    @Test
    void everyKindEnds() {
        for (Rates.Kind kind : Rates.Kind.values()) {
            int taken = 0;
            while (rates.take(ana, kind).isEmpty()) {
                assertThat(++taken).isLessThan(20_000);
            }
        }
    }

    @Test
    void zeroIsNoLimitOfAnyKind() {
        Rates off = new Rates(new Rates.Limits(0, 1_000, 30, 1_000, 2));
        for (Rates.Kind kind : Rates.Kind.values()) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(off.take(ana, kind)).isEmpty();
            }
        }
        assertThat(off.burst()).isZero();
        assertThat(off.messagesPerSecond()).isZero();
    }
}
