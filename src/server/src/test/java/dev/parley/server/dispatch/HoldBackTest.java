package dev.parley.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.session.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HoldBackTest {
    private static final HoldBack.Refusal AWAY = new HoldBack.Refusal(ErrorCode.STORE_UNAVAILABLE, "Away.", 1_000);

    private final ManualClock clock = new ManualClock();
    private final HoldBack holdBack = new HoldBack(clock);

    @Test
    void nothingIsHeldBackWhereNothingWasRefused() {
        assertThat(holdBack.blocks(Optional.of("a"))).isEmpty();
        assertThat(holdBack.mayFollow(holdBack.era())).isTrue();
    }

    @Test
    void laterMessagesGetTheSameErrorUntilTheRefusedOneComesAgain() {
        holdBack.refused("a", AWAY);

        assertThat(holdBack.blocks(Optional.of("b"))).contains(AWAY);
        assertThat(holdBack.blocks(Optional.empty())).contains(AWAY);
        assertThat(holdBack.blocks(Optional.of("a"))).isEmpty();
        assertThat(holdBack.blocks(Optional.of("b"))).isEmpty();
    }

    @Test
    void laterMessagesGoOnWhenItsTimeAndFiveSecondsAreOver() {
        holdBack.refused("a", AWAY);

        clock.advance(Duration.ofMillis(5_999));
        assertThat(holdBack.blocks(Optional.of("b"))).contains(AWAY);
        clock.advance(Duration.ofMillis(1));
        assertThat(holdBack.blocks(Optional.of("b"))).isEmpty();
    }

    @Test
    void whatWasSentToTheStoreAfterAFailedOneIsNotStored() {
        int era = holdBack.era();
        holdBack.failed("a", AWAY, era);

        assertThat(holdBack.mayFollow(era)).isFalse();
        assertThat(holdBack.blocks(Optional.of("a"))).isEmpty();
        assertThat(holdBack.mayFollow(era))
                .as("it would overtake the one that came again")
                .isFalse();
        assertThat(holdBack.mayFollow(holdBack.era())).isTrue();
    }

    @Test
    void whatWasSentToTheStoreBeforeARefusedOneIsStored() {
        int era = holdBack.era();
        holdBack.refused("b", AWAY);

        assertThat(holdBack.mayFollow(era)).isTrue();
    }

    @Test
    void theEarlierOneComesFirstWhereTwoWereRefused() {
        int era = holdBack.era();
        holdBack.refused("b", AWAY);
        holdBack.failed("a", AWAY, era);

        assertThat(holdBack.blocks(Optional.of("b"))).contains(AWAY);
        assertThat(holdBack.blocks(Optional.of("a"))).isEmpty();
        assertThat(holdBack.blocks(Optional.of("b"))).isEmpty();
    }

    /** What is in the store's queue. */
    private record Queued(int message, int era) {}

    /**
     * A sender that sends what is unacknowledged again, in order, whenever it hears of a refusal; a store and a rate that
     * refuse at random: what gets stored is in order, whatever comes when.
     */
    @Property(tries = 3_000)
    void aSendersOrderSurvives(@ForAll @Size(min = 20, max = 120) List<Step> steps) {
        HoldBack order = new HoldBack(new ManualClock());
        Deque<Queued> queue = new ArrayDeque<>();
        List<Integer> stored = new ArrayList<>();
        int sent = 0;
        int cursor = 0;
        boolean isRefused = false;
        for (Step step : steps) {
            switch (step) {
                case SEND, SEND_OVER_RATE -> {
                    int message = cursor;
                    cursor++;
                    sent = Math.max(sent, cursor);
                    Optional<String> id = Optional.of("m" + message);
                    if (order.blocks(id).isPresent()) {
                        isRefused = true;
                    } else if (step == Step.SEND_OVER_RATE) {
                        order.refused("m" + message, AWAY);
                        isRefused = true;
                    } else {
                        queue.add(new Queued(message, order.era()));
                    }
                }
                case STORE, STORE_FAILS -> {
                    Queued next = queue.poll();
                    if (next == null) {
                        continue;
                    }
                    if (!order.mayFollow(next.era())) {
                        isRefused = true;
                    } else if (step == Step.STORE_FAILS) {
                        order.failed("m" + next.message(), AWAY, next.era());
                        isRefused = true;
                    } else if (!stored.contains(next.message())) {
                        stored.add(next.message());
                    }
                }
                case SEND_AGAIN -> {
                    if (isRefused) {
                        isRefused = false;
                        cursor = firstUnstored(stored, sent);
                    }
                }
            }
        }
        assertThat(stored).isSorted();
    }

    private static int firstUnstored(List<Integer> stored, int sent) {
        for (int message = 0; message < sent; message++) {
            if (!stored.contains(message)) {
                return message;
            }
        }
        return sent;
    }

    enum Step {
        SEND,
        SEND_OVER_RATE,
        STORE,
        STORE_FAILS,
        SEND_AGAIN
    }
}
