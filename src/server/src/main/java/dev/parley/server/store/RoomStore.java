package dev.parley.server.store;

import dev.parley.protocol.Channel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Private rooms and who may know of them. Any thread may call any method, none blocks; weather fails a stage with
 * {@link StoreUnavailable}.
 */
public final class RoomStore {
    /** Members of one room. */
    public static final int MEMBERS_MAX = 1_000;

    /** Private rooms of one owner. */
    public static final int OWNED_MAX = 100;

    /** What became of a change. */
    public enum Change {
        DONE,
        /** It does not exist, or is nothing that this user may know of. */
        NO_SUCH_ROOM,
        NOT_OWNER,
        TOO_MANY
    }

    private final Database database;
    private final Supplier<String> epochs;
    private final MemberTables members = new MemberTables();
    private volatile BiConsumer<Channel, Long> whenRevised = (room, revision) -> {};

    /** @param epochs makes a random name for each new room's log */
    public RoomStore(Database database, Supplier<String> epochs) {
        this.database = database;
        this.epochs = epochs;
    }

    /** @param listener told, after the commit, that somebody may not read a room any more, and under which revision */
    public void whenRevised(BiConsumer<Channel, Long> listener) {
        whenRevised = listener;
    }

    /**
     * Makes a private room that is not there yet.
     *
     * @param owner key of the identity
     * @param others keys of those who are in from the start
     */
    public CompletionStage<Change> create(Channel.Room room, String owner, List<String> others) {
        return database.query(sql -> {
            boolean isTooMany = others.size() >= MEMBERS_MAX || members.ownedBy(sql, owner) >= OWNED_MAX;
            if (isTooMany) {
                return Change.TOO_MANY;
            }
            members.create(sql, room, epochs.get());
            members.add(sql, room, owner, true);
            others.forEach(other -> members.add(sql, room, other, false));
            return Change.DONE;
        });
    }

    /** Lets somebody into a private room; done, too, where that was so before. */
    public CompletionStage<Change> invite(Channel.Room room, String owner, String member) {
        return database.query(sql -> {
            members.lock(sql, room);
            Optional<Boolean> isOwner = members.isOwner(sql, room, owner);
            if (isOwner.isEmpty()) {
                return Change.NO_SUCH_ROOM;
            }
            if (!isOwner.get()) {
                return Change.NOT_OWNER;
            }
            if (members.count(sql, room) >= MEMBERS_MAX) {
                return Change.TOO_MANY;
            }
            members.add(sql, room, member, false);
            return Change.DONE;
        });
    }

    /** Takes somebody out of a private room: its owner anybody but itself, everybody else themselves. */
    public CompletionStage<Change> remove(Channel.Room room, String by, String member) {
        return database.query(sql -> {
                    long revision = members.lock(sql, room);
                    Optional<Boolean> isOwner = members.isOwner(sql, room, by);
                    if (isOwner.isEmpty()) {
                        return new Removed(Change.NO_SUCH_ROOM, revision);
                    }
                    if (isOwner.get() == by.equals(member)) {
                        return new Removed(Change.NOT_OWNER, revision);
                    }
                    members.delete(sql, room, member);
                    members.revise(sql, room, revision + 1);
                    return new Removed(Change.DONE, revision + 1);
                })
                .thenApply(removed -> {
                    if (removed.change() == Change.DONE) {
                        whenRevised.accept(room, removed.revision());
                    }
                    return removed.change();
                });
    }

    /**
     * Gives a room another epoch: positions of before count for nothing.
     *
     * @return false where there is no such room
     */
    public CompletionStage<Boolean> renewEpoch(Channel.Room room) {
        return database.query(sql -> members.renewEpoch(sql, room, epochs.get()));
    }

    private record Removed(Change change, long revision) {}
}
