package dev.parley.server.store;

import dev.parley.protocol.Channel;
import dev.parley.server.store.jdbc.AttachmentTables;
import dev.parley.server.store.jdbc.RetentionTables;
import dev.parley.server.store.jdbc.Transactions;
import dev.parley.server.store.model.Retention;
import dev.parley.server.store.model.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Deletes in the background what exceeds the retention limits. Each run trims the channels that have grown to their
 * count, and a batch of all channels, in rounds, to their count and age. A run checks each channel once, so it ends
 * however fast channels grow meanwhile. One call of {@link #run} at a time; any thread may call {@link #markGrown}.
 */
final class RetentionJob {
    private static final long FROM_THE_START = 0;
    /**
     * Longest time between the end of an upload and the chat that shows it. Incomplete uploads are deleted after it
     * too.
     */
    private static final Duration UNUSED_ATTACHMENT_AGE = Duration.ofHours(1);

    /** How often all dedupe records are looked at, for those that a restored backup has brought back. */
    private static final Duration LOOK_BACK = Duration.ofHours(1);

    private final Transactions transactions;
    private final RetentionTables tables = new RetentionTables();
    private final AttachmentTables attachments = new AttachmentTables();
    private final Retention policy;
    private final InstantSource clock;
    private final Set<Channel> grown = ConcurrentHashMap.newKeySet();
    private volatile BiConsumer<Channel, Long> whenTrimmed = (channel, upTo) -> {};
    private long roomsSeen = FROM_THE_START;
    private long inboxesSeen = FROM_THE_START;
    /** No dedupe record is older, unless a backup has brought it back. */
    private Instant sentFrom = Instant.EPOCH;

    private Instant lookedBackAt = Instant.EPOCH;

    RetentionJob(Transactions transactions, Retention policy, InstantSource clock) {
        this.transactions = transactions;
        this.policy = policy;
        this.clock = clock;
    }

    /**
     * @param listener called with the seq up to which messages of a channel were deleted, after the commit, on the
     *     thread of {@link #run}; must not block
     */
    void onTrimmed(BiConsumer<Channel, Long> listener) {
        whenTrimmed = listener;
    }

    /** Records that a channel has grown, perhaps beyond its count. */
    void markGrown(Channel channel) {
        grown.add(channel);
    }

    /**
     * Blocks until everything that this run found has been deleted.
     *
     * @param isForAll whether this node does what one node is enough for; otherwise it trims the channels that have
     *     grown here only
     */
    void run(boolean isForAll) {
        trimOverCount();
        if (!isForAll) {
            return;
        }
        Instant now = clock.instant();
        if (now.isAfter(lookedBackAt.plus(LOOK_BACK))) {
            lookedBackAt = now;
            sentFrom = Instant.EPOCH;
        }
        forgetSent(now.minus(policy.dedupeAge()));
        Instant unusedCutoff = now.minus(UNUSED_ATTACHMENT_AGE);
        while (transactions.run(sql -> attachments.trimUnused(sql, unusedCutoff))) {
            // One batch per transaction.
        }
        roomsSeen = round(false, roomsSeen, policy.rooms(), now);
        inboxesSeen = round(true, inboxesSeen, policy.inboxes(), now);
    }

    private void forgetSent(Instant cutoff) {
        boolean hasMore;
        do {
            Instant from = sentFrom;
            RetentionTables.Forgotten forgotten = transactions.run(sql -> tables.forgetSent(sql, from, cutoff));
            sentFrom = forgotten.upTo();
            hasMore = forgotten.hasMore();
        } while (hasMore);
    }

    private void trimOverCount() {
        List<Channel> now = List.copyOf(grown);
        now.forEach(grown::remove);
        try {
            Map<Boolean, List<Channel>> byKind = now.stream().collect(Collectors.partitioningBy(Channel::isInbox));
            trimOverCount(byKind.get(false), policy.rooms().count());
            trimOverCount(byKind.get(true), policy.inboxes().count());
        } catch (StoreUnavailable e) {
            grown.addAll(now);
            throw e;
        }
    }

    private void trimOverCount(Collection<Channel> channels, int count) {
        if (!channels.isEmpty()) {
            trim(transactions.run(sql -> tables.overCount(sql, channels, count)));
        }
    }

    /** @return the channel id after which the next call continues */
    private long round(boolean isInbox, long after, Retention.Kind kind, Instant now) {
        List<Long> ids = transactions.run(sql -> tables.next(sql, isInbox, after));
        if (ids.isEmpty()) {
            return FROM_THE_START;
        }
        trim(transactions.run(sql -> tables.overCount(sql, ids, kind.count())));
        Instant cutoff = now.minus(kind.age());
        List<Long> left = new ArrayList<>(ids);
        while (!left.isEmpty()) {
            List<RetentionTables.Overdue> overdue = transactions.run(sql -> tables.overAge(sql, left, cutoff));
            trim(overdue);
            left.retainAll(overdue.stream().map(RetentionTables.Overdue::id).toList());
        }
        return ids.get(ids.size() - 1);
    }

    private void trim(List<RetentionTables.Overdue> channels) {
        for (List<RetentionTables.Overdue> batch : RetentionTables.batches(channels)) {
            // Another node may trim one of them too.
            transactions.runRetryingCollision(sql -> {
                tables.trim(sql, batch);
                return null;
            });
            batch.forEach(part -> part.channel().ifPresent(channel -> whenTrimmed.accept(channel, part.upTo())));
            transactions.run(sql -> tables.withAttachments(sql, batch)).forEach(this::trimAttachments);
        }
    }

    private void trimAttachments(RetentionTables.Overdue channel) {
        while (transactions.run(sql -> attachments.trimShown(sql, channel.id(), channel.upTo() + 1))) {
            // One batch per transaction.
        }
    }
}
