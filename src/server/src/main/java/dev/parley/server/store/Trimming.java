package dev.parley.server.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Forgets in the background what the policy keeps no longer. Owned by whoever calls it, one call at a time.
 *
 * <p>By count every time; by age some channels at a time, in rounds over all of them.
 */
final class Trimming {
    private static final long FROM_THE_START = 0;
    /** Time between the end of an upload and the chat that shows it; unfinished uploads go with it too. */
    private static final Duration UNUSED_ATTACHMENT_AGE = Duration.ofHours(1);

    private final Transactions transactions;
    private final RetentionTables tables = new RetentionTables();
    private final AttachmentTables attachments = new AttachmentTables();
    private final Retention policy;
    private final InstantSource clock;
    private long roomsSeen = FROM_THE_START;
    private long inboxesSeen = FROM_THE_START;

    Trimming(Transactions transactions, Retention policy, InstantSource clock) {
        this.transactions = transactions;
        this.policy = policy;
        this.clock = clock;
    }

    /** Blocks for as long as there is something to forget. */
    void run() {
        Instant now = clock.instant();
        byCount(false, policy.rooms().count());
        byCount(true, policy.inboxes().count());
        roomsSeen = byAge(false, roomsSeen, now.minus(policy.rooms().age()));
        inboxesSeen = byAge(true, inboxesSeen, now.minus(policy.inboxes().age()));
        Instant unused = now.minus(UNUSED_ATTACHMENT_AGE);
        while (transactions.run(sql -> attachments.trim(sql, unused))) {
            // The next ones.
        }
        Instant forgotten = now.minus(policy.dedupeAge());
        while (transactions.run(sql -> tables.forgetSent(sql, forgotten))) {
            // The next slice.
        }
    }

    private void byCount(boolean isInbox, int count) {
        List<RetentionTables.Overdue> overdue;
        do {
            overdue = transactions.run(sql -> tables.overCount(sql, isInbox, count));
            overdue.forEach(this::trim);
        } while (!overdue.isEmpty());
    }

    /** @return where the next call goes on */
    private long byAge(boolean isInbox, long after, Instant cutoff) {
        List<Long> ids = transactions.run(sql -> tables.next(sql, isInbox, after));
        List<RetentionTables.Overdue> overdue;
        do {
            overdue = ids.isEmpty() ? List.of() : transactions.run(sql -> tables.overAge(sql, ids, cutoff));
            overdue.forEach(this::trim);
        } while (!overdue.isEmpty());
        return ids.isEmpty() ? FROM_THE_START : ids.get(ids.size() - 1);
    }

    private void trim(RetentionTables.Overdue channel) {
        while (transactions.run(sql -> tables.trim(sql, channel))) {
            // The next thousand.
        }
    }
}
