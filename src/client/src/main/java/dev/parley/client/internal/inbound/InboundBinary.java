package dev.parley.client.internal.inbound;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Joins the parts of one binary frame, within a bound. Confined to the connection's callbacks, which containers never
 * call in parallel.
 */
public final class InboundBinary {
    private final int maxBytes;
    private Optional<ByteArrayOutputStream> parts = Optional.empty();
    private boolean isTooLong;

    /** @param maxBytes maximum bytes of a whole frame; a longer one is dropped */
    public InboundBinary(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** The result of adding a part. */
    public sealed interface Result {
        record Incomplete() implements Result {}

        record Whole(byte[] frame) implements Result {}

        /** The last part of a frame that is too long. */
        record Dropped() implements Result {}
    }

    public Result add(ByteBuffer part, boolean isLast) {
        int before = parts.map(ByteArrayOutputStream::size).orElse(0);
        isTooLong |= (long) before + part.remaining() > maxBytes;
        if (isTooLong) {
            parts = Optional.empty();
            isTooLong = !isLast;
            return isLast ? new Result.Dropped() : new Result.Incomplete();
        }
        byte[] received = new byte[part.remaining()];
        part.get(received);
        if (isLast && parts.isEmpty()) {
            return new Result.Whole(received);
        }
        ByteArrayOutputStream joined = parts.orElseGet(ByteArrayOutputStream::new);
        joined.writeBytes(received);
        parts = isLast ? Optional.empty() : Optional.of(joined);
        return isLast ? new Result.Whole(joined.toByteArray()) : new Result.Incomplete();
    }
}
