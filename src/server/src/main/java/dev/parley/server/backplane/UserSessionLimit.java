package dev.parley.server.backplane;

import dev.parley.protocol.Channel;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Identity;
import dev.parley.server.session.EndpointType;
import dev.parley.server.session.Session;
import dev.parley.server.session.Sessions;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Limits the sessions of one user over all nodes. As on a node of its own, a new session is always let in, and ends the
 * user's oldest. The nodes tell each other, in the user's inbox channel, how many sessions of the user they have and
 * how old the oldest is; the node with the oldest session of all closes it. No query is needed, and a user with
 * sessions on one node only costs one event at the first sign-in.
 *
 * <p>What the backplane loses makes the limit late: counts that matter are told again every half a minute. Without a
 * backplane each node limits its own sessions ({@link Sessions}).
 *
 * <p>Thread rule: any thread may call any method except {@link #maintain}; none blocks.
 */
final class UserSessionLimit {
    /** Calls of {@link #maintain}, of which one comes each second. */
    static final int REFRESH = 30;

    /** Users who are told about in one call of {@link #maintain}. */
    static final int REFRESHED_AT_ONCE = 100;

    private final String self;
    private final Sessions sessions;
    private final int limit;
    private final InstantSource clock;
    private final Consumer<NodeEvent> publish;
    /** The higher version of two was counted later. */
    private final AtomicLong versions = new AtomicLong();

    private final Object lock = new Object();
    /**
     * What other nodes said, by user and node. A user has an entry from the first sign-in here on, when the others are
     * asked, until its last session here ends; one without sessions elsewhere has an empty one. Guarded by the lock.
     */
    private final Map<UserKey, Map<String, NodeEvent.UserSessions>> elsewhere = new HashMap<>();

    private volatile int nodes = 1;
    private volatile boolean isRefreshDue;
    /** Confined to {@link #maintain}. */
    private final Deque<UserKey> toRefresh = new ArrayDeque<>();
    /** Confined to {@link #maintain}. */
    private int callsSinceRefresh;

    /**
     * @param self id of this node
     * @param clock the clock of the database, by which nodes compare the age of sessions
     * @param publish tells the other nodes; must not block
     */
    UserSessionLimit(String self, Sessions sessions, InstantSource clock, Consumer<NodeEvent> publish) {
        this.self = self;
        this.sessions = sessions;
        this.limit = sessions.caps().user();
        this.clock = clock;
        this.publish = publish;
    }

    /** A session has signed in, or renewed its sign-in; {@link Sessions} has it, and this node hears the inbox. */
    void signedIn(Session session) {
        UserKey user = session.signedInAs().key();
        boolean isToBeTold;
        synchronized (lock) {
            Map<String, NodeEvent.UserSessions> known = elsewhere.putIfAbsent(user, Map.of());
            isToBeTold = known == null || !known.isEmpty();
        }
        if (isToBeTold) {
            // The answers decide what must close: a session that was closed together with this sign-in counts no more.
            tell(user, true);
        }
        if (session.isEnded()) {
            // Perhaps before it had an entry.
            ended(session);
        }
    }

    /** A session has ended; {@link Sessions} has it no more. */
    void ended(Session session) {
        session.identity()
                .or(() -> session.handshake().credential())
                .map(Identity::key)
                .ifPresent(this::oneEnded);
    }

    private void oneEnded(UserKey user) {
        boolean isElsewhere;
        synchronized (lock) {
            Map<String, NodeEvent.UserSessions> known = elsewhere.getOrDefault(user, Map.of());
            isElsewhere = known.values().stream().anyMatch(there -> there.count() > 0);
            if (sessions.of(user).isEmpty()) {
                elsewhere.remove(user);
            }
        }
        if (isElsewhere) {
            tell(user, false);
        }
    }

    private void tell(UserKey user, boolean asks) {
        // Before the count, so that a later version never tells an earlier state.
        long version = versions.incrementAndGet();
        List<Session> open = open(user);
        long oldest = open.isEmpty() ? 0 : openedAt(open.get(0));
        publish.accept(new NodeEvent.UserSessions(user, version, open.size(), oldest, asks));
    }

    private List<Session> open(UserKey user) {
        return sessions.of(user).stream().filter(Session::isOpen).toList();
    }

    private long openedAt(Session session) {
        return clock.instant().minusNanos(session.age()).toEpochMilli();
    }

    /** Another node has told how many sessions a user has there. */
    void received(String node, NodeEvent.UserSessions there) {
        UserKey user = there.user();
        boolean isNew;
        synchronized (lock) {
            Map<String, NodeEvent.UserSessions> known = elsewhere.get(user);
            if (known == null) {
                // Nobody is here who counts: this node asks when somebody comes.
                return;
            }
            NodeEvent.UserSessions before = known.get(node);
            isNew = before == null;
            if (isNew || before.version() < there.version()) {
                Map<String, NodeEvent.UserSessions> news = new HashMap<>(known);
                news.put(node, there);
                elsewhere.put(user, Map.copyOf(news));
            }
        }
        boolean isOneClosed = closeTheOldest(user);
        if (there.asks() || isNew || isOneClosed) {
            tell(user, false);
        }
    }

    /** Closes sessions that are too many, as long as this node has the oldest of all. Returns whether it closed any. */
    private boolean closeTheOldest(UserKey user) {
        Map<String, NodeEvent.UserSessions> known;
        synchronized (lock) {
            known = elsewhere.getOrDefault(user, Map.of());
        }
        List<Session> own = open(user);
        int tooMany = own.size() - limit;
        for (NodeEvent.UserSessions there : known.values()) {
            tooMany += there.count();
        }
        int closed = 0;
        while (closed < tooMany && closed < own.size() && isOldest(openedAt(own.get(closed)), known)) {
            own.get(closed).close(CloseCode.REPLACED);
            closed++;
        }
        return closed > 0;
    }

    /** Of two that are equally old, the one on the node whose id is less. */
    private boolean isOldest(long openedAt, Map<String, NodeEvent.UserSessions> known) {
        return known.entrySet().stream()
                .filter(there -> there.getValue().count() > 0)
                .allMatch(there -> openedAt < there.getValue().oldest()
                        || (openedAt == there.getValue().oldest() && self.compareTo(there.getKey()) < 0));
    }

    /** Only these other nodes have a lease: the sessions of others are gone. */
    void nodesAlive(Set<String> alive) {
        nodes = alive.size() + 1;
        synchronized (lock) {
            elsewhere.replaceAll((user, known) -> alive.containsAll(known.keySet())
                    ? known
                    : known.entrySet().stream()
                            .filter(there -> alive.contains(there.getKey()))
                            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue)));
        }
    }

    /** Events may have been lost: what matters is told again at the next {@link #maintain}. */
    void regained() {
        isRefreshDue = true;
    }

    /**
     * Tells and asks again what may have been lost. A user with too many sessions has more than its average share of
     * them on some node, so only those users matter. To be called once a second, one call at a time.
     */
    void maintain() {
        callsSinceRefresh++;
        if (toRefresh.isEmpty() && (isRefreshDue || callsSinceRefresh >= REFRESH)) {
            isRefreshDue = false;
            callsSinceRefresh = 0;
            toRefresh.addAll(sessions.usersWith(limit / nodes + 1));
        }
        for (int i = 0; i < REFRESHED_AT_ONCE && !toRefresh.isEmpty(); i++) {
            UserKey user = toRefresh.remove();
            synchronized (lock) {
                if (!elsewhere.containsKey(user)) {
                    continue;
                }
            }
            tell(user, true);
        }
    }

    /** Inboxes that this node must hear although nobody here reads them: of users who only watch metrics. */
    Set<Channel> channels() {
        return sessions.all().stream()
                .filter(session -> session.endpoint() == EndpointType.MONITOR)
                .flatMap(session -> session.identity().stream())
                .map(who -> new Channel.Inbox(who.key()))
                .collect(Collectors.toSet());
    }
}
