package dev.parley.server.endpoint;

import java.util.Optional;

/**
 * Puts the parts of one text frame together, within bounds. Containers do not: two fragments of 600 bytes pass Undertow's
 * limit of 1024, and Tyrus collects an endless message until the memory is gone. Owned by the session's callbacks, which
 * containers never call in parallel.
 */
final class InboundBudget {
    static final int FRAGMENTS_MAX = 1_024;

    private final int maxBytes;
    private final StringBuilder text = new StringBuilder();
    private int bytes;
    private int fragments;
    private boolean isSpent;

    /** @param maxBytes of a whole frame in UTF-8 */
    InboundBudget(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** What a part led to. */
    sealed interface Result {
        /** More must come. */
        record Incomplete() implements Result {}

        /** @param bytes of the text in UTF-8 */
        record Complete(String text, int bytes) implements Result {}

        /** Over a bound; nothing more is taken. */
        record TooBig() implements Result {}
    }

    Result add(String part, boolean isLast) {
        if (!take(utf8Length(part))) {
            return new Result.TooBig();
        }
        if (isLast && text.isEmpty()) {
            Result complete = new Result.Complete(part, bytes);
            reset();
            return complete;
        }
        text.append(part);
        if (!isLast) {
            return new Result.Incomplete();
        }
        Result complete = new Result.Complete(text.toString(), bytes);
        reset();
        return complete;
    }

    /** Counts a part that is thrown away, such as of a binary frame that nobody announced. */
    Optional<Result.TooBig> skip(int partBytes, boolean isLast) {
        if (!take(partBytes)) {
            return Optional.of(new Result.TooBig());
        }
        if (isLast) {
            reset();
        }
        return Optional.empty();
    }

    private boolean take(int partBytes) {
        bytes += partBytes;
        fragments++;
        if (isSpent || bytes > maxBytes || fragments > FRAGMENTS_MAX) {
            isSpent = true;
            text.setLength(0);
            text.trimToSize();
            return false;
        }
        return true;
    }

    private void reset() {
        text.setLength(0);
        text.trimToSize();
        bytes = 0;
        fragments = 0;
    }

    /** Without encoding: up to U+007F one byte, up to U+07FF two, half a surrogate pair two, the rest three. */
    private static int utf8Length(String part) {
        int length = part.length();
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c > 0x7F) {
                length += c > 0x7FF && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return length;
    }
}
