package dev.parley.server.dispatch.budget;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.session.ManualClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairBudgetTest {
    private static final int A_SECOND = 10;
    private static final int AT_ONCE = 30;

    private final ManualClock clock = new ManualClock();
    private final FairBudget budget = new FairBudget(new FairBudget.Limits(A_SECOND, AT_ONCE, 1, 2), clock);

    private final Map<String, Integer> taken = new HashMap<>();

    /** @return whether it got it */
    private boolean ask(String guest) {
        boolean isTaken = budget.take(guest, 1).isEmpty();
        taken.merge(guest, isTaken ? 1 : 0, Integer::sum);
        return isTaken;
    }

    private int all() {
        return taken.values().stream().mapToInt(count -> count).sum();
    }

    @Test
    void oneGuestMayTakeTheWholeBudget() {
        for (int i = 0; i < AT_ONCE; i++) {
            assertThat(ask("ana")).isTrue();
        }
        // The first of its share.
        assertThat(ask("ana")).isTrue();
        assertThat(ask("ana")).isFalse();
    }

    @Test
    void refusalSaysWhenTheShareIsThere() {
        while (ask("ana")) {
            // Takes all.
        }
        long wait = budget.take("ana", 1).orElseThrow();
        clock.advance(Duration.ofMillis(wait));
        assertThat(ask("ana")).isTrue();
    }

    @Test
    void newNamesGetNoMoreThanTheBudgetAndTheirFirst() {
        int names = 60;
        for (int second = 0; second < 6; second++) {
            for (int name = 0; name < names; name++) {
                for (int message = 0; message < 10; message++) {
                    ask("guest-" + name);
                }
            }
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(all()).isBetween(AT_ONCE + 5 * A_SECOND, AT_ONCE + 5 * A_SECOND + names);
    }

    @Test
    void floodLeavesTheOthersTheirShares() {
        int flooders = 20;
        Duration step = Duration.ofMillis(10);
        int seconds = 100;
        for (int i = 0; i < seconds * 100; i++) {
            for (int flooder = 0; flooder < flooders; flooder++) {
                ask("flooder-" + flooder);
            }
            // Asks seldom, and always after the others.
            if (i % 100 == 0) {
                ask("ana");
            }
            clock.advance(step);
        }
        double share = (double) seconds * A_SECOND / (flooders + 1);
        assertThat((double) taken.get("ana")).isGreaterThanOrEqualTo(0.9 * share);
        for (int flooder = 0; flooder < flooders; flooder++) {
            assertThat((double) taken.get("flooder-" + flooder)).isBetween(0.8 * share, 1.2 * share + AT_ONCE);
        }
        assertThat(all()).isLessThanOrEqualTo(AT_ONCE + seconds * A_SECOND + 2 * (flooders + 1));
    }

    @Test
    void budgetIsUsedUpAlsoIfSomeGuestsAreQuiet() {
        for (int i = 0; i < 20; i++) {
            ask("quiet-" + i);
        }
        int before = all();
        int seconds = 30;
        for (int i = 0; i < seconds * 100; i++) {
            ask("busy");
            clock.advance(Duration.ofMillis(10));
        }
        assertThat(all() - before).isGreaterThanOrEqualTo(seconds * A_SECOND);
    }

    @Test
    void shareMayBeSavedForALargeRequest() {
        FairBudget bytes = new FairBudget(new FairBudget.Limits(1_000, 10_000, 100, 8_000), clock);
        assertThat(bytes.take("ana", 10_000)).isEmpty();
        for (int i = 0; i < 4; i++) {
            bytes.take("flooder-" + i, 100);
        }
        long wait = bytes.take("ana", 8_000).orElseThrow();
        // Five guests share 1,000 a second.
        assertThat(wait).isBetween(39_000L, 41_000L);
        for (long millis = 0; millis < wait; millis += 100) {
            for (int i = 0; i < 4; i++) {
                bytes.take("flooder-" + i, 50);
            }
            clock.advance(Duration.ofMillis(100));
        }
        assertThat(bytes.take("ana", 8_000)).isEmpty();
    }

    @Test
    void withoutSharesTheBucketAloneCounts() {
        FairBudget signIns = new FairBudget(new FairBudget.Limits(1, 3, 0, 0), clock);
        for (int i = 0; i < 3; i++) {
            assertThat(signIns.take("guest-" + i, 1)).isEmpty();
        }
        assertThat(signIns.take("guest-4", 1)).hasValue(1_001);
        clock.advance(Duration.ofMillis(1_001));
        assertThat(signIns.take("guest-5", 1)).isEmpty();
    }

    @Test
    void guestIsForgottenAfterAMinute() {
        while (ask("ana")) {
            // Takes all.
        }
        for (int i = 0; i < 9; i++) {
            ask("once-" + i);
        }
        assertThat(budget.take("ana", 1).orElseThrow()).as("one of ten").isGreaterThan(900);
        clock.advance(Duration.ofSeconds(61));
        while (ask("ana")) {
            // Takes all.
        }
        assertThat(budget.take("ana", 1).orElseThrow()).as("ana is alone").isLessThanOrEqualTo(101);
    }
}
