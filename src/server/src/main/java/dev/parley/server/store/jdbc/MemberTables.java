package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.server.store.model.Access;
import dev.parley.server.store.model.AuthorizedReaders;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of private rooms, their members and their access lists. Every method works inside the caller's transaction
 * and blocks.
 */
public final class MemberTables {
    /** A pair of an identity's key and a private room; whether it is a member depends on the context. */
    record Membership(String member, Channel room) {}

    /**
     * The access of a reader to a channel. Channels that are not private are open: callers ask for an inbox only for
     * its owner.
     */
    public Access access(Handle sql, Channel channel, String reader) {
        if (!channel.isPrivate()) {
            return Access.OPEN;
        }
        return sql.createQuery("select c.revision from parley_channel c"
                        + " join parley_member m on m.channel_id = c.id and m.member = :reader where c.name = :name")
                .bind("name", channel.storeKey())
                .bind("reader", reader)
                .mapTo(Long.class)
                .findOne()
                .map(aclVersion -> new Access(true, aclVersion))
                .orElse(Access.NONE);
    }

    /** The readers of these that have access, in one statement, so that aclVersion and members are consistent. */
    AuthorizedReaders authorized(Handle sql, Channel channel, Set<String> readers) {
        if (!channel.isPrivate()) {
            return new AuthorizedReaders(readers, Access.OPEN.aclVersion());
        }
        Map<String, Long> revisionByMember = sql.createQuery("select m.member, c.revision from parley_channel c"
                        + " join parley_member m on m.channel_id = c.id where c.name = :name")
                .bind("name", channel.storeKey())
                .reduceRows(new HashMap<>(), (all, row) -> {
                    all.put(row.getColumn("member", String.class), row.getColumn("revision", Long.class));
                    return all;
                });
        long aclVersion = revisionByMember.values().stream().findFirst().orElse(0L);
        revisionByMember.keySet().retainAll(readers);
        return new AuthorizedReaders(Set.copyOf(revisionByMember.keySet()), aclVersion);
    }

    /** The memberships of these that exist. */
    Set<Membership> of(Handle sql, Collection<Membership> asked) {
        if (asked.isEmpty()) {
            return Set.of();
        }
        return new HashSet<>(sql.createQuery("select m.member, c.name"
                        + " from unnest(cast(:members as varchar array), cast(:names as varchar array))"
                        + " as v (member, name)"
                        + " join parley_channel c on c.name = v.name"
                        + " join parley_member m on m.channel_id = c.id and m.member = v.member")
                .bindArray(
                        "members",
                        String.class,
                        asked.stream().map(Membership::member).toArray())
                .bindArray(
                        "names",
                        String.class,
                        asked.stream().map(one -> one.room().storeKey()).toArray())
                .map((row, context) -> new Membership(row.getString("member"), room(row.getString("name"))))
                .list());
    }

    static Channel.Room room(String storeKey) {
        return new Channel.Room(storeKey.substring(Channel.ROOM_PREFIX.length()));
    }

    /** Creates an empty room, which must not exist yet. */
    public void create(Handle sql, Channel.Room room, String epoch) {
        sql.createUpdate("insert into parley_channel (name, epoch, head) values (:name, :epoch, 0)")
                .bind("name", room.storeKey())
                .bind("epoch", epoch)
                .execute();
    }

    /** Adds the identities that are not members already. */
    public void add(Handle sql, Channel.Room room, List<String> members, boolean isOwner) {
        sql.createUpdate("insert into parley_member (channel_id, member, is_owner)"
                        + " select c.id, v.member, cast(:isOwner as boolean)"
                        + " from unnest(cast(:members as varchar array)) as v (member)"
                        + " join parley_channel c on c.name = :name where not exists"
                        + " (select 1 from parley_member m where m.channel_id = c.id and m.member = v.member)")
                .bind("name", room.storeKey())
                .bindArray("members", String.class, members.toArray())
                .bind("isOwner", isOwner)
                .execute();
    }

    /** Removes a member; returns whether it was one. */
    public boolean delete(Handle sql, Channel.Room room, String member) {
        return sql.createUpdate("delete from parley_member where member = :member"
                                + " and channel_id = (select c.id from parley_channel c where c.name = :name)")
                        .bind("name", room.storeKey())
                        .bind("member", member)
                        .execute()
                == 1;
    }

    /**
     * Locks a room until the commit: meanwhile no member is added or removed and no message is appended.
     *
     * @return the version of the room's access list; empty if there is no such room
     */
    public OptionalLong lock(Handle sql, Channel.Room room) {
        return sql.createQuery("select revision from parley_channel where name = :name for update")
                .bind("name", room.storeKey())
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    public boolean renewEpoch(Handle sql, Channel channel, String epoch) {
        return sql.createUpdate("update parley_channel set epoch = :epoch where name = :name")
                        .bind("epoch", epoch)
                        .bind("name", channel.storeKey())
                        .execute()
                == 1;
    }

    /** Gives all channels a new epoch. Channels may share an epoch, because a position names its channel. */
    public int renewEpochs(Handle sql, String epoch) {
        return sql.createUpdate("update parley_channel set epoch = :epoch")
                .bind("epoch", epoch)
                .execute();
    }

    /** Sets the version of the access list, after an identity lost the right to read. */
    public void setAclVersion(Handle sql, Channel.Room room, long aclVersion) {
        sql.createUpdate("update parley_channel set revision = :revision where name = :name")
                .bind("revision", aclVersion)
                .bind("name", room.storeKey())
                .execute();
    }

    /** Whether a member is the owner; empty if it is not a member. */
    public Optional<Boolean> isOwner(Handle sql, Channel.Room room, String member) {
        return sql.createQuery("select m.is_owner from parley_member m join parley_channel c on c.id = m.channel_id"
                        + " where c.name = :name and m.member = :member")
                .bind("name", room.storeKey())
                .bind("member", member)
                .mapTo(Boolean.class)
                .findOne();
    }

    public int count(Handle sql, Channel.Room room) {
        return sql.createQuery("select count(*) from parley_member m join parley_channel c on c.id = m.channel_id"
                        + " where c.name = :name")
                .bind("name", room.storeKey())
                .mapTo(Integer.class)
                .one();
    }

    public int ownedBy(Handle sql, String member) {
        return sql.createQuery("select count(*) from parley_member where member = :member and is_owner")
                .bind("member", member)
                .mapTo(Integer.class)
                .one();
    }
}
