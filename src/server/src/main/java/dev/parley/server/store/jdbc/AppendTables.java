package dev.parley.server.store.jdbc;

import dev.parley.protocol.Channel;
import dev.parley.protocol.MessageId;
import dev.parley.protocol.Position;
import dev.parley.protocol.Timestamp;
import dev.parley.protocol.UserKey;
import dev.parley.server.session.MessageEncoding;
import dev.parley.server.store.model.Append;
import dev.parley.server.store.model.Appended;
import dev.parley.server.store.model.MessageTemplate;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * The SQL that appends messages, assigns their seqs, and recognises duplicates by sender and id (dedupe). A group of
 * any size takes the same six statements, because on PostgreSQL a statement costs more than a row. Private rooms take
 * one more, and so do a cluster and each attachment. Every method works inside the caller's transaction and blocks.
 */
public final class AppendTables {
    private static final String MOVE_HEADS = """
            merge into parley_channel c
            using unnest(cast(:logs as bigint array), cast(:heads as bigint array)) as v (id, head)
            on c.id = v.id
            when matched then update set head = v.head
            """;

    private static final String INSERT = """
            insert into parley_message (channel_id, seq, body, bytes, sent_at)
            select v.channel_id, v.seq, v.body, v.bytes, cast(:at as timestamp with time zone)
            from unnest(cast(:channels as bigint array), cast(:seqs as bigint array),
              cast(:bodies as varchar array), cast(:bytes as integer array)) as v (channel_id, seq, body, bytes)
            """;

    private static final String REMEMBER = """
            insert into parley_sent (sender, id, seq, sent_at, digest)
            select v.sender, v.id, v.seq, cast(:at as timestamp with time zone), v.digest
            from unnest(cast(:senders as varchar array), cast(:ids as varchar array),
              cast(:sentSeqs as bigint array), cast(:digests as varchar array)) as v (sender, id, seq, digest)
            """;

    private static final String CREATE = """
            insert into parley_channel (kind, name, epoch, head)
            select v.kind, v.name, v.epoch, 0
            from unnest(cast(:kinds as varchar array), cast(:names as varchar array),
              cast(:epochs as varchar array)) as v (kind, name, epoch)
            where not exists (select 1 from parley_channel c where c.name = v.name) order by v.name
            """;

    /** Four statements in one round trip: each round trip to PostgreSQL costs as much as a dozen rows. */
    private static final String WRITE = String.join(";", MOVE_HEADS, INSERT, REMEMBER, OwnReadMarks.MOVE_MARKS);

    private static final String WRITE_IN_CLUSTER = String.join(";", WRITE, GrowthTables.INSERT);

    private final Supplier<String> epochs;
    private final MessageEncoding encoding;
    private final AttachmentTables attachments = new AttachmentTables();
    private final MemberTables members = new MemberTables();

    /** @param epochs creates a random epoch for each new channel */
    public AppendTables(Supplier<String> epochs, MessageEncoding encoding) {
        this.epochs = epochs;
        this.encoding = encoding;
    }

    private record Key(UserKey sender, MessageId id) {
        static Key of(Append append) {
            return new Key(append.sender(), append.id());
        }
    }

    /** The dedupe record of a stored message. */
    private record Sent(long seq, String sentAt, String digest) {
        Appended outcomeOfRetry(Append append) {
            return append.content().digest().equals(digest)
                    ? new Appended.Duplicate(new Appended.AckPosition(append.acknowledged(), seq, sentAt))
                    : new Appended.Conflict();
        }
    }

    /** A locked channel, whose head moves as messages are appended. */
    private static final class LockedChannel {
        private final long id;
        private final String epoch;
        private final long aclVersion;
        private final long oldest;
        private final long headBefore;
        private long head;

        LockedChannel(long id, String epoch, long aclVersion, long oldest, long head) {
            this.id = id;
            this.epoch = epoch;
            this.aclVersion = aclVersion;
            this.oldest = oldest;
            this.headBefore = head;
            this.head = head;
        }

