package dev.parley.server.fanout.metrics;

import dev.parley.server.session.Encoded;
import dev.parley.server.session.Session;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The latest value of each metric, encoded once, and the sessions that watch metrics. Matches are looked up by prefix:
 * the cost of a pattern is the number of its matches, and that of a value is one lookup for each length that prefixes
 * have. Confined to the metrics' event loop; any thread may call {@link #matching}.
 */
public final class LatestMetrics {
    public static final int METRICS_MAX = 10_000;

    /** Limit of the watches of all sessions of this node, some 500 bytes each: five for each session of a full node. */
    public static final int WATCHES_MAX = 100_000;

    /** Values of which is known that they came lately: those of the time in which a large snapshot is joined. */
    static final int RECENT_MAX = 4_096;

    private static final String ANY = "*";

    private final ConcurrentNavigableMap<String, Encoded> latest = new ConcurrentSkipListMap<>();
    private int metrics;
    /** Number of values so far. */
    private long version;
    /** Ids of the values that came last, the newest at the end. */
    private final Deque<String> recent = new ArrayDeque<>();

    private final Map<String, Set<Session>> watchersByName = new HashMap<>();
    private final Map<String, Set<Session>> watchersByPrefix = new HashMap<>();
    /** The lengths of the prefixes that are watched, each with the number of those. */
    private final NavigableMap<Integer, Integer> prefixLengths = new TreeMap<>();

    private final Map<Session, Set<String>> patterns = new HashMap<>();
    private int watches;

    /**
     * Keeps a value; returns false if it belongs to a new metric and the limit of metrics is reached.
     *
     * @param metric a {@code metric} message
     */
    public boolean put(String metricId, Encoded metric) {
        boolean isNew = !latest.containsKey(metricId);
        if (isNew && metrics >= METRICS_MAX) {
            return false;
        }
        metrics += isNew ? 1 : 0;
        latest.put(metricId, metric);
        version++;
        recent.add(metricId);
        if (recent.size() > RECENT_MAX) {
            recent.remove();
        }
        return true;
    }

    /** Number of values so far. */
    public long version() {
        return version;
    }

    /**
     * Ids of the metrics that match a pattern and got a value after a version; empty if that is too long ago to be
     * known.
     */
    public Optional<Set<String>> changedSince(long before, String pattern) {
        long values = version - before;
        if (values > recent.size()) {
            return Optional.empty();
        }
        Set<String> changed = new LinkedHashSet<>();
        Iterator<String> newest = recent.descendingIterator();
        for (long i = 0; i < values; i++) {
            String metricId = newest.next();
            if (matches(pattern, metricId)) {
                changed.add(metricId);
            }
        }
        return Optional.of(changed);
    }

    /** The latest value of a metric that has one. */
    public Encoded valueOf(String metricId) {
        return latest.get(metricId);
    }

    /** Whether a session watches this metric. */
    public boolean isWatching(Session session, String metricId) {
        return patterns.getOrDefault(session, Set.of()).stream().anyMatch(pattern -> matches(pattern, metricId));
    }

    /** The sessions that watch this metric, each once. To be read before the next change of watches. */
    public Set<Session> watchersOf(String metricId) {
        Set<Session> watchers = watchersByName.getOrDefault(metricId, Set.of());
        for (int length : prefixLengths.headMap(metricId.length(), true).keySet()) {
            watchers = union(watchers, watchersByPrefix.getOrDefault(metricId.substring(0, length), Set.of()));
        }
        return watchers;
    }

    /** Mostly one of them is empty, and nothing is copied. */
    private static Set<Session> union(Set<Session> some, Set<Session> others) {
        if (some.isEmpty() || others.isEmpty()) {
            return some.isEmpty() ? others : some;
        }
        Set<Session> all = new LinkedHashSet<>(some);
        all.addAll(others);
        return all;
    }

    /**
     * The latest values of the first matching metrics, ordered by id. On another thread, values that come meanwhile may
     * be missing.
     */
    public List<Encoded> matching(String pattern, int limit) {
        return latest.tailMap(name(pattern), true).entrySet().stream()
                .takeWhile(metric -> matches(pattern, metric.getKey()))
                .limit(limit)
                .map(Map.Entry::getValue)
                .toList();
    }

    private static boolean matches(String pattern, String metricId) {
        return isPrefix(pattern) ? metricId.startsWith(name(pattern)) : metricId.equals(pattern);
    }

    /** Adds a watch; returns false if the limit of watches is reached. */
    public boolean watch(Session session, String pattern) {
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
                .computeIfAbsent(name(pattern), key -> {
                    countPrefix(pattern, 1);
                    return new LinkedHashSet<>();
                })
                .add(session);
        return true;
    }

    public void unwatch(Session session, String pattern) {
        patterns.computeIfPresent(session, (key, own) -> {
            if (own.remove(pattern)) {
                forget(session, pattern);
            }
            return own.isEmpty() ? null : own;
        });
    }

    public void sessionEnded(Session session) {
        Set<String> own = patterns.remove(session);
        if (own != null) {
            own.forEach(pattern -> forget(session, pattern));
        }
    }

    private void forget(Session session, String pattern) {
        watches--;
        watchers(pattern).computeIfPresent(name(pattern), (key, sessions) -> {
            sessions.remove(session);
            if (!sessions.isEmpty()) {
                return sessions;
            }
            countPrefix(pattern, -1);
            return null;
        });
    }

    private void countPrefix(String pattern, int more) {
        if (isPrefix(pattern)) {
            prefixLengths.merge(
                    name(pattern).length(), more, (count, change) -> count + change == 0 ? null : count + change);
        }
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
