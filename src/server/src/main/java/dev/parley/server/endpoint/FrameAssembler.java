package dev.parley.server.endpoint;

import dev.parley.protocol.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Assembles the parts of a frame, within bounds on bytes and fragments. A connection has one for text and one for
 * binary frames. Containers do not enforce such bounds: two fragments of 600 bytes pass Undertow's limit of 1024, and
 * Tyrus collects an endless message until memory is exhausted. Confined to the session's callbacks, which containers
 * never call in parallel.
 */
final class FrameAssembler {
    static final int FRAGMENTS_MAX = 1_024;

    private final int maxBytes;
    /** The parts so far of a text frame that has several: most have one. */
    private Optional<StringBuilder> text = Optional.empty();
    /** The same of a binary frame. */
    private Optional<ByteArrayOutputStream> binary = Optional.empty();

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
        if (!isLast) {
            text = Optional.of(text.orElseGet(StringBuilder::new).append(part));
            return new Result.Incomplete();
        }
        String whole = text.map(parts -> parts.append(part).toString()).orElse(part);
        Result complete = new Result.Complete(whole, (int) bytes);
        reset();
        return complete;
    }

    Result add(ByteBuffer part, boolean isLast) {
        if (!take(part.remaining())) {
            return new Result.TooBig();
        }
        byte[] received = new byte[part.remaining()];
        part.get(received);
        if (binary.isEmpty() && isLast) {
            reset();
            return new Result.CompleteBytes(received);
        }
        ByteArrayOutputStream parts = binary.orElseGet(() -> new ByteArrayOutputStream(0));
        parts.writeBytes(received);
        if (!isLast) {
            binary = Optional.of(parts);
            return new Result.Incomplete();
        }
        reset();
        return new Result.CompleteBytes(parts.toByteArray());
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
        text = Optional.empty();
        binary = Optional.empty();
        bytes = 0;
        fragments = 0;
    }
}
