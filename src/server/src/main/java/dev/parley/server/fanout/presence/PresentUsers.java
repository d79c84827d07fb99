package dev.parley.server.fanout.presence;

import dev.parley.protocol.ServerMessage;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The users and guests present in a room, not their sessions: a change is announced once for each, however many
 * sessions it has, and on however many nodes. Confined to the fan-out's event loop.
 */
public final class PresentUsers {
    /** Most names in one answer. */
    public static final int NAMES_MAX = 100;

    /**
     * Above this number of users, changes are announced as a count: 10,000 users times 10,000 changes would be all the
     * traffic.
     */
    public static final int ANNOUNCED_BY_NAME_MAX = 200;

    private static final Comparator<ServerMessage.Person> BY_NAME = Comparator.comparing(ServerMessage.Person::username)
            .thenComparing(person -> person.guest().orElse(""));

    private final Map<ServerMessage.Person, Integer> sessionsOf = new TreeMap<>(BY_NAME);
    private final Set<ServerMessage.Person> joined = new TreeSet<>(BY_NAME);
    private final Set<ServerMessage.Person> left = new TreeSet<>(BY_NAME);
    /** Whether somebody was told who is here since the last change was announced. */
    private boolean isTold;

    /** Those of other nodes that are known by number. */
    private int unnamed;

    private int lastCount;

    /** A change to announce: names, or only the count above {@link #ANNOUNCED_BY_NAME_MAX} users. */
    public record Change(
            List<ServerMessage.Person> joined, List<ServerMessage.Person> left, int count, boolean isCountOnly) {}

    public void join(ServerMessage.Person person) {
        if (sessionsOf.merge(person, 1, Integer::sum) == 1 && (!left.remove(person) || isTold)) {
            joined.add(person);
        }
    }

    public void leave(ServerMessage.Person person) {
        boolean gone =
                sessionsOf.computeIfPresent(person, (key, sessions) -> sessions == 1 ? null : sessions - 1) == null;
        if (gone && (!joined.remove(person) || isTold)) {
            left.add(person);
        }
    }

    /** More or fewer of those who are known by number. */
    public void addUnnamed(int difference) {
        unnamed += difference;
    }

    /** All whose names are known. */
    public List<ServerMessage.Person> all() {
        return List.copyOf(sessionsOf.keySet());
    }

    public int count() {
        return sessionsOf.size() + unnamed;
    }

    public List<ServerMessage.Person> first() {
        return sessionsOf.keySet().stream().limit(NAMES_MAX).toList();
    }

    /**
     * The same for a reader. It is told of each change after this, also of one that undoes a change that is not
     * announced yet.
     */
    public List<ServerMessage.Person> tellFirst() {
        isTold = true;
        return first();
    }

    public boolean isBig() {
        return count() > ANNOUNCED_BY_NAME_MAX;
    }

    /** The change since the last call; empty if there is none. */
    public Optional<Change> takeChange() {
        if (joined.isEmpty() && left.isEmpty() && count() == lastCount) {
            isTold = false;
            return Optional.empty();
        }
        lastCount = count();
        Change change = new Change(List.copyOf(joined), List.copyOf(left), count(), isBig());
        joined.clear();
        left.clear();
        isTold = false;
        return Optional.of(change);
    }
}
