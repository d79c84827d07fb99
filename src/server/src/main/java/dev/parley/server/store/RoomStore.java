package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.protocol.ClientMessage;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.jdbc.Database;
import dev.parley.server.store.jdbc.MemberTables;
import dev.parley.server.store.model.StoreUnavailable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * Stores private rooms and their members. Any thread may call any method; none blocks. A transient failure fails a
 * stage with {@link StoreUnavailable}.
 */
public final class RoomStore {
    /** Limit of the members of one room. */
    public static final int MEMBERS_MAX = ClientMessage.Create.MEMBERS_MAX;

    /** Limit of the private rooms of one owner. */
    public static final int OWNED_MAX = 100;

    /** Result of a change. */
    public enum Change {
        DONE,
        /** The room does not exist, or this user is not a member of it. */
        NO_SUCH_ROOM,
        NOT_OWNER,
        TOO_MANY
    }

    /**
     * The members of a private room.
     *
     * @param owner username of one of them
     * @param names all usernames, by user key
     */
    public record Members(String owner, List<String> names) {}

    private final Database database;
    private final Supplier<String> epochs;
    private final MemberTables members = new MemberTables();
    private volatile BiConsumer<Channel, Long> onAclChanged = (room, aclVersion) -> {};

    /** @param epochs creates a random epoch for each new room */
    public RoomStore(Database database, Supplier<String> epochs) {
        this.database = database;
        this.epochs = epochs;
    }

    /**
     * @param listener called after the commit when an identity has lost the right to read a room, with the new version
     *     of the room's access list
     */
    public void onAclChanged(BiConsumer<Channel, Long> listener) {
        onAclChanged = listener;
    }

    /**
     * Creates a private room that does not exist yet.
     *
     * @param others the other initial members
     */
    public CompletionStage<Change> create(Channel.Room room, UserKey owner, List<UserKey> others) {
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

    /** Adds a member to a private room. Also done if the identity is a member already. */
    public CompletionStage<Change> invite(Channel.Room room, UserKey owner, UserKey member) {
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
     * Removes a member from a private room. The owner may remove any other member; any other member may remove only
     * itself. An owner who is the last member may leave too; then nobody can read the room any more.
     */
    public CompletionStage<Change> remove(Channel.Room room, UserKey by, UserKey member) {
        return change(room, sql -> mayRemove(sql, room, by, member), (sql, aclVersion) -> {
            if (!members.delete(sql, room, member)) {
                return new Changed(Change.DONE, OptionalLong.empty());
            }
            members.setAclVersion(sql, room, aclVersion + 1);
            return new Changed(Change.DONE, OptionalLong.of(aclVersion + 1));
        });
    }

    /** The members of a private room; empty if there is no such room, or this reader is not one of them. */
    public CompletionStage<Optional<Members>> members(Channel.Room room, UserKey reader) {
        return database.statements(sql -> members.list(sql, room, reader)).thenApply(found -> found.stream()
                .filter(MemberTables.Member::isOwner)
                .map(owner -> new Members(
                        owner.name(),
                        found.stream().map(MemberTables.Member::name).toList()))
                .findFirst());
    }

    private Change mayInvite(Handle sql, Channel.Room room, UserKey owner) {
        return members.isOwner(sql, room, owner)
                .map(isOwner -> isOwner ? Change.DONE : Change.NOT_OWNER)
                .orElse(Change.NO_SUCH_ROOM);
    }

    private Change mayRemove(Handle sql, Channel.Room room, UserKey by, UserKey member) {
        return members.isOwner(sql, room, by)
                .map(isOwner -> {
                    boolean isLast = isOwner && by.equals(member) && members.count(sql, room) == 1;
                    return isLast || isOwner != by.equals(member) ? Change.DONE : Change.NOT_OWNER;
                })
                .orElse(Change.NO_SUCH_ROOM);
    }

    /**
     * @param right checks the right of the requester. It is asked before the lock, so that a request without the right
     *     does not take the lock, for which appends wait; and again under the lock
     * @param work called with the version of the room's access list
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

    /** @param aclVersion the new version of the access list, if an identity lost the right to read */
    private record Changed(Change change, OptionalLong aclVersion) {}
}
