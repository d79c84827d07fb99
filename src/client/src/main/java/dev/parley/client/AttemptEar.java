package dev.parley.client;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Hears one attempt's line, on the container's threads, and hands over to the owner what it hears: as much as a bound allows,
 * for a server may send faster than anybody can read.
 */
final class AttemptEar implements Connector.Ear {
    /** A frame that waits for the owner costs this, however short it is. */
    private static final int FRAME_OVERHEAD = 200;

    private final long backlogMax;
    private final Consumer<Runnable> owner;
    private final LongSupplier nanoTime;
    private final Consumer<String> received;
    private final Consumer<Failure> failed;
    private final AtomicLong backlog = new AtomicLong();
    private volatile Optional<Long> heardAt = Optional.empty();
    private volatile boolean isOver;

    /**
     * @param backlogMax bytes that may wait for the owner
     * @param received told of each frame, on the owner thread
     * @param failed told of the end, on the owner thread
     */
    AttemptEar(
            long backlogMax,
            Consumer<Runnable> owner,
            LongSupplier nanoTime,
            Consumer<String> received,
            Consumer<Failure> failed) {
        this.backlogMax = backlogMax;
        this.owner = owner;
        this.nanoTime = nanoTime;
        this.received = received;
        this.failed = failed;
    }

    /** When something came last. */
    Optional<Long> heardAt() {
        return heardAt;
    }

    @Override
    public void lifeSign() {
        heardAt = Optional.of(nanoTime.getAsLong());
    }

    @Override
    public void frame(String text, int bytes) {
        if (isOver) {
            return;
        }
        long cost = bytes + FRAME_OVERHEAD;
        if (backlog.addAndGet(cost) > backlogMax) {
            isOver = true;
            // What waits is read before the owner hears of this; the rest comes again on the next line, by position.
            end(Failure.tooSlow(
                    ParleyException.SLOW_CLIENT,
                    "More than " + backlogMax + " bytes from the server wait for this client; the line is closed until"
                            + " they are read."));
            return;
        }
        owner.accept(() -> {
            backlog.addAndGet(-cost);
            received.accept(text);
        });
    }

    @Override
    public void closed(int code, String reason) {
        end(Failure.ofClose(code, reason));
    }

    private void end(Failure failure) {
        owner.accept(() -> failed.accept(failure));
    }
}
