package dev.parley.client.internal.transport;

import dev.parley.client.ParleyException;
import dev.parley.client.ServerFrame;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Receives the frames of one attempt's connection on the container's threads, and posts them to the event loop. The
 * bytes that wait there are bounded, because a server may send faster than the client can read.
 */
public final class BoundedTransportListener implements Connector.TransportListener {
    /** Bytes that a waiting frame occupies in addition to its text. */
    private static final int FRAME_OVERHEAD = 200;

    private final long backlogMax;
    private final Consumer<Runnable> eventLoop;
    private final LongSupplier nanoTime;
    private final Consumer<ServerFrame> received;
    private final Consumer<ConnectionFailure> failed;
    private final Optional<Consumer<byte[]>> binary;
    private final Runnable binaryIgnored;
    private final AtomicLong backlog = new AtomicLong();
    private volatile Optional<Long> lastReceivedAt = Optional.empty();
    private volatile boolean isOver;

    /**
     * @param backlogMax maximum bytes that may wait for the event loop
     * @param received called with each frame, on the event loop
     * @param failed called at the end of the connection, on the event loop
     * @param binary called with each binary frame, on the event loop; empty: all are ignored
     * @param binaryIgnored called for each binary frame that is dropped, on the container's thread
     */
    public BoundedTransportListener(
            long backlogMax,
            Consumer<Runnable> eventLoop,
            LongSupplier nanoTime,
            Consumer<ServerFrame> received,
            Consumer<ConnectionFailure> failed,
            Optional<Consumer<byte[]>> binary,
            Runnable binaryIgnored) {
        this.backlogMax = backlogMax;
        this.eventLoop = eventLoop;
        this.nanoTime = nanoTime;
        this.received = received;
        this.failed = failed;
        this.binary = binary;
        this.binaryIgnored = binaryIgnored;
    }

    /** Time of the latest received data; empty before the first. */
    public Optional<Long> receivedAt() {
        return lastReceivedAt;
    }

    @Override
    public void received() {
        lastReceivedAt = Optional.of(nanoTime.getAsLong());
    }

    @Override
    public void frame(ServerFrame frame) {
        if (isOver) {
            return;
        }
        long cost = (long) frame.bytes() + FRAME_OVERHEAD;
        if (backlog.addAndGet(cost) > backlogMax) {
            isOver = true;
            // Waiting frames are handled before this failure; the rest comes again on the next connection, by position.
            end(ConnectionFailure.tooSlow(
                    ParleyException.SLOW_CLIENT,
                    "More than " + backlogMax
                            + " bytes from the server wait for this client; the connection is closed until"
                            + " they are read."));
            return;
        }
        eventLoop.accept(() -> {
            backlog.addAndGet(-cost);
            received.accept(frame);
        });
    }

    /** Drops the frame if half of the bytes wait that may: messages must not end the connection because of it. */
    @Override
    public void binary(byte[] frame) {
        long cost = (long) frame.length + FRAME_OVERHEAD;
        if (isOver || binary.isEmpty() || backlog.get() + cost > backlogMax / 2) {
            binaryIgnored();
            return;
        }
        backlog.addAndGet(cost);
        eventLoop.accept(() -> {
            backlog.addAndGet(-cost);
            binary.get().accept(frame);
        });
    }

    @Override
    public void binaryIgnored() {
        binaryIgnored.run();
    }

    @Override
    public void closed(int code, String reason) {
        end(ConnectionFailure.ofClose(code, reason));
    }

    private void end(ConnectionFailure failure) {
        eventLoop.accept(() -> failed.accept(failure));
    }
}
