package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.Identity;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RatesTest {
    private static final Identity ANA = Identity.guest("Ana");

    private final Rates rates = new Rates(1);

    private void take(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(rates.take(ANA, Rates.Kind.MESSAGE)).isEmpty();
        }
    }

    @Test
    void threeSecondsWorthMayComeAtOnce() {
        assertThat(rates.messagesPerSecond()).isOne();
        assertThat(rates.burst()).isEqualTo(3);
        take(3);
        OptionalLong wait = rates.take(ANA, Rates.Kind.MESSAGE);
        assertThat(wait).isPresent();
        assertThat(wait.getAsLong()).isBetween(1L, 1_001L);
    }

    @Test
    void everyUserHasARateOfItsOwn() {
        take(3);
        assertThat(rates.take(Identity.guest("Ben"), Rates.Kind.MESSAGE)).isEmpty();
    }

    @Test
    void guestAndUserOfOneNameAreTwo() {
        take(3);
        assertThat(rates.take(Identity.user("Ana", Set.of(), Instant.EPOCH), Rates.Kind.MESSAGE))
                .isEmpty();
    }

    @Test
    void kindsAreCountedApart() {
        take(3);
        assertThat(rates.take(ANA, Rates.Kind.QUERY)).isEmpty();
        assertThat(rates.take(ANA, Rates.Kind.METRIC)).isEmpty();
    }

    @Test
    void zeroIsNoLimitOfAnyKind() {
        Rates off = new Rates(0);
        for (Rates.Kind kind : Rates.Kind.values()) {
            for (int i = 0; i < 10_000; i++) {
                assertThat(off.take(ANA, kind)).isEmpty();
            }
        }
        assertThat(off.burst()).isZero();
    }
}
