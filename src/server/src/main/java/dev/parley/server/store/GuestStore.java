package dev.parley.server.store;

import dev.parley.protocol.UserKey;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.GuestTables;
import dev.parley.server.store.jdbc.TokenUserTables;
import dev.parley.server.store.jdbc.Transactions;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Stores guests: their names, tags and the hashes of their secrets. Any thread may call any method; none blocks. A
 * transient failure fails a stage with {@link StoreUnavailable}.
 */
public final class GuestStore {
    /**
     * How long guests are remembered.
     *
     * @param age time away after which a guest is forgotten
     * @param count number of guests above which those that were away longest are forgotten
     */
    public record Limits(Duration age, int count) {}

    /** Result of signing in under a name. */
    public sealed interface Entry {
        /** @param guest with the tag that it has got */
        record Entered(Identity guest) implements Entry {}

        /** The name belongs to a user. */
        record NameTaken() implements Entry {}

        /** The guest's time was over. */
        record Forgotten() implements Entry {}
    }

    private static final int NAMED_MAX = 2;

    /** Who a name means to somebody that writes to it. */
    public enum Holder {
        /** A user of this name signed in at least once. */
        USER,
        /** No user did, and at least one guest of the name is remembered, connected or not. */
        GUESTS,
        NOBODY
    }

    /** Guests that were connected in this time are not forgotten, however many there are. */
    private static final Duration RECENT = Duration.ofMinutes(10);

    /** A guest that stays connected is recorded as such so often. Less than {@link #RECENT} by more than a period. */
    private static final Duration RENEWED_EVERY = Duration.ofMinutes(5);

    /** Period of {@link #trim}. */
    public static final Duration TRIM_PERIOD = Duration.ofMinutes(1);

    private final Database database;
    private final Limits limits;
    private final InstantSource clock;
    private final Supplier<String> epochs;
    private final Supplier<String> tagCharacters;
    private final GuestTables tables = new GuestTables();
    private final TokenUserTables tokenUsers = new TokenUserTables();
    /** By the hashes of their secrets. */
    private final QueryBatch<String, Optional<Identity>> returning;

    private final AtomicBoolean isTrimming = new AtomicBoolean();

    /**
     * @param epochs creates a random epoch for the inbox of each new guest
     * @param tagCharacters supplies a random character, for a tag that is in use already
     */
    public GuestStore(
            Database database,
            Limits limits,
            InstantSource clock,
            Supplier<String> epochs,
            Supplier<String> tagCharacters) {
        this.database = database;
        this.limits = limits;
        this.clock = clock;
        this.epochs = epochs;
        this.tagCharacters = tagCharacters;
        this.returning = new QueryBatch<>(database, this::renewed);
    }

    private Instant expiry(Instant now) {
        return now.plus(limits.age());
    }

    /**
     * Stores a new guest with its inbox.
     *
     * @param wanted its tag gets more characters if another guest has it
     * @return {@link Entry.Entered} or {@link Entry.NameTaken}
     */
    public CompletionStage<Entry> create(Identity wanted, GuestSecret secret) {
        String hash = secret.hash();
        return database.run(() -> {
            Identity guest = wanted;
            while (!isInserted(guest, hash)) {
                // Rare: who has the name, or the tag, is asked only now.
                if (isNameOfAUser(guest)) {
                    return new Entry.NameTaken();
                }
                guest = Identity.guest(guest.key(), guest.name(), guest.guest().orElseThrow() + tagCharacters.get());
            }
            return new Entry.Entered(guest);
        });
    }

    private boolean isInserted(Identity guest, String hash) {
        return database.transactions()
                .runStatements(sql -> tables.insert(sql, guest, hash, expiry(clock.instant()), epochs.get()));
    }

    private boolean isNameOfAUser(Identity guest) {
        return database.transactions()
                .runStatements(sql -> tokenUsers.find(sql, guest.name()))
                .isPresent();
    }

    /** The guest with this secret, whose time begins again; empty if there is none or its time is over. */
    public CompletionStage<Optional<Identity>> comeBack(GuestSecret secret) {
        // By the hash: how long the comparison takes tells nothing about a secret.
        return returning.ask(secret.hash());
    }

    private List<Optional<Identity>> renewed(List<String> hashes) {
        Instant now = clock.instant();
        Map<String, Identity> found =
                database.transactions().runStatements(sql -> tables.renew(sql, hashes, now, expiry(now)));
        return hashes.stream().map(hash -> Optional.ofNullable(found.get(hash))).toList();
    }

    /** @param scheduler runs an action after a time, on any thread: under load, guests that come back share queries */
    public void pauseBy(BiConsumer<Duration, Runnable> scheduler) {
        returning.pauseBy(scheduler);
    }

    /** Records that a guest that is stored signs in under this name, perhaps another one than before. */
    public CompletionStage<Entry> enter(Identity guest) {
        return database.run(() -> {
            boolean isEntered =
                    database.transactions().runStatements(sql -> tables.update(sql, guest, expiry(clock.instant())));
            if (isEntered) {
                return new Entry.Entered(guest);
            }
            return isNameOfAUser(guest) ? new Entry.NameTaken() : new Entry.Forgotten();
        });
    }

    /** The guests that are remembered under a name, connected or not, on whatever node; two at most. */
    public CompletionStage<List<Identity>> named(String name) {
        return database.statements(sql -> tables.named(sql, name, NAMED_MAX));
    }

    /** The guest that has this tag, connected or not, on whatever node; empty if none is remembered. */
    public CompletionStage<Optional<Identity>> tagged(String tag) {
        return database.statements(sql -> tables.tagged(sql, tag, clock.instant()));
    }

    public CompletionStage<Holder> holder(String name) {
        return database.statements(sql -> {
            GuestTables.Holders holders = tables.holders(sql, name);
            if (holders.hasUser()) {
                return Holder.USER;
            }
            return holders.hasGuests() ? Holder.GUESTS : Holder.NOBODY;
        });
    }

    /**
     * Deletes guests whose time is over, and those that are too many, with their inboxes and read marks. To be called
     * every {@link #TRIM_PERIOD}; a call while another one is running does nothing.
     *
     * @param connected guests with a session on this node, whose time begins again
     */
    public CompletionStage<?> trim(Collection<UserKey> connected) {
        if (!isTrimming.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        return database.run(() -> {
                    trimNow(connected);
                    return null;
                })
                .whenComplete((done, failure) -> isTrimming.set(false));
    }

    private void trimNow(Collection<UserKey> connected) {
        Transactions transactions = database.transactions();
        Instant now = clock.instant();
        if (!connected.isEmpty()) {
            Instant before = expiry(now).minus(RENEWED_EVERY);
            transactions.run(sql -> tables.renew(sql, connected, before, expiry(now)));
        }
        Instant notRecent = expiry(now).minus(RECENT);
        Instant until = transactions
                .run(sql -> tables.overCount(sql, limits.count()))
                .map(tooMany -> tooMany.isBefore(notRecent) ? tooMany : notRecent)
                .filter(now::isBefore)
                .orElse(now);
        while (transactions.runRetryingCollision(sql -> tables.forget(sql, until))) {
            // One batch per transaction.
        }
    }
}
