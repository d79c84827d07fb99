package dev.parley.server.store.model;

import java.util.List;

/**
 * @param bodies messages as JSON, in seq order
 * @param oldest seq of the oldest message still stored; head + 1 where none is
 * @param more whether older ones than these are stored
 */
public record HistoryPage(List<String> bodies, long oldest, boolean more) {}
