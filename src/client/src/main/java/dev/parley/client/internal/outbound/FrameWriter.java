package dev.parley.client.internal.outbound;

import dev.parley.client.internal.transport.Transport;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.MessageCodec;
import dev.parley.protocol.Utf8;
import dev.parley.protocol.chunks.Chunks;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Writes frames to one connection, with one send in flight. Messages that wait meanwhile go together in the next frame.
 * A message that is too long for a frame is sent in chunks. Confined to the event loop.
 */
public final class FrameWriter {
    /** One item to write. */
    public sealed interface Outbound {
        /** @param id the id that the chunks of a long message carry */
        record Message(Optional<String> id, String json) implements Outbound {}

        record Bytes(ByteBuffer bytes) implements Outbound {}
    }

    private final Transport transport;
    private final Function<ClientMessage, String> encoder;
    private final Supplier<Optional<Outbound>> source;
    private final Executor eventLoop;
    private final LongSupplier nanoTime;
    private final Runnable whenBroken;

    private final Deque<Outbound> ready = new ArrayDeque<>();
    private int frameMax = Integer.MAX_VALUE;
    private OptionalLong sendingSince = OptionalLong.empty();
    private boolean isOver;

    /**
     * @param encoder encodes the chunks of long messages
     * @param source supplies the next item; empty if nothing waits
     * @param whenBroken called once on the event loop when a send has failed; nothing more is written
     */
    public FrameWriter(
            Transport transport,
            Function<ClientMessage, String> encoder,
            Supplier<Optional<Outbound>> source,
            Executor eventLoop,
            LongSupplier nanoTime,
            Runnable whenBroken) {
        this.transport = transport;
        this.encoder = encoder;
        this.source = source;
        this.eventLoop = eventLoop;
        this.nanoTime = nanoTime;
        this.whenBroken = whenBroken;
    }

    /** Sets the maximum bytes of a frame, from the {@code welcome}. */
    public void frameMax(int bytes) {
        frameMax = bytes;
    }

    public OptionalLong sendingSince() {
        return sendingSince;
    }

    public boolean isIdle() {
        return sendingSince.isEmpty() && ready.isEmpty();
    }

    /** Sends what waits. If a send is in flight, its completion calls this again. */
    public void pump() {
        if (isOver || sendingSince.isPresent()) {
            return;
        }
        Optional<Outbound> first = next();
        if (first.isEmpty()) {
            return;
        }
        sendingSince = OptionalLong.of(nanoTime.getAsLong());
        if (first.get() instanceof Outbound.Bytes file) {
            transport.send(file.bytes(), this::left);
        } else {
            transport.send(frame((Outbound.Message) first.get()), this::left);
        }
    }

    /** Writes nothing more. */
    public void end() {
        isOver = true;
        ready.clear();
    }

    private void left(boolean isSent) {
        eventLoop.execute(() -> {
            sendingSince = OptionalLong.empty();
            if (isOver) {
                return;
            }
            if (isSent) {
                pump();
            } else {
                end();
                whenBroken.run();
            }
        });
    }

    private Optional<Outbound> next() {
        Outbound waiting = ready.poll();
        if (waiting != null) {
            return Optional.of(waiting);
        }
        Optional<Outbound> fresh = source.get();
        if (fresh.isPresent()
                && fresh.get() instanceof Outbound.Message message
                && Utf8.length(message.json()) > frameMax
                && message.id().isPresent()) {
            for (ClientMessage.Chunk chunk : Chunks.cut(message.id().get(), message.json(), frameMax)) {
                ready.add(new Outbound.Message(Optional.empty(), encoder.apply(chunk)));
            }
            return Optional.of(ready.remove());
        }
        return fresh;
    }

    /** One frame with the first message and as many of the next ones as fit. */
    private String frame(Outbound.Message first) {
        if (!transport.isBatched()) {
            return first.json();
        }
        List<String> batch = new ArrayList<>();
        batch.add(first.json());
        // Two brackets, and a comma for each message.
        long bytes = 3L + Utf8.length(first.json());
        while (batch.size() < MessageCodec.BATCH_MAX) {
            Optional<Outbound> next = next();
            if (next.isEmpty()) {
                break;
            }
            if (!(next.get() instanceof Outbound.Message message)
                    || bytes + Utf8.length(message.json()) + 1 > frameMax) {
                ready.addFirst(next.get());
                break;
            }
            batch.add(message.json());
            bytes += Utf8.length(message.json()) + 1L;
        }
        return batch.size() == 1 ? first.json() : "[" + String.join(",", batch) + "]";
    }
}
