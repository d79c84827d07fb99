package dev.parley.server.session;

import dev.parley.protocol.Field;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.IpPrefix;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All live sessions of this node, and the limits on their number. Any thread. */
public final class Sessions {
    /**
     * Limits on the number of concurrent sessions; 0 means no limit.
     *
     * @param node sessions of the node
     * @param user sessions of one user, signed in or about to sign in, or of one guest
     * @param unsigned sessions from one address that have not signed in with a credential; guests count too, because
     *     anybody can be any number of guests
     */
    public record Caps(int node, int user, int unsigned) {}

    private final Caps caps;
    private final Map<SessionId, Session> byId = new ConcurrentHashMap<>();
    private final Object removed = new Object();

    /** Guards the fields below. */
    private final Object lock = new Object();

    private final Groups<UserKey> byUser = new Groups<>();
    private final Groups<String> unsignedByAddress = new Groups<>();
    /** By the folded name. */
    private final Groups<String> byGuestName = new Groups<>();
    /** Numbers of refused connections. They are no sessions, but count in the limits of sessions. */
    private final Map<String, Integer> refusedByAddress = new HashMap<>();

    private int refused;
    /** Readers over HTTP. They are no sessions, but count in the limit of the node. */
    private int httpReaders;

    public Sessions(Caps caps) {
        this.caps = caps;
    }

    /**
     * Sessions grouped by a key, oldest first within a group. A group of one, which most are, is an immutable set of 24
     * bytes; a linked one takes 200.
     */
    private static final class Groups<K> {
        private final Map<K, Set<Session>> groups = new HashMap<>();
        private final Map<Session, K> groupOf = new HashMap<>();

        void put(K key, Session session) {
            remove(session);
            groups.merge(key, Set.of(session), Groups::with);
            groupOf.put(session, key);
        }

        private static Set<Session> with(Set<Session> group, Set<Session> one) {
            Set<Session> several = group.size() == 1 ? new LinkedHashSet<>(group) : group;
            several.addAll(one);
            return several;
        }

        void remove(Session session) {
            K key = groupOf.remove(session);
            if (key != null) {
                groups.computeIfPresent(key, (same, group) -> group.size() == 1 ? null : without(group, session));
            }
        }

        private static Set<Session> without(Set<Session> group, Session session) {
            group.remove(session);
            return group;
        }

        Set<Session> of(K key) {
            return groups.getOrDefault(key, Set.of());
        }

