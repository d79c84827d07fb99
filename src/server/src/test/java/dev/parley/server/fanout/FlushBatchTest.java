package dev.parley.server.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.server.session.Encoded;
import dev.parley.server.session.RecordingTransport;
import dev.parley.server.session.Session;
import dev.parley.server.session.TestSession;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FlushBatchTest {
    private static final Encoded MESSAGE = Encoded.of("{\"type\":\"pong\"}");

    private final List<Session> sessions = new ArrayList<>();
    private final Queue<Runnable> oneThread = new ArrayDeque<>();
    private final Queue<Runnable> anotherThread = new ArrayDeque<>();
    private final Executor one = oneThread::add;
    private final Executor another = anotherThread::add;
    private final AtomicInteger written = new AtomicInteger();

    private record Failing() implements Transport {
        @Override
        public void send(String text, Consumer<Boolean> whenDone) {
            throw new IllegalStateException("expected by this test");
        }

        @Override
        public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
            throw new AssertionError("This session has not asked for binary frames.");
        }

        @Override
        public void ping(ByteBuffer payload) {}

        @Override
        public void close(CloseCode code, String reason) {}
    }

    private RecordingTransport offeredTo(Executor writer) {
        RecordingTransport transport = RecordingTransport.completing().writtenBy(writer);
        Session session = TestSession.on(transport).openAs("Ana");
        session.offer(MESSAGE);
        sessions.add(session);
        return transport;
    }

    private void write(int atOnce) {
        new FlushBatch.Writing(sessions, atOnce, written::incrementAndGet).start();
    }

    @Test
    void eachWriterGetsOneTaskForAllItsSessions() {
        RecordingTransport first = offeredTo(one);
        RecordingTransport second = offeredTo(another);
        RecordingTransport third = offeredTo(one);
        write(2);
        assertThat(oneThread).hasSize(1);
        assertThat(anotherThread).hasSize(1);
        assertThat(first.takeFrames()).isEmpty();

        oneThread.remove().run();
        assertThat(first.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(third.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(second.takeFrames()).isEmpty();
        assertThat(written).hasValue(0);

        anotherThread.remove().run();
        assertThat(second.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(written).hasValue(1);
    }

    @Test
    void onlySoManyWriteAtATime() {
        RecordingTransport first = offeredTo(one);
        RecordingTransport second = offeredTo(another);
        write(1);
        assertThat(oneThread.size() + anotherThread.size()).isEqualTo(1);

        Queue<Runnable> begun = oneThread.isEmpty() ? anotherThread : oneThread;
        Queue<Runnable> later = oneThread.isEmpty() ? oneThread : anotherThread;
        begun.remove().run();
        assertThat(later).hasSize(1);
        assertThat(written).hasValue(0);

        later.remove().run();
        assertThat(first.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(second.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(written).hasValue(1);
    }

    @Test
    void sendThatFailsDoesNotStopTheOthers() {
        sessions.add(TestSession.on(new Failing()).openAs("Ben"));
        sessions.get(0).offer(MESSAGE);
        RecordingTransport other = offeredTo(Transport.CALLER);
        write(2);
        assertThat(other.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(written).hasValue(1);
    }

    @Test
    void writerOfAContainerThatStopsIsReplacedByTheCaller() {
        RecordingTransport transport = offeredTo(task -> {
            throw new RejectedExecutionException("expected by this test");
        });
        write(2);
        assertThat(transport.takeFrames()).containsExactly(MESSAGE.json());
        assertThat(written).hasValue(1);
    }

    @Test
    void flushOfNothingIsWrittenAtOnce() {
        write(2);
        assertThat(written).hasValue(1);
    }

    /** Two rooms, of one reader and of three. */
    @Test
    void readersThatGetSomethingInTwoFlushesInARowAreRepeated() {
        FlushBatch batch = new FlushBatch(MessageCodec::encode);
        ChannelReaders few = room("few", 1);
        ChannelReaders many = room("many", 3);

        assertThat(repeated(batch, few)).isZero();
        assertThat(repeated(batch, few, many)).isEqualTo(0.25);
        assertThat(repeated(batch, few, many)).isEqualTo(1);
        assertThat(repeated(batch, many)).isEqualTo(1);
        assertThat(repeated(batch, few)).isZero();
    }

    private static ChannelReaders room(String name, int readers) {
        Channel.Room room = new Channel.Room(name);
        ChannelReaders channel = new ChannelReaders(
                room, "e", new ReorderWindow.HeldMessages(Long.MAX_VALUE), new RecentMessages.Budget(Long.MAX_VALUE));
        for (int i = 0; i < readers; i++) {
            channel.add(new Reader(
                    channel,
                    TestSession.on(RecordingTransport.completing()).openAs("Ana"),
                    new ReadFrom(room, new Position("e", 0), false, 0, 0, 0, 0)));
        }
        return channel;
    }

    private static double repeated(FlushBatch batch, ChannelReaders... channels) {
        for (ChannelReaders channel : channels) {
            batch.add(channel, new Backlog.Entry(1, MESSAGE));
        }
        batch.run(() -> {});
        return batch.repeated();
    }
}
