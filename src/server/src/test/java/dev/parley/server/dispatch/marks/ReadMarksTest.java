package dev.parley.server.dispatch.marks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.dispatch.budget.BudgetKeys;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.TestSession;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class ReadMarksTest {
    private static final UserKey KEY = UserKey.guest("Ana");
    private static final ReadMarks.Reader ANA =
            new ReadMarks.Reader(TestSession.guest("Ana"), BudgetKeys.of(TestSession.guest("Ana"), "192.0.2.1"));
    private static final Channel LOBBY = Channel.Room.LOBBY;

    private record Write(Channel channel, UserKey reader, long seq, CompletableFuture<Optional<Long>> end) {
        void commit() {
            end.complete(Optional.of(seq));
        }
    }

    private final ManualClock clock = new ManualClock();
    private final Deque<Write> writes = new ArrayDeque<>();
    private final List<Long> notified = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    /** How long the budget that Ana shares lets the next write wait, in ms. */
    private long delay;

    private final ReadMarks marks =
            new ReadMarks(this::write, (who, channel, seq) -> notified.add(seq), payer -> delay, clock);

    private CompletionStage<Optional<Long>> write(Channel channel, UserKey reader, long seq) {
        CompletableFuture<Optional<Long>> end = new CompletableFuture<>();
        writes.add(new Write(channel, reader, seq, end));
        return end;
    }

    /** The answers begin with the seq that was read. */
    private CompletionStage<?> read(Channel channel, long seq) {
        return marks.mark(ANA, channel, seq, new ReadMarks.Answer() {
            @Override
            public void written(boolean isThere) {
                answers.add(seq + (isThere ? " written" : " not there"));
            }

            @Override
            public void failed(Throwable failure) {
                answers.add(seq + " " + failure.getMessage());
            }
        });
    }

    private void pass(Duration time) {
        clock.advance(time);
        marks.sweep();
    }

    @Test
    void eachReadIsAnsweredAfterTheCommitThatCoversIt() {
        read(LOBBY, 1);
        read(LOBBY, 3);
        read(LOBBY, 2);
        assertThat(answers).isEmpty();
        writes.remove().commit();
        assertThat(answers).containsExactly("1 written");
        pass(UserMarks.PACE);
        Write second = writes.remove();
        assertThat(second.seq()).isEqualTo(3);
        second.commit();
        assertThat(answers).containsExactly("1 written", "3 written", "2 written");
        assertThat(notified).containsExactly(1L, 3L);
    }

    @Test
    void tenWritesASecondAreTheMost() {
        int begun = 0;
        for (int millis = 0; millis < 990; millis += 10) {
            read(LOBBY, millis);
            pass(Duration.ofMillis(10));
            while (!writes.isEmpty()) {
                writes.remove().commit();
                begun++;
            }
        }
        assertThat(begun).isEqualTo(10);
    }

    @Test
    void failureIsAnsweredAndTheNextWriteGoesOn() {
        read(LOBBY, 1);
        read(LOBBY, 2);
        writes.remove().end().completeExceptionally(new IllegalStateException("no store"));
        assertThat(answers).containsExactly("1 no store");
        pass(UserMarks.PACE);
        writes.remove().commit();
        assertThat(answers).containsExactly("1 no store", "2 written");
        assertThat(notified).containsExactly(2L);
    }

    @Test
    void channelThatIsNotThereIsAnsweredAndNotTold() {
        read(LOBBY, 1);
        writes.remove().end().complete(Optional.empty());
        assertThat(answers).containsExactly("1 not there");
        assertThat(notified).isEmpty();
    }

    @Test
    void answerThatThrowsDisturbsNoOther() {
        marks.mark(ANA, LOBBY, 1, new ReadMarks.Answer() {
            @Override
            public void written(boolean isThere) {
                throw new IllegalStateException("a bug of the test's");
            }

            @Override
            public void failed(Throwable failure) {}
        });
        read(LOBBY, 2);
        writes.remove().commit();
        pass(UserMarks.PACE);
        writes.remove().commit();
        assertThat(answers).containsExactly("2 written");
    }

    @Test
    void writeWaitsForASharedBudget() {
        delay = 500;
        read(LOBBY, 1);
        assertThat(writes).isEmpty();
        delay = 0;
        pass(Duration.ofMillis(499));
        marks.flush(KEY);
        assertThat(writes).isEmpty();
        pass(Duration.ofMillis(1));
        writes.remove().commit();
        assertThat(answers).containsExactly("1 written");
    }

    @Test
    void senderOfTooManyReadsWaitsForRoom() {
        CompletionStage<?> last = CompletableFuture.completedFuture(null);
        for (int seq = 1; seq <= UserMarks.READS_MAX; seq++) {
            assertThat(last.toCompletableFuture().isDone()).isTrue();
            last = read(LOBBY, seq);
        }
        assertThat(last.toCompletableFuture().isDone()).isFalse();
        writes.remove().commit();
        assertThat(last.toCompletableFuture().isDone()).isTrue();
    }

    @Test
    void flushWritesOneAfterTheOther() {
        for (int i = 1; i <= 5; i++) {
            read(new Channel.Room("room-" + i), i);
        }
        marks.flush(KEY);
        for (int i = 1; i <= 5; i++) {
            Write write = writes.remove();
            assertThat(writes).as("one at a time").isEmpty();
            assertThat(write.seq()).isEqualTo(i);
            write.commit();
        }
        assertThat(answers).hasSize(5);
    }

    @Test
    void closeWritesWhatWaits() {
        read(LOBBY, 1);
        read(LOBBY, 2);
        writes.remove().commit();
        Thread store = new Thread(() -> {
            while (writes.isEmpty()) {
                Thread.onSpinWait();
            }
            writes.remove().commit();
        });
        marks.flush(KEY);
        store.start();
        marks.close();
        assertThat(answers).containsExactly("1 written", "2 written");
    }
}