        /** The keys of the groups that have so many sessions or more. */
        List<K> with(int atLeast) {
            return groups.entrySet().stream()
                    .filter(group -> group.getValue().size() >= atLeast)
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    public Caps caps() {
        return caps;
    }

    /**
     * Adds a new session.
     *
     * @return the oldest sessions of the user of its credential that now exceed the limit
     */
    public List<Session> add(Session session) {
        byId.put(session.id(), session);
        Optional<UserKey> key = session.handshake().credential().map(Identity::key);
        List<Session> tooMany;
        synchronized (lock) {
            if (key.isEmpty()) {
                unsignedByAddress.put(IpPrefix.of(session.handshake().address()), session);
            }
            tooMany = key.map(user -> tooMany(user, session)).orElse(List.of());
        }
        // It may have ended while it was being added.
        if (session.isEnded()) {
            remove(session);
        }
        return tooMany;
    }

    /** Under the lock. */
    private List<Session> tooMany(UserKey key, Session oneMore) {
        if (!byUser.of(key).contains(oneMore)) {
            byUser.put(key, oneMore);
        }
        Set<Session> own = byUser.of(key);
        if (caps.user() == 0 || own.size() <= caps.user()) {
            return List.of();
        }
        // A dead one that its successor has closed must not cost a live one its place.
        List<Session> open = own.stream().filter(Session::isOpen).toList();
        return open.subList(0, Math.max(0, open.size() - caps.user()));
    }

    public void remove(Session session) {
        byId.remove(session.id());
        synchronized (lock) {
            byUser.remove(session);
            unsignedByAddress.remove(session);
            byGuestName.remove(session);
        }
        if (byId.isEmpty()) {
            synchronized (removed) {
                removed.notifyAll();
            }
        }
    }

    /**
     * Records that a session has signed in or changed its name.
     *
     * @return the user's oldest sessions that now exceed the limit
     */
    public List<Session> signedIn(Session session) {
        Identity who = session.signedInAs();
        List<Session> tooMany;
        synchronized (lock) {
            if (who.isGuest()) {
                byGuestName.put(Field.folded(who.name()), session);
            } else {
                unsignedByAddress.remove(session);
                byGuestName.remove(session);
            }
            tooMany = tooMany(who.key(), session);
        }
        // It may have ended while it was being added.
        if (session.isEnded()) {
            remove(session);
        }
        return tooMany;
    }

    /** The sessions of one user, including those that brought its credential and have not signed in yet. */
    public List<Session> of(UserKey key) {
        synchronized (lock) {
            return List.copyOf(byUser.of(key));
        }
    }

    /** The users and guests with so many sessions or more on this node. */
    public List<UserKey> usersWith(int atLeast) {
        synchronized (lock) {
            return byUser.with(atLeast);
        }
    }

    /**
     * Registers a session that is about to sign in as a guest under a name. To be called before the database is asked
     * whether the name belongs to a user: a user that signs in meanwhile finds the session in {@link #guestsNamed}.
     */
    public void registerGuestName(Session session, String name) {
        synchronized (lock) {
            byGuestName.put(Field.folded(name), session);
        }
        // It may have ended while it was being added.
        if (session.isEnded()) {
            remove(session);
        }
    }

    /** The sessions that are signed in, or are about to sign in, as guests under a name, regardless of case. */
    public List<Session> guestsNamed(String name) {
        synchronized (lock) {
            return List.copyOf(byGuestName.of(Field.folded(name)));
        }
    }

    /**
     * The guests that are connected under a name, regardless of case; each once, however many sessions it has, and no
     * more than two: a search for each message must not depend on how many guests take one name.
     */
    public List<Identity> guests(String name) {
        String folded = Field.folded(name);
        synchronized (lock) {
            return byGuestName.of(folded).stream()
                    .flatMap(session -> session.identity().stream())
                    .filter(who -> who.isGuest() && Field.folded(who.name()).equals(folded))
                    .distinct()
                    .limit(2)
                    .toList();
        }
    }

    /** The keys of all guests with a session on this node. */
    public Set<UserKey> guestKeys() {
        return byId.values().stream()
                .flatMap(session -> session.identity().stream())
                .filter(Identity::isGuest)
                .map(Identity::key)
                .collect(Collectors.toSet());
    }

    /** The sessions that signed in under a name, as its user or as guests, regardless of case. */
    public List<Session> named(String username) {
        return Stream.of(of(UserKey.user(username)), guestsNamed(username))
                .flatMap(List::stream)
                .filter(session -> session.identity().isPresent())
                .toList();
    }

    /** Counts a connection that was refused after its upgrade, until {@link #removeRefused}. */
    public void addRefused(String address) {
        synchronized (lock) {
            refused++;
            refusedByAddress.merge(IpPrefix.of(address), 1, Integer::sum);
        }
    }

    /** A connection that {@link #addRefused} counted has ended. */
    public void removeRefused(String address) {
        synchronized (lock) {
            refused--;
            refusedByAddress.computeIfPresent(IpPrefix.of(address), (prefix, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Whether this node has reached its limit of sessions. */
    public boolean isFull() {
        synchronized (lock) {
            return caps.node() > 0 && byId.size() + refused + httpReaders >= caps.node();
        }
    }

    /** Counts a reader over HTTP, until {@link #removeHttpReader}. Returns false, with none counted, if it is full. */
    public boolean addHttpReader() {
        synchronized (lock) {
            if (isFull()) {
                return false;
            }
            httpReaders++;
            return true;
        }
    }

    /** A reader that {@link #addHttpReader} counted has ended. */
    public void removeHttpReader() {
        synchronized (lock) {
            httpReaders--;
        }
    }

    /** Whether the address has reached the limit of sessions without a credential. */
    public boolean isCrowded(String address) {
        return caps.unsigned() > 0 && unsigned(address) >= caps.unsigned();
    }

    /** Connections of the address without a good credential: guests too, and those that are being refused. */
    public int unsigned(String address) {
        synchronized (lock) {
            String prefix = IpPrefix.of(address);
            return unsignedByAddress.of(prefix).size() + refusedByAddress.getOrDefault(prefix, 0);
        }
    }

    /** Blocks until no session is left or the time is over; returns whether none is left. */
    public boolean awaitNone(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        synchronized (removed) {
            for (long left = atMost.toMillis();
                    left > 0 && !byId.isEmpty();
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
                try {
                    removed.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        return byId.isEmpty();
    }

    public Optional<Session> find(SessionId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** The sessions that were opened first. */
    public List<Session> oldest(int count) {
        // The ages change while they are compared.
        Map<Session, Long> ages = byId.values().stream().collect(Collectors.toMap(session -> session, Session::age));
        return ages.entrySet().stream()
                .sorted(Map.Entry.<Session, Long>comparingByValue().reversed())
                .limit(count)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A live, unmodifiable view. */
    public Collection<Session> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    public int count() {
        return byId.size();
    }
}
