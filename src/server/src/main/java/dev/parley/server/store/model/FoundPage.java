package dev.parley.server.store.model;

import java.util.List;

/**
 * A page of what a search has found in a channel.
 *
 * @param bodies messages as JSON, in seq order
 * @param oldest seq of the oldest message still stored; head + 1 if there is none
 * @param searched seq of the oldest message that was looked at; {@code before} if none was
 */
public record FoundPage(List<String> bodies, long oldest, long searched) {
    /** Whether older messages are stored, in which more may be found. */
    public boolean more() {
        return searched > oldest;
    }
}
