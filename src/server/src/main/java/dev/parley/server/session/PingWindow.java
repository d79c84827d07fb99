package dev.parley.server.session;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * A flow-control window over the bytes that were sent and not yet confirmed by the peer. Some servers (Tyrus) buffer
 * sends without bound and report them as sent. A session therefore sends pings as checkpoints. Their pongs arrive after
 * everything that was sent before them, and repeat the ping's payload (RFC 6455 section 5.5.3). A peer that does not
 * read cannot forge the pong: the number in the ping is unpredictable.
 *
 * <p>Guarded by the lock of the outbox.
 */
final class PingWindow {
    /**
     * Bytes between two checkpoints. A slow connection must answer one within the heartbeat's timeout: 6.5 KB/s with
     * the defaults.
     */
    static final int CHECKPOINT_BYTES = 64 * 1024;

    private static final int CHECKPOINTS_MIN = 4;

    private record Checkpoint(long number, long sent) {}

    private final long maxBytes;
    private final LongSupplier numbers;
    private final Deque<Checkpoint> unanswered = new ArrayDeque<>(1);
    private long sent;
    private long checkpointAt;
    private long received;

    /**
     * @param maxBytes bytes that may be in flight
     * @param numbers source of unpredictable numbers
     */
    PingWindow(int maxBytes, LongSupplier numbers) {
        this.maxBytes = Math.max(maxBytes, CHECKPOINTS_MIN * CHECKPOINT_BYTES);
        this.numbers = numbers;
    }

    void sent(int bytes) {
        sent += bytes;
    }

    /** The number to ping with, if a checkpoint is due. */
    OptionalLong checkpoint() {
        if (!isCheckpointDue()) {
            return OptionalLong.empty();
        }
        checkpointAt = sent;
        long number = numbers.getAsLong();
        unanswered.add(new Checkpoint(number, sent));
        return OptionalLong.of(number);
    }

    /** Whether {@link #CHECKPOINT_BYTES} have been sent since the last checkpoint. */
    boolean isCheckpointDue() {
        return sent - checkpointAt >= CHECKPOINT_BYTES;
    }

    /** Whether more may be sent now. */
    boolean isOpen() {
        return sent - received < maxBytes;
    }

    /** Processes the number of a pong. A pong to a later ping also answers the pings before it. */
    void answered(long number) {
        Optional<Checkpoint> checkpoint =
                unanswered.stream().filter(one -> one.number() == number).findFirst();
        if (checkpoint.isPresent()) {
            received = checkpoint.get().sent();
            unanswered.removeIf(one -> one.sent() <= received);
        }
    }
}
