package dev.parley.server.fanout;

import dev.parley.server.session.EncodedBinary;
import dev.parley.server.session.Session;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Relays binary frames to those readers of a room that have asked for them, within the room's budget of bytes. Confined
 * to the fan-out's event loop, except {@link #admits} and {@link #released}.
 */
final class BinaryRelay {
    private static final int BURST_SECONDS = 2;

    /** Bound of the frames that wait for the loop, which a burst of all users together could fill. */
    static final long WAITING_BYTES_MAX = 4L * 1024 * 1024;

    /** Memory of a frame that waits, beside its bytes. */
    private static final int FRAME_BYTES = 256;

    private final FlushBatch batch;
    private final long bytesPerSecond;
    private final AtomicLong waitingBytes = new AtomicLong();

    /** @param bytesPerSecond of all frames of a room, times their readers; 0 for no limit */
    BinaryRelay(FlushBatch batch, long bytesPerSecond) {
        this.batch = batch;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Whether a frame may wait for the loop; if so, {@link #released} must follow. Any thread. */
    boolean admits(EncodedBinary frame) {
        boolean hasRoom = waitingBytes.addAndGet((long) frame.bytes() + FRAME_BYTES) <= WAITING_BYTES_MAX;
        if (!hasRoom) {
            released(frame);
        }
        return hasRoom;
    }

    /** Any thread. */
    void released(EncodedBinary frame) {
        waitingBytes.addAndGet(-frame.bytes() - FRAME_BYTES);
    }

    /**
     * Offers a frame to the readers that want it.
     *
     * @param sender does not get it
     * @return empty if the frame was within the budget; otherwise ms until the budget allows one
     */
    OptionalLong relay(ChannelReaders room, Optional<Session> sender, EncodedBinary frame) {
        List<Session> readers = room.all().stream()
                .filter(Reader::isAuthorized)
                .map(Reader::session)
                .filter(session -> session.wantsBinary() && !sender.equals(Optional.of(session)))
                .toList();
        OptionalLong wait = take(room, (long) frame.bytes() * Math.max(1, readers.size()));
        if (wait.isEmpty()) {
            for (Session reader : readers) {
                if (reader.offerLossy(frame)) {
                    batch.markDirty(reader);
                }
            }
        }
        return wait;
    }

    /** One frame may overdraw the budget: otherwise a frame for very many readers would never be within it. */
    private OptionalLong take(ChannelReaders room, long cost) {
        if (bytesPerSecond == 0) {
            return OptionalLong.empty();
        }
        Bucket budget = room.binaryBudget(this::bucket);
        var probe = budget.estimateAbilityToConsume(1);
        if (!probe.canBeConsumed()) {
            return OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(probe.getNanosToWaitForRefill()) + 1);
        }
        budget.consumeIgnoringRateLimits(cost);
        return OptionalLong.empty();
    }

    private Bucket bucket() {
        return Bucket.builder()
                // The monotonic clock, as in the rate limiter.
                .withNanosecondPrecision()
                .addLimit(fresh -> fresh.capacity(BURST_SECONDS * bytesPerSecond)
                        .refillGreedy(bytesPerSecond, Duration.ofSeconds(1)))
                .build();
    }
}
