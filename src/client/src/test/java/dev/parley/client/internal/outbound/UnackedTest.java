package dev.parley.client.internal.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.client.ParleyException;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class UnackedTest {
    private static final long MILLI = 1_000_000L;
    private static final SendCallback<ServerMessage.Ack> NOBODY = new SendCallback<>() {
        @Override
        public void succeeded(ServerMessage.Ack answer) {}

        @Override
        public void failed(ParleyException why) {}
    };

    private final TokenBucket pace = new TokenBucket();
    private final Unacked unacked = new Unacked(pace);
    private long now = Long.MAX_VALUE - 3;

    private void add(String... ids) {
        for (String id : ids) {
            unacked.add(new Unacked.Entry(id, "{}", now, now + 1_000 * MILLI, NOBODY));
        }
    }

    /** Takes all messages that may be written now. */
    private String write() {
        List<String> written = new ArrayList<>();
        for (Optional<Unacked.Entry> next = unacked.next(now); next.isPresent(); next = unacked.next(now)) {
            written.add(next.get().id());
        }
        return String.join(" ", written);
    }

    @Test
    void messagesAreWrittenOncePerConnectionInOrder() {
        add("a", "b", "c");
        assertThat(write()).isEqualTo("a b c");
        assertThat(write()).isEmpty();
        unacked.connectionLost();
        assertThat(write()).isEqualTo("a b c");
    }

    @Test
    void answeredMessageIsNotWrittenAgain() {
        add("a", "b", "c");
        write();
        assertThat(unacked.settle("b")).isPresent();
        assertThat(unacked.settle("b")).isEmpty();
        unacked.connectionLost();
        assertThat(write()).isEqualTo("a c");
    }

    @Test
    void messagesAfterARefusedOneWaitForIt() {
        add("a", "b", "c");
        write();
        unacked.settle("a");
        unacked.refused("b", Optional.of(Duration.ofMillis(200)), now);
        add("d");
        now += 300 * MILLI;
        assertThat(write()).as("before c is answered").isEmpty();
        unacked.refused("c", Optional.of(Duration.ofMillis(200)), now);
        assertThat(write()).isEqualTo("b c d");
    }

    @Test
    void refusedMessageWaitsForItsRetryDelay() {
        add("a", "b");
        write();
        unacked.refused("a", Optional.of(Duration.ofMillis(200)), now);
        unacked.refused("b", Optional.of(Duration.ofMillis(200)), now);
        assertThat(write()).isEmpty();
        assertThat(unacked.waitNanos(now)).hasValue(200 * MILLI);
        now += 200 * MILLI;
        assertThat(write()).isEqualTo("a b");
    }

    @Test
    void windowStartsSmallAndGrowsWithAcks() {
        for (int i = 0; i < 20; i++) {
            add("m" + i);
        }
        assertThat(write().split(" ")).hasSize(8);
        unacked.settle("m0");
        assertThat(write()).isEqualTo("m8 m9");
    }

    @Test
    void rateLimitOfTheWelcomeIsKept() {
        pace.limit(10, 2, now);
        add("a", "b", "c");
        assertThat(write()).isEqualTo("a b");
        long wait = unacked.waitNanos(now).orElseThrow();
        assertThat(wait).isBetween(99 * MILLI, 101 * MILLI);
        now += wait;
        assertThat(write()).isEqualTo("c");
    }

    @Test
    void expiredMessagesAreRemoved() {
        add("a");
        now += 600 * MILLI;
        add("b");
        write();
        now += 400 * MILLI;
        assertThat(unacked.expire(now)).extracting(Unacked.Entry::id).containsExactly("a");
        unacked.connectionLost();
        assertThat(write()).isEqualTo("b");
    }

    /** A correct server on connections that break: it accepts every message once and in order. */
    @Property(tries = 2_000)
    void everyMessageIsAcceptedOnceAndInOrder(@ForAll Random random, @ForAll @IntRange(min = 1, max = 30) int count) {
        Unacked sender = new Unacked(new TokenBucket());
        List<String> stored = new ArrayList<>();
        Deque<String> onLine = new ArrayDeque<>();
        Optional<String> held = Optional.empty();
        int added = 0;
        long time = 0;
        int settled = 0;
        for (int step = 0; settled < count; step++) {
            assertThat(step).as("steps").isLessThan(20_000);
            int what = random.nextInt(12);
            if (added < count && what < 4) {
                sender.add(new Unacked.Entry("m" + added++, "{}", time, Long.MAX_VALUE / 2, NOBODY));
            } else if (what < 7) {
                sender.next(time).ifPresent(entry -> onLine.add(entry.id()));
            } else if (what < 10 && !onLine.isEmpty()) {
                String id = onLine.remove();
                boolean waits = held.isPresent() && !held.get().equals(id);
                if (waits || random.nextInt(4) == 0) {
                    held = held.or(() -> Optional.of(id));
                    sender.refused(id, Optional.of(Duration.ofMillis(1)), time);
                } else {
                    held = Optional.empty();
                    if (!stored.contains(id)) {
                        stored.add(id);
                    }
                    // The ack may be lost with the connection.
                    if (random.nextInt(5) > 0) {
                        settled += sender.settle(id).isPresent() ? 1 : 0;
                    } else {
                        onLine.clear();
                        held = Optional.empty();
                        sender.connectionLost();
                    }
                }
            } else if (what == 11) {
                time += MILLI;
            }
        }
        assertThat(stored).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(stored.get(i)).isEqualTo("m" + i);
        }
        assertThat(sender.count()).isZero();
    }
}
