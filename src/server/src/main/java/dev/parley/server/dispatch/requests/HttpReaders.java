package dev.parley.server.dispatch.requests;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Position;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.Credentials;
import dev.parley.server.auth.Identity;
import dev.parley.server.fanout.ChannelWatch;
import dev.parley.server.http.Problem;
import dev.parley.server.session.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * The readers over HTTP of this node that wait for messages, and the limits on their number. What ends a session ends
 * them too: the expiry or revocation of the credential, one reader too many of a user, the end of the node.
 *
 * <p>Thread rule: any thread may call any method; only {@link #drain} blocks. Under the lock only fields are used;
 * readers are ended without it.
 */
public final class HttpReaders {
    /** How often {@link #check} is to be called. */
    public static final Duration PERIOD = Duration.ofMillis(100);

    /**
     * A stream keeps its place until its connection has ended, which a reader that does not read delays. So a user may
     * have this many times its limit, counting those that were told to end.
     */
    private static final int ENDING_FACTOR = 2;

    /** Clients of a node that ends come back spread over this time. */
    private static final int RETURN_SECONDS_MAX = 5;

    private static final Duration DRAIN_DEADLINE = Duration.ofSeconds(2);

    private static final Problem FULL =
            Problem.tryLater("This server has reached its limit of connections.", Problem.LATER);
    private static final Problem TOO_MANY = Problem.tooMany(
            "You have more waiting requests and streams than allowed; a newer one has taken the place of this one.",
            Problem.LATER);

    private final ChannelReader.Pages pages;
    private final ChannelWatch watch;
    private final Sessions sessions;
    private final Rules rules;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;

    private final Set<ChannelReader> all = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    /** Oldest first within a user. Guarded by the lock. */
    private final Map<UserKey, Set<ChannelReader>> byUser = new HashMap<>();

    /**
     * What decides whether a reader may wait here.
     *
     * @param readersOfUser limit of one user's readers; 0 for no limit
     * @param isRevoked whether the tokens of an identity are revoked
     * @param isDraining whether the node ends
     */
    public record Rules(int readersOfUser, Predicate<Identity> isRevoked, BooleanSupplier isDraining) {}

    /**
     * @param sessions counts the connections of the node
     * @param clock the wall clock, for the expiry of credentials
     * @param nanoTime the monotonic clock
     */
    public HttpReaders(
            ChannelReader.Pages pages,
            ChannelWatch watch,
            Sessions sessions,
            Rules rules,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.pages = pages;
        this.watch = watch;
        this.sessions = sessions;
        this.rules = rules;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    /**
     * A reader for a request that waits for one page, and gets it at once if {@code after} or the wait is empty. The
     * caller begins and closes it.
     */
    public ChannelReader page(
            Identity who,
            Channel channel,
            Optional<Position> after,
            int limit,
            Duration wait,
            ChannelReader.Output output) {
        return reader(ReadRequest.page(who, channel, after, limit, wait), output);
    }

    /** A reader for a stream. The caller begins it, and closes it when the response is over. */
    public ChannelReader stream(
            Identity who, Channel channel, Optional<Position> after, ChannelReader.Output output) {
        return reader(ReadRequest.stream(who, channel, after), output);
    }

    private ChannelReader reader(ReadRequest request, ChannelReader.Output output) {
        return new ChannelReader(request, output, pages, this, watch, now());
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /**
     * Gives a reader its place, if it has none yet. One too many of a user ends that user's oldest.
     *
     * @return the reason why there is none for it
     */
    Optional<Problem> admit(ChannelReader reader) {
        List<ChannelReader> tooMany;
        synchronized (lock) {
            Set<ChannelReader> own = byUser.getOrDefault(reader.who().key(), Set.of());
            if (own.contains(reader)) {
                return Optional.empty();
            }
            int max = rules.readersOfUser();
            if (max > 0 && own.size() >= ENDING_FACTOR * max) {
                return Optional.of(TOO_MANY);
            }
            if (!sessions.addHttpReader()) {
                return Optional.of(FULL);
            }
            own = byUser.computeIfAbsent(reader.who().key(), fresh -> new LinkedHashSet<>());
            own.add(reader);
            all.add(reader);
            List<ChannelReader> reading =
                    own.stream().filter(one -> !one.isOver()).toList();
            tooMany = max == 0 ? List.of() : reading.subList(0, Math.max(0, reading.size() - max));
        }
        tooMany.forEach(oldest -> oldest.end(TOO_MANY));
        if (reader.isOver()) {
            // Closed while it was being added.
            release(reader);
        }
        // Asked last: who drains or revokes from here on finds it.
        return refusal(reader.who());
    }

    private Optional<Problem> refusal(Identity who) {
        if (rules.isDraining().getAsBoolean()) {
            return Optional.of(shuttingDown());
        }
        return rules.isRevoked().test(who) ? Optional.of(tokenRevoked()) : Optional.empty();
    }

    private Problem shuttingDown() {
        return Problem.tryLater(
                "This server is shutting down; another one takes over shortly.",
                Duration.ofSeconds(1 + random.nextInt(RETURN_SECONDS_MAX)));
    }

    private static Problem tokenRevoked() {
        return Credentials.unauthorized(
                ErrorCode.LOGIN_REFUSED, "Your token was revoked. Sign in at your identity provider again.");
    }

    /** Frees the place of a reader, if it has one. */
    void release(ChannelReader reader) {
        synchronized (lock) {
            if (!all.remove(reader)) {
                return;
            }
            byUser.computeIfPresent(reader.who().key(), (key, own) -> {
                own.remove(reader);
                return own.isEmpty() ? null : own;
            });
            sessions.removeHttpReader();
            lock.notifyAll();
        }
    }

    /** Ends the readers of a user whose token is revoked. */
    public void revoked(UserKey user) {
        List<ChannelReader> own;
        synchronized (lock) {
            own = List.copyOf(byUser.getOrDefault(user, Set.of()));
        }
        own.stream()
                .filter(reader -> rules.isRevoked().test(reader.who()))
                .forEach(reader -> reader.end(tokenRevoked()));
    }

    /** The node ends: tells all readers to come back. */
    public void sendAllAway() {
        all.forEach(reader -> reader.end(shuttingDown()));
    }

    /**
     * The same, and waits until they are answered, for 2 s at most: a stream may have a reader that does not read.
     * Blocks.
     */
    public void drain() {
        sendAllAway();
        long deadline = System.nanoTime() + DRAIN_DEADLINE.toNanos();
        synchronized (lock) {
            for (long left = DRAIN_DEADLINE.toMillis();
                    left > 0 && !byUser.isEmpty();
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** Ends the readers whose time is over. To be called every {@link #PERIOD}. */
    public void check() {
        Instant time = clock.instant();
        long now = now();
        all.forEach(reader -> reader.check(now, time));
    }

    /** Readers that have a place. */
    public int count() {
        return all.size();
    }
}
