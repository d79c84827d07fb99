package dev.parley.server.store.model;

import java.util.List;

/**
 * A page of the history of a channel.
 *
 * @param bodies messages as JSON, in seq order
 * @param oldest seq of the oldest message still stored; head + 1 if there is none
 * @param more whether older messages than these are stored
 */
public record HistoryPage(List<String> bodies, long oldest, boolean more) {}