        boolean hasGrown() {
            return head > headBefore;
        }
    }

    /**
     * A message to be appended, encoded for each of its channels.
     *
     * @param copies in the order of its channels
     */
    public record EncodedAppend(Append append, List<MessageTemplate> copies) {
        public int bytes() {
            return copies.stream().mapToInt(MessageTemplate::bytes).sum();
        }
    }

    private record Row(long channelId, Appended.StoredCopy copy) {}

    private record SentRow(Key key, Sent sent) {}

    /**
     * Result of storing a group.
     *
     * @param outcomes outcomes of its messages, in its order
     * @param missing channels that must be created first; if there are any, nothing was stored and there are no
     *     outcomes
     */
    public record Attempt(List<Appended> outcomes, Set<Channel> missing) {}

    /** Encodes a message. Needs no transaction; any thread. */
    public EncodedAppend encode(Append append) {
        return new EncodedAppend(
                append,
                append.channels().stream()
                        .map(channel -> MessageTemplate.of(
                                (seq, sentAt) -> append.writer().write(channel, seq, sentAt), encoding))
                        .toList());
    }

    /**
     * Stores the messages of a group in its order, in the caller's transaction.
     *
     * @param growth what tells the other nodes that channels grew; empty if there are none
     */
    public Attempt append(Handle sql, List<EncodedAppend> encoded, Instant now, Optional<GrowthTables.Commit> growth) {
        List<Append> group = encoded.stream().map(EncodedAppend::append).toList();
        Map<Channel, LockedChannel> logs = lock(
                sql,
                group.stream()
                        .flatMap(append -> append.channels().stream())
                        .collect(Collectors.toCollection(LinkedHashSet::new)));
        // Under the locks: otherwise the first try of a message may be stored by another node in between.
        Map<Key, Sent> known = findSent(sql, group);
        Set<Channel> missing = group.stream()
                .filter(append -> !known.containsKey(Key.of(append)))
                .flatMap(append -> append.channels().stream())
                .filter(channel -> !channel.isPrivate() && !logs.containsKey(channel))
                .collect(Collectors.toSet());
        if (!missing.isEmpty()) {
            return new Attempt(List.of(), missing);
        }
        Set<MemberTables.Membership> memberships = memberships(sql, group);
        Instant at = now.truncatedTo(ChronoUnit.MILLIS);
        String sentAt = Timestamp.of(at);
        List<Row> rows = new ArrayList<>();
        List<SentRow> fresh = new ArrayList<>();
        OwnReadMarks own = new OwnReadMarks();
        List<Appended> outcomes = new ArrayList<>();
        for (EncodedAppend one : encoded) {
            Append append = one.append();
            Key key = Key.of(append);
            Sent before = known.get(key);
            if (before != null) {
                outcomes.add(before.outcomeOfRetry(append));
                continue;
            }
            if (!memberships.containsAll(needed(append))) {
                outcomes.add(new Appended.NoSuchRoom());
                continue;
            }
            long next = logs.get(append.acknowledged()).head + 1;
            if (append.attachment().isPresent()
                    && !attachments.markShown(sql, append.attachment().get(), next)) {
                outcomes.add(new Appended.NoFile());
                continue;
            }
            List<Appended.StoredCopy> copies = new ArrayList<>();
            Iterator<MessageTemplate> templates = one.copies().iterator();
            for (Channel channel : append.channels()) {
                LockedChannel log = logs.get(channel);
                log.head++;
                own.add(append.sender(), channel, log.id, log.oldest, log.head);
                Appended.StoredCopy copy = new Appended.StoredCopy(
                        channel,
                        new Position(log.epoch, log.head),
                        templates.next().at(log.head, sentAt),
                        log.aclVersion);
                copies.add(copy);
                rows.add(new Row(log.id, copy));
            }
            Sent sent = new Sent(next, sentAt, append.content().digest());
            known.put(key, sent);
            fresh.add(new SentRow(key, sent));
            outcomes.add(
                    new Appended.Stored(new Appended.AckPosition(append.acknowledged(), sent.seq(), sentAt), copies));
        }
        if (!fresh.isEmpty()) {
            List<LockedChannel> grown =
                    logs.values().stream().filter(LockedChannel::hasGrown).toList();
            write(sql, grown, rows, fresh, own, at.atOffset(ZoneOffset.UTC), growth);
        }
        return new Attempt(outcomes, Set.of());
    }

