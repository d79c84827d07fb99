package dev.parley.server.dispatch.marks;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The read marks of one user that wait to be written, merged per channel: the highest seq wins. One write is under way
 * at a time, and one begins in each {@link #PACE}. Not thread-safe; callers pass the monotonic time in nanoseconds.
 */
final class UserMarks {
    /** Time from the begin of one write to that of the next one. */
    static final Duration PACE = Duration.ofMillis(100);

    /** Channels that may wait: what one session may be in. */
    static final int CHANNELS_MAX = ServerMessage.Limits.ROOMS_MAX + 2;

    /** Reads that may wait for their answer, some 200 bytes each. */
    static final int READS_MAX = 1_000;

    private enum State {
        /** Nothing waits. */
        IDLE,
        /** Marks wait until their time has come. */
        WAITING,
        /** One write is under way. More marks may wait. */
        WRITING
    }

    /**
     * One write of a mark.
     *
     * @param reader who sent the newest of the reads
     * @param reads what waits for the outcome
     */
    record Write(ReadMarks.Reader reader, Channel channel, long seq, List<ReadMarks.Answer> reads) {
        Write with(ReadMarks.Reader newest, long another, ReadMarks.Answer read) {
            reads.add(read);
            return new Write(newest, channel, Math.max(seq, another), reads);
        }
    }

    /** In the order in which their first reads came. */
    private final Map<Channel, Write> waiting = new LinkedHashMap<>();

    private State state = State.IDLE;
    /** Reads that wait or are being written. */
    private int reads;
    /** The earliest time of the next write, by the pace of this user. */
    private long notBefore;
    /** The earliest time of the next write, by a budget that the user shares. */
    private long postponedTo;
    /** Writes that do not wait for the pace. */
    private int urgent;
    /** Completed when there is room again; present while somebody waits for that. */
    private Optional<CompletableFuture<?>> room = Optional.empty();

    /** @param now so that the first write may begin at once */
    UserMarks(long now) {
        notBefore = now;
        postponedTo = now;
    }

    /** Takes a read, whatever waits already. A caller that adds more waits for {@link #room} first. */
    void add(ReadMarks.Reader reader, Channel channel, long seq, ReadMarks.Answer read) {
        Write before = waiting.get(channel);
        waiting.put(
                channel,
                before == null
                        ? new Write(reader, channel, seq, new ArrayList<>(List.of(read)))
                        : before.with(reader, seq, read));
        reads++;
        if (state == State.IDLE) {
            state = State.WAITING;
        }
    }

    private boolean isFull() {
        return waiting.size() >= CHANNELS_MAX || reads >= READS_MAX;
    }

    /** Completes when more reads may be added; empty if they may be added now. */
    Optional<CompletableFuture<?>> room() {
        if (room.isEmpty() && isFull()) {
            room = Optional.of(new CompletableFuture<>());
        }
        return room;
    }

    /** Whose write may begin now; empty if none may. */
    Optional<ReadMarks.Reader> due(long now) {
        boolean isDue = state == State.WAITING && now - postponedTo >= 0 && (urgent > 0 || now - notBefore >= 0);
        return isDue ? Optional.of(waiting.values().iterator().next().reader()) : Optional.empty();
    }

    /** The next write waits until then, also an urgent one. */
    void postpone(long until) {
        postponedTo = until;
    }

    /** Begins the next write, if it may begin. Its end is reported by {@link #written}. */
    Optional<Write> next(long now) {
        if (due(now).isEmpty()) {
            return Optional.empty();
        }
        Iterator<Write> first = waiting.values().iterator();
        Write write = first.next();
        first.remove();
        state = State.WRITING;
        notBefore = now + PACE.toNanos();
        urgent = Math.max(0, urgent - 1);
        return Optional.of(write);
    }

    /**
     * Ends a write, whatever its outcome.
     *
     * @return what the caller completes, if there is room again and somebody waits for it
     */
    Optional<CompletableFuture<?>> written(Write write) {
        if (state != State.WRITING) {
            throw new IllegalStateException("A write ended in the state " + state + ".");
        }
        reads -= write.reads().size();
        state = waiting.isEmpty() ? State.IDLE : State.WAITING;
        Optional<CompletableFuture<?>> free = isFull() ? Optional.empty() : room;
        if (free.isPresent()) {
            room = Optional.empty();
        }
        return free;
    }

    /** Lets the marks that wait now be written one after the other, faster than the pace. */
    void flush() {
        urgent = waiting.size();
    }

    boolean isIdle() {
        return state == State.IDLE;
    }

    /** Whether nothing waits, and a new state of this user would behave like this one. */
    boolean isOver(long now) {
        return isIdle() && now - notBefore >= 0;
    }
}
