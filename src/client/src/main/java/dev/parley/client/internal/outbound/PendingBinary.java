package dev.parley.client.internal.outbound;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * The encoded binary frames that wait for the connection. They are live: without a connection none waits, and few wait
 * for a slow one. Any thread may call any method.
 */
public final class PendingBinary {
    private static final int COUNT_MAX = 100;
    private static final int BYTES_MAX = 256 * 1024;

    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private int bytes;
    /** Maximum bytes of a frame; empty without a connection. */
    private Optional<Integer> frameMax = Optional.empty();

    /** The result of {@link #put}. */
    public enum Put {
        TAKEN,
        /** Dropped: there is no connection, or too much waits already. */
        DROPPED,
        /** The server would end the connection. */
        TOO_LONG
    }

    public synchronized Put put(byte[] frame) {
        if (frameMax.isEmpty()) {
            return Put.DROPPED;
        }
        if (frame.length > frameMax.get()) {
            return Put.TOO_LONG;
        }
        boolean isFull = waiting.size() >= COUNT_MAX || (bytes + frame.length > BYTES_MAX && !waiting.isEmpty());
        if (isFull) {
            return Put.DROPPED;
        }
        waiting.add(frame);
        bytes += frame.length;
        return Put.TAKEN;
    }

    /** There is a connection. */
    synchronized void opened(int longestFrame) {
        frameMax = Optional.of(longestFrame);
    }

    synchronized void connectionLost() {
        frameMax = Optional.empty();
        clear();
    }

    synchronized Optional<byte[]> next() {
        Optional<byte[]> first = Optional.ofNullable(waiting.poll());
        bytes -= first.map(frame -> frame.length).orElse(0);
        return first;
    }

    synchronized boolean isEmpty() {
        return waiting.isEmpty();
    }

    synchronized void clear() {
        waiting.clear();
        bytes = 0;
    }
}
