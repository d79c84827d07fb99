package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MemberTables;
import dev.parley.server.store.model.StoreUnavailable;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * Private rooms and who may know of them. Any thread may call any method, none blocks; a transient failure fails a
 * stage with {@link StoreUnavailable}.
 */
public final class RoomStore {
    /** Members of one room. */
    public static final int MEMBERS_MAX = ClientMessage.Create.MEMBERS_MAX;

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
    private volatile BiConsumer<Channel, Long> onAclChanged = (room, aclVersion) -> {};

    /** @param epochs makes a random name for each new room's log */
    public RoomStore(Database database, Supplier<String> epochs) {
        this.database = database;
        this.epochs = epochs;
    }

    /**
     * @param listener told, after the commit, that somebody may not read a room any more, and under which aclVersion
     */
    public void onAclChanged(BiConsumer<Channel, Long> listener) {
        onAclChanged = listener;
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
            members.add(sql, room, List.of(owner), true);
            members.add(sql, room, others, false);
            return Change.DONE;
        });
    }

    /** Lets somebody into a private room; done, too, where that was so before. */
    public CompletionStage<Change> invite(Channel.Room room, String owner, String member) {
        return change(room, sql -> mayInvite(sql, room, owner), (sql, aclVersion) -> {
            if (members.isOwner(sql, room, member).isPresent()) {
                return new Changed(Change.DONE, OptionalLong.empty());
            }
            if (members.count(sql, room) >= MEMBERS_MAX) {
                return new Changed(Change.TOO_MANY, OptionalLong.empty());
            }
            members.add(sql, room, List.of(member), false);
            return new Changed(Change.DONE, OptionalLong.empty());
        });
    }

    /**
     * Takes somebody out of a private room: its owner anybody but itself, everybody else themselves; who is alone in it
     * may go as its owner, too, and nobody knows of it any more.
     */
    public CompletionStage<Change> remove(Channel.Room room, String by, String member) {
        return change(room, sql -> mayRemove(sql, room, by, member), (sql, aclVersion) -> {
            if (!members.delete(sql, room, member)) {
                return new Changed(Change.DONE, OptionalLong.empty());
            }
            members.setAclVersion(sql, room, aclVersion + 1);
            return new Changed(Change.DONE, OptionalLong.of(aclVersion + 1));
        });
    }

    private Change mayInvite(Handle sql, Channel.Room room, String owner) {
        return members.isOwner(sql, room, owner)
                .map(isOwner -> isOwner ? Change.DONE : Change.NOT_OWNER)
                .orElse(Change.NO_SUCH_ROOM);
    }

    private Change mayRemove(Handle sql, Channel.Room room, String by, String member) {
        return members.isOwner(sql, room, by)
                .map(isOwner -> {
                    boolean isLast = isOwner && by.equals(member) && members.count(sql, room) == 1;
                    return isLast || isOwner != by.equals(member) ? Change.DONE : Change.NOT_OWNER;
                })
                .orElse(Change.NO_SUCH_ROOM);
    }

    /**
     * @param right what becomes of it for the right of who wants it: asked before the lock, for which appends wait, so
     *     that nobody without a right takes it, and again under it
     * @param work gets the version of the room's access list
     */
    private CompletionStage<Change> change(
            Channel.Room room, Function<Handle, Change> right, BiFunction<Handle, Long, Changed> work) {
        if (!room.isPrivate()) {
            return CompletableFuture.completedFuture(Change.NO_SUCH_ROOM);
        }
        return database.query(sql -> {
                    Change before = right.apply(sql);
                    if (before != Change.DONE) {
                        return new Changed(before, OptionalLong.empty());
                    }
                    OptionalLong aclVersion = members.lock(sql, room);
                    Change now = aclVersion.isPresent() ? right.apply(sql) : Change.NO_SUCH_ROOM;
                    return now == Change.DONE
                            ? work.apply(sql, aclVersion.getAsLong())
                            : new Changed(now, OptionalLong.empty());
                })
                .thenApply(changed -> {
                    changed.aclVersion().ifPresent(aclVersion -> onAclChanged.accept(room, aclVersion));
                    return changed.change();
                });
    }

    /**
     * Gives a channel another epoch: positions of before count for nothing.
     *
     * @return false where there is no such channel
     */
    public CompletionStage<Boolean> renewEpoch(Channel channel) {
        return database.query(sql -> members.renewEpoch(sql, channel, epochs.get()));
    }

    /** Gives every channel another epoch: rooms, inboxes and the broadcast. */
    public CompletionStage<?> renewEpochs() {
        return database.query(sql -> members.renewEpochs(sql, epochs.get()));
    }

    /** @param aclVersion of the right to read, where somebody lost it */
    private record Changed(Change change, OptionalLong aclVersion) {}
}
