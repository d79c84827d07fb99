package dev.parley.server.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.http.IpPrefix;
import dev.parley.server.session.Session;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * The rate limiter: a token bucket for each user and kind of work, counted over all of its sessions on this node.
 * Sessions that have not signed in share the limits of their address. Any thread.
 */
public final class RateLimiter {
    /** The kinds of work, each with a limit of its own. */
    public enum Kind {
        /** Stored messages. */
        MESSAGE,
        METRIC,
        /** Queries: history, presence, rooms. */
        QUERY,
        /** Joins, leaves, changes of members, subscriptions. */
        JOIN,
        /** Rooms and inboxes that are created by naming them. */
        CHANNEL,
        /** Typing. */
        SIGNAL,
        /** HTTP requests. */
        REQUEST,
        /** Logins on a session that has signed in. */
        LOGIN,
        /** The first login of a session. */
        SIGN_IN,
        /** Bytes of frames and files. */
        BYTES
    }

    /**
     * @param messages stored a second; 0 turns all rates off
     * @param bytes received a second; 0 for no limit of them
     * @param channels made a minute; 0 for no limit of them
     * @param bytesAtOnce of a burst: the longest file and more
     * @param sessions of one user; 0 for no limit of them
     */
    public record Limits(int messages, int bytes, int channels, long bytesAtOnce, int sessions) {}

    /** Cost of a message, or of a frame of a file, beside its bytes. */
    public static final int MESSAGE_COST_BYTES = 256;

    private record Limit(long count, Duration period, long atOnce) {
        static Limit perSecond(long count, long atOnce) {
            return new Limit(count, Duration.ofSeconds(1), atOnce);
        }

        static Limit burst(long perSecond) {
            return perSecond(perSecond, BURST_FACTOR * perSecond);
        }

        Duration timeToFill() {
            return period.multipliedBy(atOnce / count + 1).plusMinutes(1);
        }
    }

    private static final int BURST_FACTOR = 3;

    /**
     * Buckets of one kind, some 300 bytes each: several times the sessions of a node, so that no connected user loses
     * its bucket.
     */
    private static final int USERS_MAX = 100_000;

    /** A page joins all its rooms and subscribes to all its metrics when it opens. */
    private static final Limit JOINS = Limit.perSecond(ServerMessage.Limits.JOINS_PER_SECOND, 250);

    /** All rooms of a session may be new. */
    private static final int CHANNELS_OF_A_PAGE = ServerMessage.Limits.ROOMS_MAX;

    private static final Limit LOGINS = Limit.perSecond(1, 10);

    private static final Limit REQUESTS = Limit.perSecond(20, 100);

    private final Map<Kind, Limit> limits = new EnumMap<>(Kind.class);

    /** By user key or address. A bucket that had the time to fill up again can be dropped. */
    private final Map<Kind, Cache<String, Bucket>> buckets = new EnumMap<>(Kind.class);

    public RateLimiter(Limits wanted) {
        if (wanted.messages() > 0) {
            limits.put(Kind.MESSAGE, Limit.burst(wanted.messages()));
            limits.put(Kind.METRIC, Limit.burst(ServerMessage.Limits.METRICS_PER_SECOND));
            limits.put(Kind.QUERY, Limit.burst(ServerMessage.Limits.QUERIES_PER_SECOND));
            limits.put(Kind.JOIN, JOINS);
            limits.put(Kind.SIGNAL, Limit.burst(10));
            limits.put(Kind.REQUEST, REQUESTS);
            limits.put(Kind.LOGIN, LOGINS);
            if (wanted.sessions() > 0) {
                // After a restart, all sessions of a user reconnect at once, perhaps several times.
                limits.put(
                        Kind.SIGN_IN,
                        Limit.perSecond(Math.max(1, wanted.sessions() / 10), BURST_FACTOR * wanted.sessions()));
            }
            if (wanted.channels() > 0) {
                limits.put(
                        Kind.CHANNEL,
                        new Limit(wanted.channels(), Duration.ofMinutes(1), CHANNELS_OF_A_PAGE + wanted.channels()));
            }
            if (wanted.bytes() > 0) {
                limits.put(Kind.BYTES, Limit.perSecond(wanted.bytes(), Math.max(wanted.bytes(), wanted.bytesAtOnce())));
            }
        }
        for (Map.Entry<Kind, Limit> limit : limits.entrySet()) {
            buckets.put(
                    limit.getKey(),
                    Caffeine.newBuilder()
                            .expireAfterAccess(limit.getValue().timeToFill())
                            .maximumSize(USERS_MAX)
                            .build());
        }
    }

    /** Stored messages in one burst, for the welcome; 0 if there is no limit. */
    public int burst() {
        return BURST_FACTOR * messagesPerSecond();
    }

    /** Stored messages per second, for the welcome; 0 if there is no limit. */
    public int messagesPerSecond() {
        return limits.containsKey(Kind.MESSAGE) ? (int) limits.get(Kind.MESSAGE).count() : 0;
    }

    /** Whether this kind has a limit. */
    boolean isLimited(Kind kind) {
        return limits.containsKey(kind);
    }

    /** Takes one. Returns empty if the limit allows it, otherwise the milliseconds until it does. */
    OptionalLong take(Session who, Kind kind) {
        return take(who, kind, 1);
    }

    OptionalLong take(Session who, Kind kind, long count) {
        return take(
                who.identity()
                        .map(identity -> identity.key().value())
                        .orElseGet(() -> addressKey(who.handshake().address())),
                kind,
                count);
    }

    /** Takes one first login of an identity that has not signed in yet. Returns whether the limit allows it. */
    boolean takeSignIn(Identity who) {
        return take(who.key().value(), Kind.SIGN_IN, 1).isEmpty();
    }

    /** Takes one HTTP request. Returns empty if the limit allows it, otherwise the milliseconds until it does. */
    public OptionalLong takeRequest(Identity who) {
        return take(who.key().value(), Kind.REQUEST, 1);
    }

    /** The same for requests without a credential: all clients of one address share a limit. */
    public OptionalLong takeRequest(String address) {
        return take(addressKey(address), Kind.REQUEST, 1);
    }

    /** One subscriber has a /64 of IPv6 addresses. */
    private static String addressKey(String address) {
        return "address:" + IpPrefix.of(address);
    }

    private OptionalLong take(String key, Kind kind, long count) {
        Limit limit = limits.get(kind);
        if (limit == null || count == 0) {
            return OptionalLong.empty();
        }
        var probe = buckets.get(kind).get(key, fresh -> bucket(limit)).tryConsumeAndReturnRemaining(count);
        return probe.isConsumed()
                ? OptionalLong.empty()
                : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(probe.getNanosToWaitForRefill()) + 1);
    }

    private static Bucket bucket(Limit limit) {
        return Bucket.builder()
                // The monotonic clock: after a jump back of the wall clock, all buckets would stay empty until it has
                // caught up.
                .withNanosecondPrecision()
                .addLimit(fresh -> fresh.capacity(limit.atOnce()).refillGreedy(limit.count(), limit.period()))
                .build();
    }
}