    /**
     * Memberships of the group's senders. Read after the rooms are locked: a member whose removal commits later has its
     * last message stored before the removal.
     */
    private Set<MemberTables.Membership> memberships(Handle sql, List<Append> group) {
        return members.of(
                sql, group.stream().flatMap(append -> needed(append).stream()).collect(Collectors.toSet()));
    }

    private static List<MemberTables.Membership> needed(Append append) {
        return append.channels().stream()
                .filter(Channel::isPrivate)
                .map(room -> new MemberTables.Membership(append.sender(), room))
                .toList();
    }

    /** The outcome of a message that was sent before; empty if its id is new. */
    public Optional<Appended> findDuplicate(Handle sql, Append append) {
        return findSent(sql, List.of(append)).values().stream().findFirst().map(sent -> sent.outcomeOfRetry(append));
    }

    private static Map<Key, Sent> findSent(Handle sql, List<Append> group) {
        Map<Key, Sent> sent = new HashMap<>();
        sql.createQuery("""
                        select s.sender, s.id, s.seq, s.sent_at, s.digest
                        from unnest(cast(:senders as varchar array), cast(:ids as varchar array)) as v (sender, id)
                        join parley_sent s on s.sender = v.sender and s.id = v.id
                        """)
                .bindArray("senders", String.class, Columns.of(group, append -> append.sender()
                        .value()))
                .bindArray("ids", String.class, Columns.of(group, append -> append.id()
                        .value()))
                .map((row, context) -> new SentRow(
                        new Key(new UserKey(row.getString("sender")), new MessageId(row.getString("id"))),
                        new Sent(
                                row.getLong("seq"),
                                Timestamp.of(row.getObject("sent_at", OffsetDateTime.class)
                                        .toInstant()),
                                row.getString("digest"))))
                .forEach(remembered -> sent.put(remembered.key(), remembered.sent()));
        return sent;
    }

    /** Locks channels in name order, so that two nodes never deadlock. */
    private static Map<Channel, LockedChannel> lock(Handle sql, Set<Channel> channels) {
        return logs(sql, channels, "for update");
    }

    /** Locks only the channels that no other transaction has locked. */
    private static Map<Channel, LockedChannel> lockFree(Handle sql, Set<Channel> channels) {
        return logs(sql, channels, "for update skip locked");
    }

    private static Map<Channel, LockedChannel> logs(Handle sql, Set<Channel> channels, String lock) {
        Map<String, Channel> byName = byName(channels);
        Map<Channel, LockedChannel> logs = new LinkedHashMap<>();
        if (!channels.isEmpty()) {
            sql.createQuery("""
                            select id, name, epoch, acl_version, oldest, head from parley_channel
                            where name = any(:names) order by name\s""" + lock)
                    .bindArray("names", String.class, byName.keySet().toArray())
                    .map((row, context) -> Map.entry(
                            byName.get(row.getString("name")),
                            new LockedChannel(
                                    row.getLong("id"),
                                    row.getString("epoch"),
                                    row.getLong("acl_version"),
                                    row.getLong("oldest"),
                                    row.getLong("head"))))
                    .forEach(log -> logs.put(log.getKey(), log.getValue()));
        }
        return logs;
    }

