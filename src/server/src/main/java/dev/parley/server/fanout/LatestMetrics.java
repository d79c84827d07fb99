package dev.parley.server.fanout;

import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The latest value of each metric, encoded once, and the sessions that watch metrics. Matches are looked up by prefix:
 * the cost of a pattern is the number of its matches, and that of a value is one lookup per character of its id.
 * Confined to the metrics' event loop.
 */
final class LatestMetrics {
    static final int METRICS_MAX = 10_000;

    /** Limit of the watches of all sessions of this node, some 500 bytes each: five for each session of a full node. */
    static final int WATCHES_MAX = 100_000;

    private static final String ANY = "*";

    private final NavigableMap<String, Encoded> latest = new TreeMap<>();
    private final Map<String, Set<Session>> watchersByName = new HashMap<>();
    private final Map<String, Set<Session>> watchersByPrefix = new HashMap<>();
    private final Map<Session, Set<String>> patterns = new HashMap<>();
    private int watches;

    /**
     * Keeps a value; returns false if it belongs to a new metric and the limit of metrics is reached.
     *
     * @param metric a {@code metric} message
     */
    boolean put(String metricId, Encoded metric) {
        if (latest.size() >= METRICS_MAX && !latest.containsKey(metricId)) {
            return false;
        }
        latest.put(metricId, metric);
        return true;
    }

    /** The sessions that watch this metric, each once. */
    Set<Session> watchersOf(String metricId) {
        Set<Session> watchers = new LinkedHashSet<>(watchersByName.getOrDefault(metricId, Set.of()));
        for (int length = 0; length <= metricId.length(); length++) {
            watchers.addAll(watchersByPrefix.getOrDefault(metricId.substring(0, length), Set.of()));
        }
        return watchers;
    }

    /** The latest values of all matching metrics, ordered by id. */
    List<Encoded> matching(String pattern) {
        String name = name(pattern);
        return latest.tailMap(name, true).entrySet().stream()
                .takeWhile(metric -> isPrefix(pattern)
                        ? metric.getKey().startsWith(name)
                        : metric.getKey().equals(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    /** Adds a watch; returns false if the limit of watches is reached. */
    boolean watch(Session session, String pattern) {
        Set<String> own = patterns.getOrDefault(session, Set.of());
        if (own.contains(pattern)) {
            return true;
        }
        if (watches >= WATCHES_MAX) {
            return false;
        }
        watches++;
        patterns.computeIfAbsent(session, key -> new HashSet<>()).add(pattern);
        watchers(pattern)
                .computeIfAbsent(name(pattern), key -> new LinkedHashSet<>())
                .add(session);
        return true;
    }

    void unwatch(Session session, String pattern) {
        patterns.computeIfPresent(session, (key, own) -> {
            if (own.remove(pattern)) {
                forget(session, pattern);
            }
            return own.isEmpty() ? null : own;
        });
    }

    void sessionEnded(Session session) {
        Set<String> own = patterns.remove(session);
        if (own != null) {
            own.forEach(pattern -> forget(session, pattern));
        }
    }

    private void forget(Session session, String pattern) {
        watches--;
        watchers(pattern).computeIfPresent(name(pattern), (key, sessions) -> {
            sessions.remove(session);
            return sessions.isEmpty() ? null : sessions;
        });
    }

    private Map<String, Set<Session>> watchers(String pattern) {
        return isPrefix(pattern) ? watchersByPrefix : watchersByName;
    }

    private static boolean isPrefix(String pattern) {
        return pattern.endsWith(ANY);
    }

    private static String name(String pattern) {
        return isPrefix(pattern) ? pattern.substring(0, pattern.length() - ANY.length()) : pattern;
    }
}
