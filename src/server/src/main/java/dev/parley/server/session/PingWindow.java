package dev.parley.server.session;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * How much of what was sent the peer has not shown to have received. Some servers take sends without bound and call
 * them sent (Tyrus), so a session asks by pings, whose pongs come after all that was sent before them (RFC 6455 section
 * 5.5.3: a pong repeats what the ping carried). A peer that reads nothing cannot answer: it does not know the number in
 * the ping.
 *
 * <p>Owned by the outbox; under its lock.
 */
final class PingWindow {
    /** A slow connection must show progress within the heartbeat's timeout: 6.5 KB/s with the defaults. */
    static final int CHECKPOINT_BYTES = 64 * 1024;

    private static final int CHECKPOINTS_MIN = 4;

    private record Checkpoint(long number, long sent) {}

    private final long maxBytes;
    private final LongSupplier numbers;
    private final Deque<Checkpoint> unanswered = new ArrayDeque<>();
    private long sent;
    private long checkpointAt;
    private long received;

    /**
     * @param maxBytes that may be under way
     * @param numbers nobody can guess them
     */
    PingWindow(int maxBytes, LongSupplier numbers) {
        this.maxBytes = Math.max(maxBytes, CHECKPOINTS_MIN * CHECKPOINT_BYTES);
        this.numbers = numbers;
    }

    void sent(int bytes) {
        sent += bytes;
    }

    /** The number to ping with, where so much has been sent since the last one. */
    OptionalLong checkpoint() {
        if (sent - checkpointAt < CHECKPOINT_BYTES) {
            return OptionalLong.empty();
        }
        checkpointAt = sent;
        long number = numbers.getAsLong();
        unanswered.add(new Checkpoint(number, sent));
        return OptionalLong.of(number);
    }

    /** Whether more may be sent now. */
    boolean isOpen() {
        return sent - received < maxBytes;
    }

    /** A pong came; one to a later ping answers those before it too. */
    void answered(long number) {
        Optional<Checkpoint> checkpoint =
                unanswered.stream().filter(one -> one.number() == number).findFirst();
        if (checkpoint.isPresent()) {
            received = checkpoint.get().sent();
            unanswered.removeIf(one -> one.sent() <= received);
        }
    }
}
