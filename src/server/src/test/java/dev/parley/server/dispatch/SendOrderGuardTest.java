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

class SendOrderGuardTest {
    private static final Refusal UNAVAILABLE = new Refusal(ErrorCode.STORE_UNAVAILABLE, "Unavailable.", 1_000);

    private final ManualClock clock = new ManualClock();
    private final SendOrderGuard sendOrder = new SendOrderGuard(clock);

    private int generation() {
        return sendOrder.admit(Optional.empty()).generation();
    }

    @Test
    void nothingIsHeldBackWithoutARefusal() {
        assertThat(sendOrder.admit(Optional.of("a")).before()).isEmpty();
        assertThat(sendOrder.isCurrent(generation())).isTrue();
    }

    @Test
    void laterMessagesGetTheSameErrorUntilTheRefusedOneIsResent() {
        sendOrder.refused("a", UNAVAILABLE, generation());

        assertThat(sendOrder.admit(Optional.of("b")).before()).contains(UNAVAILABLE);
        assertThat(sendOrder.admit(Optional.empty()).before()).contains(UNAVAILABLE);
        assertThat(sendOrder.admit(Optional.of("a")).before()).isEmpty();
        assertThat(sendOrder.admit(Optional.of("b")).before()).isEmpty();
    }

    @Test
    void laterMessagesAreAdmittedAfterRetryDelayAndFiveSeconds() {
        sendOrder.refused("a", UNAVAILABLE, generation());

        clock.advance(Duration.ofMillis(5_999));
        assertThat(sendOrder.admit(Optional.of("b")).before()).contains(UNAVAILABLE);
        clock.advance(Duration.ofMillis(1));
        assertThat(sendOrder.admit(Optional.of("b")).before()).isEmpty();
    }

    @Test
    void messageSentToTheStoreAfterAFailedOneIsNotStored() {
        int generation = generation();
        sendOrder.failed("a", UNAVAILABLE, generation);

        assertThat(sendOrder.isCurrent(generation)).isFalse();
        assertThat(sendOrder.admit(Optional.of("a")).before()).isEmpty();
        assertThat(sendOrder.isCurrent(generation))
                .as("it would overtake the resent message")
                .isFalse();
        assertThat(sendOrder.isCurrent(generation())).isTrue();
    }

    @Test
    void messageSentToTheStoreBeforeARefusedOneIsStored() {
        int generation = generation();
        sendOrder.refused("b", UNAVAILABLE, generation());

        assertThat(sendOrder.isCurrent(generation)).isTrue();
    }

    @Test
    void earlierOfTwoRefusedMessagesComesFirst() {
        int generation = generation();
        sendOrder.refused("b", UNAVAILABLE, generation());
        sendOrder.failed("a", UNAVAILABLE, generation);

        assertThat(sendOrder.admit(Optional.of("b")).before()).contains(UNAVAILABLE);
        assertThat(sendOrder.admit(Optional.of("a")).before()).isEmpty();
        assertThat(sendOrder.admit(Optional.of("b")).before()).isEmpty();
    }

    @Test
    void messageInLookupDoesNotOvertakeAnEarlierFailedOne() {
        int generation = generation();
        sendOrder.failed("a", UNAVAILABLE, generation);
        sendOrder.refused("b", UNAVAILABLE, generation);

        assertThat(sendOrder.isCurrent(generation)).isFalse();
        assertThat(sendOrder.admit(Optional.of("b")).before()).contains(UNAVAILABLE);
        assertThat(sendOrder.admit(Optional.of("a")).before()).isEmpty();
    }

    /** A message in the store's queue, or one that waits for a lookup before it gets there. */
    private record Underway(int message, int generation) {}

    /**
     * A sender resends its unacknowledged messages in order after each refusal. Lookups, the rate limiter and the store
     * refuse at random.
     */
    @Property(tries = 5_000)
    void messagesOfASenderAreStoredInOrder(@ForAll @Size(min = 20, max = 150) List<Step> steps) {
        SendOrderGuard order = new SendOrderGuard(new ManualClock());
        Deque<Underway> queue = new ArrayDeque<>();
        Optional<Underway> lookup = Optional.empty();
        List<Integer> stored = new ArrayList<>();
        int sent = 0;
        int cursor = 0;
        boolean isRefused = false;
        for (Step step : steps) {
            switch (step) {
                case SEND, SEND_LOOKED_UP, SEND_OVER_RATE -> {
                    // The session's next task waits for the lookup.
                    if (lookup.isPresent()) {
                        continue;
                    }
                    int message = cursor;
                    cursor++;
                    sent = Math.max(sent, cursor);
                    SendOrderGuard.Admission admission = order.admit(Optional.of("m" + message));
                    if (admission.before().isPresent()) {
                        isRefused = true;
                    } else if (step == Step.SEND_OVER_RATE) {
                        order.refused("m" + message, UNAVAILABLE, admission.generation());
                        isRefused = true;
                    } else if (step == Step.SEND_LOOKED_UP) {
                        lookup = Optional.of(new Underway(message, admission.generation()));
                    } else {
                        queue.add(new Underway(message, admission.generation()));
                    }
                }
                case LOOKUP_ENDS -> {
                    lookup.ifPresent(queue::add);
                    lookup = Optional.empty();
                }
                case LOOKUP_FAILS -> {
                    if (lookup.isPresent()) {
                        order.refused(
                                "m" + lookup.get().message(),
                                UNAVAILABLE,
                                lookup.get().generation());
                        lookup = Optional.empty();
                        isRefused = true;
                    }
                }
                case STORE, STORE_FAILS -> {
                    Underway next = queue.poll();
                    if (next == null) {
                        continue;
                    }
                    if (!order.isCurrent(next.generation())) {
                        isRefused = true;
                    } else if (step == Step.STORE_FAILS) {
                        order.failed("m" + next.message(), UNAVAILABLE, next.generation());
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
        SEND_LOOKED_UP,
        SEND_OVER_RATE,
        LOOKUP_ENDS,
        LOOKUP_FAILS,
        STORE,
        STORE_FAILS,
        SEND_AGAIN
    }
}
