package dev.parley.client.internal.transport;

import dev.parley.protocol.Utf8;
import java.util.Optional;

/**
 * Joins the parts of one frame, within bounds: containers do not bound an unfinished message. Confined to the
 * connection's callbacks, which containers never call in parallel.
 */
public final class InboundFrame {
    /**
     * Maximum number of parts. Containers themselves split a frame into parts of some KiB; an endless series of empty
     * parts is an attack.
     */
    static final int PARTS_MAX = 16_384;

    private final int maxBytes;
    private final StringBuilder text = new StringBuilder();
    private long bytes;
    private int parts;
    private boolean isSpent;

    /** @param maxBytes maximum bytes of a whole frame in UTF-8 */
    public InboundFrame(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * A whole frame.
     *
     * @param bytes length in UTF-8
     */
    public record Whole(String text, int bytes) {}

    /** Adds a part, and returns the whole frame if it is complete. After a bound is exceeded, every part is dropped. */
    public Optional<Whole> add(String part, boolean isLast) {
        bytes += Utf8.length(part);
        parts++;
        if (isSpent || bytes > maxBytes || parts > PARTS_MAX) {
            isSpent = true;
            text.setLength(0);
            text.trimToSize();
            return Optional.empty();
        }
        text.append(part);
        if (!isLast) {
            return Optional.empty();
        }
        Whole whole = new Whole(text.toString(), (int) bytes);
        text.setLength(0);
        text.trimToSize();
        bytes = 0;
        parts = 0;
        return Optional.of(whole);
    }

    public boolean isSpent() {
        return isSpent;
    }
}
