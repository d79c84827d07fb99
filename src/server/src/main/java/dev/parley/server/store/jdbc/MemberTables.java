package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.store.model.Access;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * The SQL of private rooms, their members and their access lists. Every method works inside the caller's transaction
 * and blocks.
 */
public final class MemberTables {
    /** A pair of an identity and a private room; whether it is a member depends on the context. */
    record Membership(UserKey member, Channel room) {}

    /**
     * The access of a reader to a channel. Channels that are not private are open: callers ask for an inbox only for
     * its owner.
     */
    Access access(Handle sql, Channel channel, UserKey reader) {
        if (!channel.isPrivate()) {
            return Access.OPEN;
        }
        return sql.createQuery("""
                        select c.acl_version from parley_channel c
                        join parley_member m on m.channel_id = c.id and m.member = :reader
                        where c.name = :name
                        """)
                .bind("name", channel.name())
                .bind("reader", reader.value())
                .mapTo(Long.class)
                .findOne()
                .map(aclVersion -> new Access(true, aclVersion))
                .orElse(Access.NONE);
    }

    /** @param reader empty for a reader who is not signed in */
    public boolean mayRead(Handle sql, Channel channel, Optional<UserKey> reader) {
        return reader.map(key -> access(sql, channel, key).mayRead()).orElse(!channel.isPrivate());
    }

    /**
     * @param readers the readers that may read
     * @param aclVersion version of the access list under which they may
     */
    record AuthorizedReaders(Set<UserKey> readers, long aclVersion) {}

    /**
     * The readers of these that have access, in one statement, so that aclVersion and members are consistent. Empty if
     * there is no such private room.
     */
    Optional<AuthorizedReaders> authorized(Handle sql, Channel channel, Set<UserKey> readers) {
        if (!channel.isPrivate()) {
            return Optional.of(new AuthorizedReaders(readers, Access.OPEN.aclVersion()));
        }
        Set<UserKey> members = new HashSet<>();
        OptionalLong aclVersion = sql.createQuery("""
                        select c.acl_version, m.member from parley_channel c
                        left join parley_member m on m.channel_id = c.id and m.member = any(:readers)
                        where c.name = :name
                        """)
                .bind("name", channel.name())
                .bindArray("readers", String.class, Columns.of(readers, UserKey::value))
                .reduceRows(OptionalLong.empty(), (version, row) -> {
                    Optional.ofNullable(row.getColumn("member", String.class))
                            .map(UserKey::new)
                            .ifPresent(members::add);
                    return OptionalLong.of(row.getColumn("acl_version", Long.class));
                });
        return aclVersion.isPresent()
                ? Optional.of(new AuthorizedReaders(members, aclVersion.getAsLong()))
                : Optional.empty();
    }

    /** The memberships of these that exist. */
    Set<Membership> of(Handle sql, Collection<Membership> asked) {
        if (asked.isEmpty()) {
            return Set.of();
        }
        return new HashSet<>(sql.createQuery("""
                        select m.member, c.name
                        from unnest(cast(:members as varchar array), cast(:names as varchar array)) as v (member, name)
                        join parley_channel c on c.name = v.name
                        join parley_member m on m.channel_id = c.id and m.member = v.member
                        """)
                .bindArray("members", String.class, Columns.of(asked, one -> one.member()
                        .value()))
                .bindArray("names", String.class, Columns.of(asked, one -> one.room()
                        .name()))
                .map((row, context) ->
                        new Membership(new UserKey(row.getString("member")), new Channel.Room(row.getString("name"))))
                .list());
    }

    /** Creates an empty room, which must not exist yet. */
    public void create(Handle sql, Channel.Room room, String epoch) {
        sql.createUpdate("insert into parley_channel (kind, name, epoch, head) values (:kind, :name, :epoch, 0)")
                .bind("kind", room.kind().name())
                .bind("name", room.name())
                .bind("epoch", epoch)
                .execute();
    }

    /** Adds the identities that are not members already. */
    public void add(Handle sql, Channel.Room room, List<UserKey> members, boolean isOwner) {
        sql.createUpdate("""
                        insert into parley_member (channel_id, member, is_owner)
                        select c.id, v.member, cast(:isOwner as boolean)
                        from unnest(cast(:members as varchar array)) as v (member)
                        join parley_channel c on c.name = :name
                        where not exists
                          (select 1 from parley_member m where m.channel_id = c.id and m.member = v.member)
                        """)
                .bind("name", room.name())
                .bindArray("members", String.class, Columns.of(members, UserKey::value))
                .bind("isOwner", isOwner)
                .execute();
    }

    /** Removes a member; returns whether it was one. */
    public boolean delete(Handle sql, Channel.Room room, UserKey member) {
        return sql.createUpdate("""
                        delete from parley_member
                        where member = :member
                        and channel_id = (select c.id from parley_channel c where c.name = :name)
                        """)
                        .bind("name", room.name())
                        .bind("member", member.value())
                        .execute()
                == 1;
    }

    /**
     * Locks a room until the commit: meanwhile no member is added or removed and no message is appended.
     *
     * @return the version of the room's access list; empty if there is no such room
     */
    public OptionalLong lock(Handle sql, Channel.Room room) {
        return sql.createQuery("select acl_version from parley_channel where name = :name for update")
                .bind("name", room.name())
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /** Sets the version of the access list, after an identity lost the right to read. */
    public void setAclVersion(Handle sql, Channel.Room room, long aclVersion) {
        sql.createUpdate("update parley_channel set acl_version = :aclVersion where name = :name")
                .bind("aclVersion", aclVersion)
                .bind("name", room.name())
                .execute();
        GrowthTables.changed(sql, room);
    }

    /**
     * A member of a private room.
     *
     * @param name canonical spelling of the username; case-folded if the user never signed in
     */
    public record Member(String name, boolean isOwner) {}

    /**
     * The members of a private room; empty if the reader is not one of them. One statement, so that a reader who is
     * removed meanwhile gets the members of before or none.
     */
    public List<Member> list(Handle sql, Channel.Room room, UserKey reader) {
        // A user key is the folded name behind 'user:'; guests are no members.
        return sql.createQuery("""
                        select coalesce(t.name, substring(m.member from 6)) as username, m.is_owner
                        from parley_channel c
                        join parley_member r on r.channel_id = c.id and r.member = :reader
                        join parley_member m on m.channel_id = c.id
                        left join parley_token_user t on t.folded = substring(m.member from 6)
                        where c.name = :name
                        order by m.member
                        """)
                .bind("name", room.name())
                .bind("reader", reader.value())
                .map((row, context) -> new Member(row.getString("username"), row.getBoolean("is_owner")))
                .list();
    }

    /** Whether a member is the owner; empty if it is not a member. */
    public Optional<Boolean> isOwner(Handle sql, Channel.Room room, UserKey member) {
        return sql.createQuery("""
                        select m.is_owner from parley_member m
                        join parley_channel c on c.id = m.channel_id
                        where c.name = :name and m.member = :member
                        """)
                .bind("name", room.name())
                .bind("member", member.value())
                .mapTo(Boolean.class)
                .findOne();
    }

    public int count(Handle sql, Channel.Room room) {
        return sql.createQuery("""
                        select count(*) from parley_member m
                        join parley_channel c on c.id = m.channel_id
                        where c.name = :name
                        """)
                .bind("name", room.name())
                .mapTo(Integer.class)
                .one();
    }

    public int ownedBy(Handle sql, UserKey member) {
        return sql.createQuery("select count(*) from parley_member where member = :member and is_owner")
                .bind("member", member.value())
                .mapTo(Integer.class)
                .one();
    }
}
