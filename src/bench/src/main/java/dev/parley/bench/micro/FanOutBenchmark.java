package dev.parley.bench.micro;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.Backlog;
import dev.parley.server.fanout.EventLoop;
import dev.parley.server.fanout.FanOut;
import dev.parley.server.fanout.ReadFrom;
import dev.parley.server.session.Framing;
import dev.parley.server.session.Session;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Delivers messages of one room to 1,000 readers, on transports that send at once to nowhere: what a delivery costs in
 * the whole fan-out, from the stored message to the container. The figure is for one delivery.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FanOutBenchmark {
    private static final int READERS = 1_000;
    /** As many as one flush takes: no message waits for its time. */
    private static final int MESSAGES = 50;

    private static final int RECENT_BYTES = 1024 * 1024;
    private static final Channel.Room ROOM = Channel.Room.LOBBY;

    private final EventLoop loop = new EventLoop("fan-out", Thread::new);
    private final FanOut fanOut = new FanOut(loop, new Empty(), MessageCodec::encode, RECENT_BYTES);
    private final Semaphore arrived = new Semaphore(0);
    private long head;

    @Setup
    public void join() {
        loop.start();
        for (int i = 0; i < READERS; i++) {
            Session session = Nowhere.session(
                    i, READERS, Framing.BATCH, frame -> arrived.release(frame.length() / Nowhere.MESSAGE.bytes()));
            session.signIn(Identity.user("reader-" + i, Set.of(), Instant.MAX, Optional.empty()));
            ReadFrom from = new ReadFrom(ROOM, new Position("e", 0), true, 0, 0, 0, System.nanoTime());
            fanOut.join(session, Optional.empty(), ROOM, from, true)
                    .toCompletableFuture()
                    .join();
        }
    }

    @TearDown
    public void end() {
        loop.close();
    }

    @Benchmark
    @OperationsPerInvocation(READERS * MESSAGES)
    public long deliver() throws InterruptedException {
        CountDownLatch posted = new CountDownLatch(1);
        fanOut.runAfterDeliveries(() -> await(posted));
        for (int i = 0; i < MESSAGES; i++) {
            fanOut.deliver(ROOM, new Position("e", ++head), Nowhere.MESSAGE, 0);
        }
        posted.countDown();
        arrived.acquire(READERS * MESSAGES);
        return head;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A log without messages. */
    private static final class Empty implements Backlog {
        @Override
        public boolean isUnavailable(Throwable failure) {
            return false;
        }

        @Override
        public CompletionStage<Page> after(Channel channel, Set<UserKey> readers, long seq, int limit, int maxBytes) {
            return CompletableFuture.completedStage(new Page(new Position("e", 0), List.of(), readers, 0));
        }

        @Override
        public CompletionStage<?> renewEpoch(Channel channel) {
            return CompletableFuture.failedStage(new IllegalStateException("The log went back."));
        }
    }
}
