package dev.parley.acceptance.checker;

import java.util.Locale;

/** A broken promise, and where it was found. */
public record Violation(Kind kind, String sentence) {
    public enum Kind {
        ACKED_BUT_LOST,
        DOUBLED,
        REORDERED,
        SILENTLY_MISSING,
        DIVERGING,
        MISDELIVERED
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + sentence;
    }
}
