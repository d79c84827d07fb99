package dev.parley.server.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.parley.protocol.ServerMessage;
import dev.parley.server.auth.Identity;
import dev.parley.server.dispatch.budget.BudgetKeys;
import dev.parley.server.dispatch.budget.FairBudget;
import dev.parley.server.session.Session;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The rate limiter: a token bucket for each user and kind of work, counted over all of its sessions on this node.
 * Sessions that have not signed in share the limits of their address. The guests of an address also share a budget,
 * beside the limits of each. Any thread.
 */
public final class RateLimiter {
    /** The kinds of work, each with a limit of its own. */
    public enum Kind {
        /** Stored messages. */
        MESSAGE,
        METRIC,
        /** Queries: history, search, presence, rooms, members. */
        QUERY,
        /** Joins, leaves, changes of members, subscriptions. */
        JOIN,
        /** Rooms and inboxes that are created by naming them. */
        CHANNEL,
        /** Typing. */
        SIGNAL,
        /** Binary frames to rooms. */
        BINARY,
        /** Writes of read marks; only those of guests, who share them. */
        MARK,
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
     * @param guests how many users' limits the guests of one address share; 0 for no shared limit
     */
    public record Limits(int messages, int bytes, int channels, long bytesAtOnce, int sessions, int guests) {}

    /**
     * A limit that is exceeded.
     *
     * @param retryAfterMillis until the limit allows it
     * @param isShared whether it is the limit that the guests of an address share: then it may be the others who exceed
     *     it
     */
    public record Excess(long retryAfterMillis, boolean isShared) {}

    /** Cost of a message, or of a frame of a file, beside its bytes. */
    public static final int MESSAGE_COST_BYTES = 256;

    private record Limit(long count, Duration period, long atOnce) {
        static Limit perSecond(long count, long atOnce) {
            return new Limit(count, Duration.ofSeconds(1), atOnce);
        }

        static Limit burst(long perSecond) {
            return perSecond(perSecond, BURST_FACTOR * perSecond);
        }

