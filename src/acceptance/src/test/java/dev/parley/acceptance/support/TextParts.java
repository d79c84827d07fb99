package dev.parley.acceptance.support;

import java.util.Optional;

/** Joins the parts in which a {@link java.net.http.WebSocket.Listener} gets a text. Confined to the listener. */
public final class TextParts {
    private final StringBuilder text = new StringBuilder();

    /** Adds a part. Returns the whole text if this part is the last one. */
    public Optional<String> add(CharSequence part, boolean isLast) {
        text.append(part);
        if (!isLast) {
            return Optional.empty();
        }
        String whole = text.toString();
        text.setLength(0);
        return Optional.of(whole);
    }
}
