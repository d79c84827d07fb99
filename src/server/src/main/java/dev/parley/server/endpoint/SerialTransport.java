package dev.parley.server.endpoint;

import dev.parley.protocol.CloseCode;
import dev.parley.server.session.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Calls a transport, one call at a time and in order, pings and closes on threads that may wait. For Open Liberty,
 * which writes these frames on the calling thread: it waits some seconds for a peer that does not read, and for ever
 * (seen in 26.0.0.5) if the peer ends the connection between the write and the look at its result. That happens to up
 * to one in twenty peers on the same, busy machine that hang up when they see the close.
 *
 * <p>A send does not wait for the peer, but for the container's answer to a ping of the peer: some seconds, if the peer
 * does not read that. So once such an answer was seen under way, the sends too are made on threads that may wait, for
 * as long as the connection lives: a peer that reads a little now and then cannot choose another moment.
 */
final class SerialTransport implements Transport {
    private static final Duration WAIT = Duration.ofMillis(20);

    /** 6 s in all: longer than Liberty tries to answer a ping of the peer's, with our configuration. */
    private static final int WAITS_MAX = 300;

    private final Transport transport;
    private final Executor blocking;
    private final BooleanSupplier isWriting;
    private final Consumer<CloseCode> beforeClose;
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Whether a send may wait. It only becomes true; whoever sends may set it. */
    private volatile boolean sendsMayWait;

    /**
     * @param blocking runs every task, on a thread that nothing else depends on
     * @param isWriting whether a write waits for the peer; a ping beside it could block for ever. Asked before each
     *     send
     * @param beforeClose called before a close is made or waits for a ping that does not return
     */
    SerialTransport(
            Transport transport, Executor blocking, BooleanSupplier isWriting, Consumer<CloseCode> beforeClose) {
        this.transport = transport;
        this.blocking = blocking;
        this.isWriting = isWriting;
        this.beforeClose = beforeClose;
    }

    @Override
    public void send(String text, Consumer<Boolean> whenDone) {
        add(() -> transport.send(text, whenDone), sender());
    }

    @Override
    public void send(ByteBuffer frame, Consumer<Boolean> whenDone) {
        add(() -> transport.send(frame, whenDone), sender());
    }

    /** No send of ours is under way, so a write is the container's. */
    private Executor sender() {
        if (!sendsMayWait && isWriting.getAsBoolean()) {
            sendsMayWait = true;
        }
        return sendsMayWait ? blocking : Runnable::run;
    }

    @Override
    public void ping(ByteBuffer payload) {
        add(() -> pingBetweenWrites(payload), blocking);
    }

    /** Sends no ping to a peer that does not read: the heartbeat will notice. */
    private void pingBetweenWrites(ByteBuffer payload) {
        for (int waits = 0; isWriting.getAsBoolean(); waits++) {
            if (waits == WAITS_MAX) {
                return;
            }
            LockSupport.parkNanos(WAIT.toNanos());
        }
        transport.ping(payload);
    }

    @Override
    public void close(CloseCode code, String reason) {
        beforeClose.accept(code);
        add(() -> transport.close(code, reason), blocking);
    }

    /** @param executor runs the call if no other call is under way */
    private void add(Runnable call, Executor executor) {
        calls.add(call);
        if (waiting.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
    }

    /** One call for each task, so that a bug in a completion does not stop the next call. */
    private void run() {
        try {
            calls.remove().run();
        } finally {
            if (waiting.decrementAndGet() != 0) {
                blocking.execute(this::run);
            }
        }
    }
}
