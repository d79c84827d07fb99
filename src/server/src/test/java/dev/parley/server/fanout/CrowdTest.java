package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.Framing;
import dev.parley.server.session.ManualClock;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many thousand readers of one room that fall behind together. */
class CrowdTest {
    private static final int READERS = 20_000;
    private static final Channel.Room ROOM = Channel.Room.LOBBY;

    private final EventLoop loop = new EventLoop("fan-out", Thread::new);
    private final ScriptedBacklog backlog = new ScriptedBacklog();

    /** Counts the messages, each of which is its seq, and notices if one does not follow the one before. */
    private static final class Counter implements Transport {
        private long next;
        private Optional<Consumer<Boolean>> held = Optional.empty();
        private final boolean isSlow;

        Counter(long after, boolean isSlow) {
            this.next = after + 1;
            this.isSlow = isSlow;
        }

        @Override
        public void send(String text, Consumer<Boolean> whenDone) {
            // Without the answer to its join, which may come before them.
            for (String seq : text.substring(text.lastIndexOf('}') + 1).split("[],\\[]")) {
                if (!seq.isEmpty()) {
                    assertThat(Long.parseLong(seq)).isEqualTo(next++);
                }
            }
            if (isSlow) {
                held = Optional.of(whenDone);
            } else {
                whenDone.accept(true);
            }
        }

        /** Completes the send in flight; false if there is none. */
        boolean complete() {
            Optional<Consumer<Boolean>> done = held;
            held = Optional.empty();
            done.ifPresent(whenDone -> whenDone.accept(true));
            return done.isPresent();
        }

        @Override
        public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
            throw new AssertionError("This session has not asked for binary frames.");
        }

        @Override
        public void ping(ByteBuffer payload) {}

        @Override
        public void close(CloseCode code, String reason) {
            throw new AssertionError("closed with " + code);
        }
    }

    private Counter joins(FanOut fanOut, int number, long after, boolean isSlow) {
        Counter counter = new Counter(after, isSlow);
        Session session =
                TestSession.on(counter).framing(Framing.BATCH).maxBytes(20_000).openAs("reader-" + number);
        ReadFrom from = new ReadFrom(ROOM, new Position("e", after), true, backlog.head(ROOM), 0, 0, System.nanoTime());
        fanOut.join(session, Optional.empty(), ROOM, from, true);
        return counter;
    }

    private void answerAll() {
        loop.runWaiting();
        loop.runTimers();
        while (backlog.isAsked()) {
            backlog.answer();
            loop.runWaiting();
            loop.runTimers();
        }
    }

    @Test
    void whoMissedAFewGetsThemWithoutAQuery() {
        FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, 1_000_000);
        joins(fanOut, 0, 0, false);
        answerAll();
        for (int seq = 1; seq <= 500; seq++) {
            backlog.store(ROOM, 1);
            fanOut.deliver(ROOM, new Position("e", seq), Encoded.of(Integer.toString(seq)), 0);
        }
        answerAll();
        int before = backlog.questions();
        Random random = new Random(1);
        List<Counter> all = IntStream.rangeClosed(1, READERS)
                .mapToObj(i -> joins(fanOut, i, random.nextInt(500), false))
                .toList();
        answerAll();
        assertThat(all).allSatisfy(counter -> assertThat(counter.next).isEqualTo(501));
        assertThat(backlog.questions() - before).isZero();
    }

    @Test
    void othersShareAHandfulOfQueries() {
        backlog.store(ROOM, 3_000);
        FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, 0);
        Random random = new Random(1);
        List<Counter> all = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            all.add(joins(fanOut, i, random.nextInt(1_000), i % 100 == 0));
        }
        answerAll();
        // The slow ones take a frame now and then, each at its own time.
        for (boolean isBusy = true; isBusy; ) {
            isBusy = false;
            for (Counter counter : all) {
                if (counter.isSlow && random.nextBoolean()) {
                    isBusy |= counter.complete();
                }
            }
            isBusy |= all.stream().anyMatch(counter -> counter.held.isPresent());
            answerAll();
        }
        assertThat(all).allSatisfy(counter -> assertThat(counter.next).isEqualTo(3_001));
        assertThat(backlog.questions()).as("queries of %d readers", READERS).isLessThan(100);
    }

    @Test
    void gapIsReadOnceForAll() {
        FanOut fanOut = new FanOut(loop, backlog, MessageCodec::encode, 0);
        List<Counter> all = IntStream.range(0, READERS)
                .mapToObj(i -> joins(fanOut, i, 0, false))
                .toList();
        answerAll();
        int before = backlog.questions();
        backlog.store(ROOM, 10);
        for (int seq : new int[] {1, 4, 5, 10}) {
            fanOut.deliver(ROOM, new Position("e", seq), Encoded.of(Integer.toString(seq)), 0);
        }
        answerAll();
        assertThat(all).allSatisfy(counter -> assertThat(counter.next).isEqualTo(11));
        assertThat(backlog.questions() - before).isOne();
    }

    /**
     * While a backplane lags, many messages leave a gap behind them. A query for each would cost more than it helps.
     */
    @Test
    void manyGapsAreReadAtAFixedCadence() {
        ManualClock clock = new ManualClock();
        EventLoop timed = new EventLoop("fan-out", Thread::new, clock);
        FanOut fanOut = new FanOut(timed, backlog, MessageCodec::encode, 0);
        Counter reader = joins(fanOut, 0, 0, false);
        answerDue(timed);
        int before = backlog.questions();
        for (int gap = 1; gap <= 200; gap++) {
            // The first of two is lost.
            backlog.store(ROOM, 2);
            long seq = backlog.head(ROOM);
            fanOut.receive(ROOM, new Position("e", seq), Encoded.of(Long.toString(seq)), 0);
            clock.advance(Duration.ofMillis(1));
            answerDue(timed);
        }
        assertThat(backlog.questions() - before).as("in 200 ms").isBetween(8, 12);

        clock.advance(Duration.ofMillis(30));
        answerDue(timed);
        assertThat(reader.next).isEqualTo(401);
    }

    private void answerDue(EventLoop timed) {
        timed.runDue();
        while (backlog.isAsked()) {
            backlog.answer();
            timed.runDue();
        }
    }
}
