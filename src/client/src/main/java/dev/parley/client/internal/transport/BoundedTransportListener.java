package dev.parley.client.internal.transport;

import dev.parley.client.ParleyException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Hears one attempt's connection, on the container's threads, and hands over to the event loop what it hears: as much
 * as a bound allows, for a server may send faster than anybody can read.
 */
public final class BoundedTransportListener implements Connector.TransportListener {
    /** A frame that waits for the event loop costs this, however short it is. */
    private static final int FRAME_OVERHEAD = 200;

    private final long backlogMax;
    private final Consumer<Runnable> eventLoop;
    private final LongSupplier nanoTime;
    private final Consumer<String> received;
    private final Consumer<ConnectionFailure> failed;
    private final AtomicLong backlog = new AtomicLong();
    private volatile Optional<Long> lastReceivedAt = Optional.empty();
    private volatile boolean isOver;

    /**
     * @param backlogMax bytes that may wait for the event loop
     * @param received told of each frame, on the event loop
     * @param failed told of the end, on the event loop
     */
    public BoundedTransportListener(
            long backlogMax,
            Consumer<Runnable> eventLoop,
            LongSupplier nanoTime,
            Consumer<String> received,
            Consumer<ConnectionFailure> failed) {
        this.backlogMax = backlogMax;
        this.eventLoop = eventLoop;
        this.nanoTime = nanoTime;
        this.received = received;
        this.failed = failed;
    }

    /** When something came last. */
    public Optional<Long> receivedAt() {
        return lastReceivedAt;
    }

    @Override
    public void received() {
        lastReceivedAt = Optional.of(nanoTime.getAsLong());
    }

    @Override
    public void frame(String text, int bytes) {
        if (isOver) {
            return;
        }
        long cost = bytes + FRAME_OVERHEAD;
        if (backlog.addAndGet(cost) > backlogMax) {
            isOver = true;
            // What waits is read before the event loop hears of this; the rest comes again on the next connection, by
            // position.
            end(ConnectionFailure.tooSlow(
                    ParleyException.SLOW_CLIENT,
                    "More than " + backlogMax
                            + " bytes from the server wait for this client; the connection is closed until"
                            + " they are read."));
            return;
        }
        eventLoop.accept(() -> {
            backlog.addAndGet(-cost);
            received.accept(text);
        });
    }

    @Override
    public void closed(int code, String reason) {
        end(ConnectionFailure.ofClose(code, reason));
    }

    private void end(ConnectionFailure failure) {
        eventLoop.accept(() -> failed.accept(failure));
    }
}
