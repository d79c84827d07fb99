package dev.parley.client;

import dev.parley.protocol.Chunks;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Utf8;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Writes to one line, one send in flight: while it is, what waits stays where it is, and goes together in the next frame.
 * A message that is too long for a frame goes in chunks. The owner's alone.
 */
final class Writer {
    /** What is written next. */
    sealed interface Out {
        /** @param id under which a message that must be cut travels */
        record Message(Optional<String> id, String json) implements Out {}

        record Bytes(ByteBuffer bytes) implements Out {}
    }

    private final Line line;
    private final Supplier<Optional<Out>> source;
    private final Executor owner;
    private final LongSupplier nanoTime;
    private final Runnable whenBroken;

    private final Deque<Out> ready = new ArrayDeque<>();
    private int frameMax = Integer.MAX_VALUE;
    private OptionalLong sendingSince = OptionalLong.empty();
    private boolean isOver;

    /**
     * @param source gives what comes next; empty when nothing waits
     * @param whenBroken told, on the owner thread, that a send failed
     */
    Writer(Line line, Supplier<Optional<Out>> source, Executor owner, LongSupplier nanoTime, Runnable whenBroken) {
        this.line = line;
        this.source = source;
        this.owner = owner;
        this.nanoTime = nanoTime;
        this.whenBroken = whenBroken;
    }

    /** Bytes that a frame may have, as the {@code welcome} says. */
    void frameMax(int bytes) {
        frameMax = bytes;
    }

    OptionalLong sendingSince() {
        return sendingSince;
    }

    boolean isIdle() {
        return sendingSince.isEmpty() && ready.isEmpty();
    }

    /** Sends what waits, unless a send is in flight; then its end does. */
    void pump() {
        if (isOver || sendingSince.isPresent()) {
            return;
        }
        Optional<Out> first = next();
        if (first.isEmpty()) {
            return;
        }
        sendingSince = OptionalLong.of(nanoTime.getAsLong());
        if (first.get() instanceof Out.Bytes file) {
            line.send(file.bytes(), this::left);
        } else {
            line.send(frame((Out.Message) first.get()), this::left);
        }
    }

    /** Nothing is written any more. */
    void end() {
        isOver = true;
        ready.clear();
    }

    private void left(boolean isSent) {
        owner.execute(() -> {
            sendingSince = OptionalLong.empty();
            if (isOver) {
                return;
            }
            if (isSent) {
                pump();
            } else {
                whenBroken.run();
            }
        });
    }

    private Optional<Out> next() {
        Out waiting = ready.poll();
        if (waiting != null) {
            return Optional.of(waiting);
        }
        Optional<Out> fresh = source.get();
        if (fresh.isPresent()
                && fresh.get() instanceof Out.Message message
                && Utf8.length(message.json()) > frameMax
                && message.id().isPresent()) {
            for (ClientMessage.Chunk chunk : Chunks.cut(message.id().get(), message.json(), frameMax)) {
                ready.add(new Out.Message(Optional.empty(), MessageCodec.encode(chunk)));
            }
            return Optional.of(ready.remove());
        }
        return fresh;
    }

    /** The first message and as many after it as fit. */
    private String frame(Out.Message first) {
        if (!line.hasBatches()) {
            return first.json();
        }
        List<String> batch = new ArrayList<>();
        batch.add(first.json());
        // Two brackets; and a comma after each.
        long bytes = 3L + Utf8.length(first.json());
        while (batch.size() < MessageCodec.BATCH_MAX) {
            Optional<Out> next = next();
            if (next.isEmpty()) {
                break;
            }
            if (!(next.get() instanceof Out.Message message) || bytes + Utf8.length(message.json()) + 1 > frameMax) {
                ready.addFirst(next.get());
                break;
            }
            batch.add(message.json());
            bytes += Utf8.length(message.json()) + 1L;
        }
        return batch.size() == 1 ? first.json() : "[" + String.join(",", batch) + "]";
    }
}
