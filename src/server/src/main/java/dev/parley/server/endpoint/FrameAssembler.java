package dev.parley.server.endpoint;

import dev.parley.protocol.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Assembles the parts of a frame, within bounds on bytes and fragments. A connection has one for text and one for
 * binary frames. Containers do not enforce such bounds: two fragments of 600 bytes pass Undertow's limit of 1024, and
 * Tyrus collects an endless message until memory is exhausted. Confined to the session's callbacks, which containers
 * never call in parallel.
 */
final class FrameAssembler {
    static final int FRAGMENTS_MAX = 1_024;

    private final int maxBytes;
    private final StringBuilder text = new StringBuilder();
    private ByteArrayOutputStream binary = new ByteArrayOutputStream(0);
    private long bytes;
    private int fragments;
    private boolean isSpent;

    /** @param maxBytes bound of a whole frame in UTF-8 */
    FrameAssembler(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The result of adding a part. */
    sealed interface Result {
        /** More parts must follow. */
        record Incomplete() implements Result {}

        /** @param bytes length of the text in UTF-8 */
        record Complete(String text, int bytes) implements Result {}

        record CompleteBytes(byte[] bytes) implements Result {}

        /** A bound is exceeded; no more parts are taken. */
        record TooBig() implements Result {}
    }

    Result add(String part, boolean isLast) {
        if (!take(Utf8.length(part))) {
            return new Result.TooBig();
        }
        if (isLast && text.isEmpty()) {
            Result complete = new Result.Complete(part, (int) bytes);
            reset();
            return complete;
        }
        text.append(part);
        if (!isLast) {
            return new Result.Incomplete();
        }
        Result complete = new Result.Complete(text.toString(), (int) bytes);
        reset();
        return complete;
    }

    Result add(ByteBuffer part, boolean isLast) {
        if (!take(part.remaining())) {
            return new Result.TooBig();
        }
        byte[] received = new byte[part.remaining()];
        part.get(received);
        binary.writeBytes(received);
        if (!isLast) {
            return new Result.Incomplete();
        }
        Result complete = new Result.CompleteBytes(binary.toByteArray());
        reset();
        return complete;
    }

    private boolean take(int partBytes) {
        bytes += partBytes;
        fragments++;
        if (isSpent || bytes > maxBytes || fragments > FRAGMENTS_MAX) {
            isSpent = true;
            reset();
            return false;
        }
        return true;
    }

    private void reset() {
        text.setLength(0);
        text.trimToSize();
        binary = new ByteArrayOutputStream(0);
        bytes = 0;
        fragments = 0;
    }
}