    private static void write(
            Handle sql,
            Collection<LockedChannel> logs,
            List<Row> rows,
            List<SentRow> fresh,
            OwnReadMarks own,
            OffsetDateTime at,
            Optional<GrowthTables.Commit> growth) {
        Update update = own.bindTo(sql.createUpdate(growth.isPresent() ? WRITE_IN_CLUSTER : WRITE));
        growth.ifPresent(commit -> commit.bindTo(update));
        update.bind("at", at)
                .bindArray("logs", Long.class, Columns.of(logs, log -> log.id))
                .bindArray("heads", Long.class, Columns.of(logs, log -> log.head))
                .bindArray("channels", Long.class, Columns.of(rows, Row::channelId))
                .bindArray(
                        "seqs", Long.class, Columns.of(rows, row -> row.copy().seq()))
                .bindArray("bodies", String.class, Columns.of(rows, row -> row.copy()
                        .message()
                        .json()))
                .bindArray("bytes", Integer.class, Columns.of(rows, row -> row.copy()
                        .message()
                        .bytes()))
                .bindArray("senders", String.class, Columns.of(fresh, one -> one.key()
                        .sender()
                        .value()))
                .bindArray("ids", String.class, Columns.of(fresh, one -> one.key()
                        .id()
                        .value()))
                .bindArray("sentSeqs", Long.class, Columns.of(fresh, one -> one.sent()
                        .seq()))
                .bindArray("digests", String.class, Columns.of(fresh, one -> one.sent()
                        .digest()))
                .execute();
    }

    /**
     * Creates the channels that do not exist, in one statement, in name order, so that two nodes never deadlock. If
     * another node creates one of them at the same time, H2 fails with a collision.
     *
     * @return the number of new channels
     */
    public int create(Handle sql, Collection<? extends Channel> channels) {
        return sql.createUpdate(Transactions.isPostgres(sql) ? CREATE + "on conflict (name) do nothing" : CREATE)
                .bindArray("kinds", String.class, Columns.of(channels, channel -> channel.kind()
                        .name()))
                .bindArray("names", String.class, Columns.of(channels, Channel::name))
                .bindArray("epochs", String.class, Columns.of(channels, channel -> epochs.get()))
                .execute();
    }

    /** Whether the database takes writes: locks no row, which a read-only database refuses. */
    public boolean canWrite(Handle sql) {
        return sql.createQuery("select id from parley_channel where id = 0 for update")
                .mapTo(Long.class)
                .findOne()
                .isEmpty();
    }

    /** The channels of these that exist. */
    public Set<Channel> existing(Handle sql, Set<Channel> channels) {
        Map<String, Channel> byName = byName(channels);
        return sql
                .createQuery("select name from parley_channel where name = any(:names)")
                .bindArray("names", String.class, byName.keySet().toArray())
                .mapTo(String.class)
                .stream()
                .map(byName::get)
                .collect(Collectors.toSet());
    }

    /**
     * Channels whose last commit was uncertain, resolved where possible.
     *
     * @param heads seq of the newest message
     * @param underWay channels that a transaction still locks: it may be the one whose outcome is uncertain
     */
    public record ResolvedCommits(Map<Channel, Long> heads, Set<Channel> underWay) {}

    /** @param growth as in {@link #append}: a commit whose answer was lost may have come after later ones */
    public ResolvedCommits resolveUncertainCommits(
            Handle sql, Set<Channel> channels, Optional<GrowthTables.Commit> growth) {
        Map<Channel, Long> heads = new HashMap<>();
        Map<Channel, LockedChannel> logs = lockFree(sql, channels);
        logs.forEach((channel, log) -> heads.put(channel, log.head));
        if (!logs.isEmpty()) {
            growth.ifPresent(commit -> GrowthTables.insert(
                    sql,
                    commit,
                    logs.values().stream().map(log -> log.id).toList(),
                    logs.values().stream().map(log -> log.head).toList()));
        }
        Set<Channel> underWay = existing(sql, channels).stream()
                .filter(channel -> !heads.containsKey(channel))
                .collect(Collectors.toSet());
        return new ResolvedCommits(heads, underWay);
    }

    private static Map<String, Channel> byName(Set<Channel> channels) {
        return channels.stream().collect(Collectors.toMap(Channel::name, channel -> channel));
    }
}