        /** @param firstShare what a guest has at its first request, although the others have taken everything */
        FairBudget.Limits shared(int guests, long firstShare, long shareMax) {
            return new FairBudget.Limits(
                    (double) guests * count / period.toSeconds(), guests * atOnce, firstShare, shareMax);
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

    private static final int SIGNALS_PER_SECOND = 10;

    private static final Limit LOGINS = Limit.perSecond(1, 10);

    private static final Limit REQUESTS = Limit.perSecond(20, 100);

    /** A frame, of usual length where the limit is a small one. */
    private static final long FIRST_SHARE_BYTES = 64 * 1024;

    private static final long FIRST_SHARE_PART = 100;

    /** A direct message may make two inboxes. */
    private static final long SHARE_MAX_OTHERS = 2;

    private final Map<Kind, Limit> limits = new EnumMap<>(Kind.class);

    /** By user key or address. A bucket that had the time to fill up again can be dropped. */
    private final Map<Kind, Cache<String, Bucket>> buckets = new EnumMap<>(Kind.class);

    /** By the address of guests. */
    private final Map<Kind, Cache<String, FairBudget>> shared = new EnumMap<>(Kind.class);

    private final int guests;
    private final LongSupplier nanoTime;

    /** @param nanoTime the monotonic clock of the shared budgets */
    public RateLimiter(Limits wanted, LongSupplier nanoTime) {
        this.guests = wanted.guests();
        this.nanoTime = nanoTime;
        if (wanted.messages() > 0) {
            limits.put(Kind.MESSAGE, Limit.burst(wanted.messages()));
            limits.put(Kind.METRIC, Limit.burst(ServerMessage.Limits.METRICS_PER_SECOND));
            limits.put(Kind.QUERY, Limit.burst(ServerMessage.Limits.QUERIES_PER_SECOND));
            limits.put(Kind.JOIN, JOINS);
            limits.put(Kind.SIGNAL, Limit.burst(SIGNALS_PER_SECOND));
            limits.put(Kind.BINARY, Limit.burst(ServerMessage.Limits.BINARY_PER_SECOND));
            limits.put(Kind.MARK, Limit.burst(SIGNALS_PER_SECOND));
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
            if (guests > 0) {
                shared.put(
                        limit.getKey(),
                        Caffeine.newBuilder()
                                .expireAfterAccess(limit.getValue().timeToFill())
                                .maximumSize(USERS_MAX)
                                .build());
            }
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
    public boolean isLimited(Kind kind) {
        return limits.containsKey(kind);
    }

    /** Takes one. Returns empty if the limits allow it. */
    Optional<Excess> take(Session who, Kind kind) {
        return take(who, kind, 1);
    }

    Optional<Excess> take(Session who, Kind kind, long count) {
        return take(BudgetKeys.of(who), kind, count);
    }

    /** Takes one first login of an identity as which this session is about to sign in. */
    Optional<Excess> takeSignIn(Session session, Identity who) {
        return take(BudgetKeys.of(who, session.handshake().address()), Kind.SIGN_IN, 1);
    }

    /**
     * Takes from the limit of a user for a request over HTTP, which counts like the work of its sessions.
     *
     * @param user with a token: a guest would also take from what the guests of its address share
     */
    public Optional<Excess> take(Identity user, Kind kind, long count) {
        return take(new BudgetKeys(user.key().value(), Optional.empty()), kind, count);
    }

    private Optional<Excess> take(BudgetKeys who, Kind kind, long count) {
        OptionalLong own = take(who.own(), kind, count);
        if (own.isPresent()) {
            return Optional.of(new Excess(own.getAsLong(), false));
        }
        Optional<Excess> excess = who.guestAddress().flatMap(address -> takeShared(address, who.own(), kind, count));
        if (excess.isPresent() && kind == Kind.BYTES) {
            // A file that the others kept out must not use up the guest's own burst.
            buckets.get(kind).asMap().computeIfPresent(who.own(), (key, bucket) -> {
                bucket.addTokens(count);
                return bucket;
            });
        }
        return excess;
    }

    /**
     * Takes one write of a read mark from what the guests of an address share. A user's own writes are paced elsewhere.
     *
     * @return the milliseconds until there is one; 0 if one was taken, or this is no guest
     */
    public long markDelay(BudgetKeys who) {
        return who.guestAddress()
                .flatMap(address -> takeShared(address, who.own(), Kind.MARK, 1))
                .map(Excess::retryAfterMillis)
                .orElse(0L);
    }

    private Optional<Excess> takeShared(String address, String guest, Kind kind, long count) {
        if (!shared.containsKey(kind) || count == 0) {
            return Optional.empty();
        }
        OptionalLong wait = shared.get(kind)
                .get(address, fresh -> new FairBudget(sharedLimits(kind), nanoTime))
                .take(guest, count);
        return wait.isPresent() ? Optional.of(new Excess(wait.getAsLong(), true)) : Optional.empty();
    }

    private FairBudget.Limits sharedLimits(Kind kind) {
        Limit limit = limits.get(kind);
        return switch (kind) {
            // Each is a new guest: none has a share before the others.
            case SIGN_IN -> limit.shared(guests, 0, 0);
            // A share may be saved for a whole file.
            case BYTES ->
                limit.shared(guests, Math.min(FIRST_SHARE_BYTES, limit.atOnce() / FIRST_SHARE_PART), limit.atOnce());
            default -> limit.shared(guests, 1, SHARE_MAX_OTHERS);
        };
    }

    /** Takes one HTTP request. Returns empty if the limit allows it, otherwise the milliseconds until it does. */
    public OptionalLong takeRequest(Identity who) {
        return take(who.key().value(), Kind.REQUEST, 1);
    }

    /** The same for requests without a credential: all clients of one address share a limit. */
    public OptionalLong takeRequest(String address) {
        return take(BudgetKeys.ofAddress(address).own(), Kind.REQUEST, 1);
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
