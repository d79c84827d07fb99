package dev.parley.server.fanout;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The users present in a room, by user and not by session: a change is announced once per user, however many sessions
 * the user has. Confined to the fan-out's event loop.
 */
final class PresentUsers {
    /** Most names in one answer. */
    static final int NAMES_MAX = 100;

    /**
     * Above this number of users, changes are announced as a count: 10,000 users times 10,000 changes would be all the
     * traffic.
     */
    static final int ANNOUNCED_BY_NAME_MAX = 200;

    private final Map<String, Integer> sessionsByName = new TreeMap<>();
    private final Set<String> joined = new TreeSet<>();
    private final Set<String> left = new TreeSet<>();

    /** A change to announce: names, or only the count above {@link #ANNOUNCED_BY_NAME_MAX} users. */
    record Change(List<String> joined, List<String> left, int count, boolean isCountOnly) {}

    void join(String name) {
        if (sessionsByName.merge(name, 1, Integer::sum) == 1 && !left.remove(name)) {
            joined.add(name);
        }
    }

    void leave(String name) {
        boolean gone =
                sessionsByName.computeIfPresent(name, (key, sessions) -> sessions == 1 ? null : sessions - 1) == null;
        if (gone && !joined.remove(name)) {
            left.add(name);
        }
    }

    int count() {
        return sessionsByName.size();
    }

    List<String> firstNames() {
        return sessionsByName.keySet().stream().limit(NAMES_MAX).toList();
    }

    boolean isBig() {
        return count() > ANNOUNCED_BY_NAME_MAX;
    }

    /** The change since the last call; empty if there is none. */
    Optional<Change> takeChange() {
        if (joined.isEmpty() && left.isEmpty()) {
            return Optional.empty();
        }
        Change change = new Change(List.copyOf(joined), List.copyOf(left), count(), isBig());
        joined.clear();
        left.clear();
        return Optional.of(change);
    }
}
