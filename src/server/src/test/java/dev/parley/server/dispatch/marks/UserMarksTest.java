package dev.parley.server.dispatch.marks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.server.dispatch.budget.BudgetKeys;
import dev.parley.server.session.TestSession;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UserMarksTest {
    private static final ReadMarks.Reader ANA =
            new ReadMarks.Reader(TestSession.guest("Ana"), BudgetKeys.of(TestSession.guest("Ana"), "192.0.2.1"));
    private static final Channel LOBBY = Channel.Room.LOBBY;
    private static final long PACE = UserMarks.PACE.toNanos();

    private static final ReadMarks.Answer NOBODY = new ReadMarks.Answer() {
        @Override
        public void written(boolean isThere) {}

        @Override
        public void failed(Throwable failure) {}
    };

    private long now = Long.MAX_VALUE - PACE;
    private final UserMarks marks = new UserMarks(now);

    private void add(Channel channel, long seq) {
        marks.add(ANA, channel, seq, NOBODY);
    }

    private static Channel room(int number) {
        return new Channel.Room("room-" + number);
    }

    private UserMarks.Write begin() {
        return marks.next(now).orElseThrow();
    }

    @Test
    void firstReadIsWrittenAtOnce() {
        add(LOBBY, 7);
        UserMarks.Write write = begin();
        assertThat(write.channel()).isEqualTo(LOBBY);
        assertThat(write.seq()).isEqualTo(7);
        marks.written(write);
        assertThat(marks.isIdle()).isTrue();
    }

    @Test
    void highestSeqOfAChannelWins() {
        add(LOBBY, 7);
        add(LOBBY, 9);
        add(LOBBY, 8);
        UserMarks.Write write = begin();
        assertThat(write.seq()).isEqualTo(9);
        assertThat(write.reads()).hasSize(3);
    }

    @Test
    void nextWriteWaitsForItsTime() {
        add(LOBBY, 1);
        marks.written(begin());
        add(LOBBY, 2);
        assertThat(marks.next(now + PACE - 1)).isEmpty();
        assertThat(marks.next(now + PACE)).isPresent();
    }

    @Test
    void readsMergeWhileAWriteIsUnderWay() {
        add(LOBBY, 1);
        UserMarks.Write first = begin();
        now += PACE;
        add(LOBBY, 2);
        add(LOBBY, 3);
        assertThat(marks.next(now)).as("one write at a time").isEmpty();
        marks.written(first);
        assertThat(begin().reads()).hasSize(2);
    }

    @Test
    void channelsAreWrittenInTheOrderOfTheirFirstReads() {
        add(room(1), 1);
        add(room(2), 1);
        add(room(1), 5);
        UserMarks.Write first = begin();
        assertThat(first.channel()).isEqualTo(room(1));
        assertThat(first.seq()).isEqualTo(5);
        marks.written(first);
        now += PACE;
        assertThat(begin().channel()).isEqualTo(room(2));
    }

    @Test
    void flushWritesWhatWaitsWithoutAPauseAndNothingElse() {
        add(room(1), 1);
        marks.written(begin());
        add(room(1), 2);
        add(room(2), 2);
        marks.flush();
        marks.written(begin());
        add(room(3), 3);
        marks.written(begin());
        assertThat(marks.next(now)).as("came after the flush").isEmpty();
    }

    @Test
    void postponedWriteWaitsAlsoIfItIsUrgent() {
        add(LOBBY, 1);
        marks.flush();
        marks.postpone(now + PACE);
        assertThat(marks.next(now)).isEmpty();
        assertThat(marks.due(now)).isEmpty();
        assertThat(marks.due(now + PACE)).contains(ANA);
        assertThat(marks.next(now + PACE)).isPresent();
    }

    @Test
    void waitingReadsAreBounded() {
        for (int i = 1; i < UserMarks.READS_MAX; i++) {
            add(LOBBY, i);
        }
        assertThat(marks.room()).isEmpty();
        add(LOBBY, UserMarks.READS_MAX);
        CompletableFuture<?> room = marks.room().orElseThrow();

        UserMarks.Write write = begin();
        assertThat(marks.room()).as("what is being written counts too").isPresent();
        assertThat(marks.written(write)).isEqualTo(Optional.of(room));
        assertThat(marks.room()).isEmpty();
    }

    @Test
    void waitingChannelsAreBounded() {
        for (int i = 1; i < UserMarks.CHANNELS_MAX; i++) {
            add(room(i), 1);
        }
        assertThat(marks.room()).isEmpty();
        add(room(0), 1);
        assertThat(marks.room()).isPresent();
        assertThat(marks.written(begin())).isPresent();
        assertThat(marks.room()).isEmpty();
    }

    @Test
    void stateIsKeptUntilItsPauseIsOver() {
        add(LOBBY, 1);
        assertThat(marks.isOver(now)).isFalse();
        marks.written(begin());
        assertThat(marks.isOver(now)).isFalse();
        assertThat(marks.isOver(now + PACE)).isTrue();
    }
}
