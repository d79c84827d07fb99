package dev.parley.server.dispatch;

import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.Decoded;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.chunks.ChunkJoiner;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Joins the chunks of messages that are too long for a frame ({@code chunk}). In the session's queue. */
public final class ChunkAssembler {
    /** Bytes of JSON per byte of content, at most: U+0001 is a backslash and {@code u0001}. */
    private static final int ESCAPED_MAX = 6;

    /** Bound of unfinished messages, in contents of maximum length: one full of escapes, or eight without. */
    private static final int OPEN_MAX = 8;

    /** Bytes of a message beside its content. */
    private static final int ENVELOPE_BYTES = 64 * 1024;

    private static final long RETRY_AFTER_MILLIS = 2_000;

    private final ChunkJoiner.Bounds bounds;
    private final Duration timeout;

    /**
     * @param maxBytes of a message's content
     * @param timeout within which a transfer is complete
     */
    public ChunkAssembler(int maxBytes, Duration timeout) {
        this.bounds =
                new ChunkJoiner.Bounds(ESCAPED_MAX * maxBytes + ENVELOPE_BYTES, OPEN_MAX * maxBytes + ENVELOPE_BYTES);
        this.timeout = timeout;
    }

    ChunkJoiner.Bounds bounds() {
        return bounds;
    }

    /** Returns the message that this chunk completes; empty if chunks are missing, or the error has been answered. */
    Optional<Decoded> add(SessionContext context, ClientMessage.Chunk chunk) {
        ChunkJoiner joiner = context.joiner();
        InboundMemoryBudget.Share memory = context.memory();
        if (chunk.index().orElseThrow() == 0) {
            context.sendOrder().admit(Optional.of(held(chunk)));
        }
        long before = joiner.bytes();
        ChunkJoiner.Result result = joiner.add(chunk);
        context.noteUnfinished();
        long more = joiner.bytes() - before;
        if (more > 0 && !memory.take(more)) {
            long dropped = joiner.bytes();
            joiner.drop(chunk.transfer());
            memory.release(dropped - joiner.bytes() - more);
            Refusal later = new Refusal(
                    ErrorCode.RATE_LIMITED,
                    "Too many long messages are on their way to this server; send transfer '" + chunk.transfer()
                            + "' again later.",
                    RETRY_AFTER_MILLIS);
            SendOrderGuard sendOrder = context.sendOrder();
            sendOrder.refused(held(chunk), later, sendOrder.generation());
            context.errors().reply(chunk.id(), later);
            return Optional.empty();
        }
        if (more < 0) {
            memory.release(-more);
        }
        if (result instanceof ChunkJoiner.Result.Rejected rejected) {
            context.errors().reply(chunk.id(), Refusal.of(ErrorCode.BAD_CHUNK, rejected.reason()));
        } else if (result instanceof ChunkJoiner.Result.Complete complete) {
            return whole(context, chunk, complete.json());
        }
        return Optional.empty();
    }

    /** The id that holds back the sender's later messages; the id of the chunked message is not known yet. */
    private static String held(ClientMessage.Chunk chunk) {
        return "transfer:" + chunk.transfer();
    }

    private static Optional<Decoded> whole(SessionContext context, ClientMessage.Chunk chunk, String json) {
        List<Decoded> messages = context.decode(json);
        boolean isOne = messages.size() == 1 && !json.stripLeading().startsWith("[");
        if (!isOne || isChunk(messages.get(0))) {
            context.errors()
                    .reply(
                            chunk.id(),
                            Refusal.of(
                                    ErrorCode.BAD_CHUNK,
                                    "Transfer '" + chunk.transfer()
                                            + "' is rejected: chunks carry one message, and neither an array nor"
                                            + " another chunk."));
            return Optional.empty();
        }
        Decoded message = messages.get(0);
        // The client waits for an answer with the id of this chunk.
        return Optional.of(
                message instanceof Decoded.Malformed malformed && malformed.id().isEmpty()
                        ? new Decoded.Malformed(chunk.id(), malformed.code(), malformed.reason())
                        : message);
    }

    private static boolean isChunk(Decoded decoded) {
        return decoded instanceof Decoded.Valid valid && valid.message() instanceof ClientMessage.Chunk;
    }

    /** Drops transfers that were not complete in time. */
    void expire(SessionContext context) {
        context.usedJoiner().ifPresent(joiner -> expire(context, joiner));
    }

    private void expire(SessionContext context, ChunkJoiner joiner) {
        long before = joiner.bytes();
        List<String> expired = joiner.expire(timeout.toNanos());
        context.noteUnfinished();
        context.memory().release(before - joiner.bytes());
        expired.forEach(transfer -> context.errors()
                .reply(
                        Optional.empty(),
                        Refusal.of(
                                ErrorCode.BAD_CHUNK,
                                "Transfer '" + transfer + "' is rejected: it was not complete within "
                                        + timeout.toMillis() + " ms.")));
    }

    /** Releases the unfinished transfers of an ended session. */
    void abandon(SessionContext context) {
        context.usedJoiner().ifPresent(joiner -> {
            context.memory().release(joiner.bytes());
            joiner.clear();
        });
    }
}
