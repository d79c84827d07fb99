package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.server.session.Session;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The latest value of each metric, and who watches which. Owned by the fan-out's thread. */
final class MetricBoard {
    static final int METRICS_MAX = 10_000;

    private static final String ANY = "*";

    private final Map<String, ServerMessage.Value> latest = new TreeMap<>();
    private final Map<String, Set<Session>> watchersByName = new HashMap<>();
    private final Map<String, Set<Session>> watchersByPrefix = new HashMap<>();
    private final Map<Session, Set<String>> patterns = new HashMap<>();

    /** Keeps the value; false where there are too many metrics to keep another one. */
    boolean put(ServerMessage.Value value) {
        if (latest.size() >= METRICS_MAX && !latest.containsKey(value.metricId())) {
            return false;
        }
        latest.put(value.metricId(), value);
        return true;
    }

    /** Everyone who watches this metric, once. */
    Set<Session> watchersOf(String metricId) {
        Set<Session> watchers = new LinkedHashSet<>(watchersByName.getOrDefault(metricId, Set.of()));
        watchersByPrefix.forEach((prefix, sessions) -> {
            if (metricId.startsWith(prefix)) {
                watchers.addAll(sessions);
            }
        });
        return watchers;
    }

    /** @return the last values of all that match */
    List<ServerMessage.Value> watch(Session session, String pattern) {
        patterns.computeIfAbsent(session, key -> new HashSet<>()).add(pattern);
        watchers(pattern)
                .computeIfAbsent(name(pattern), key -> new LinkedHashSet<>())
                .add(session);
        return latest.values().stream()
                .filter(value -> isPrefix(pattern)
                        ? value.metricId().startsWith(name(pattern))
                        : value.metricId().equals(pattern))
                .toList();
    }

    void unwatch(Session session, String pattern) {
        patterns.computeIfPresent(session, (key, own) -> {
            if (own.remove(pattern)) {
                forget(session, pattern);
            }
            return own.isEmpty() ? null : own;
        });
    }

    void gone(Session session) {
        Set<String> own = patterns.remove(session);
        if (own != null) {
            own.forEach(pattern -> forget(session, pattern));
        }
    }

    private void forget(Session session, String pattern) {
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
