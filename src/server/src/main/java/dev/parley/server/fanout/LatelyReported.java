package dev.parley.server.fanout;

import dev.parley.protocol.Channel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What was reported lately of channels that have no reader on this node. With it, a reader that was shown a channel's
 * head knows whether anything came since, and needs no query. Confined to the fan-out's event loop.
 */
final class LatelyReported {
    /** Most channels of one generation; there are two. An entry takes some 150 bytes. */
    static final int CHANNELS_MAX = 50_000;

    private static final long GENERATION_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final Report NOTHING = new Report("", 0, 0);

    private Map<Channel, Report> young = new HashMap<>();
    private Map<Channel, Report> old = Map.of();
    private long youngSince;
    private long oldSince;

    /**
     * @param epoch of the channel; empty if the reports did not name it
     * @param head seq of the newest message that was reported; 0 if none was
     * @param aclVersion newest version of the access list that was reported; 0 if none was
     */
    record Report(String epoch, long head, long aclVersion) {
        private Report and(Report later) {
            if (!epoch.isEmpty() && !later.epoch.isEmpty() && !epoch.equals(later.epoch)) {
                return later;
            }
            return new Report(
                    epoch.isEmpty() ? later.epoch : epoch,
                    Math.max(head, later.head),
                    Math.max(aclVersion, later.aclVersion));
        }

        /** Whether it says something of the channel in this epoch. */
        boolean isOf(String present) {
            return epoch.isEmpty() || epoch.equals(present);
        }
    }

    /** @param now the monotonic clock, in nanoseconds, as everywhere here */
    LatelyReported(long now) {
        clear(now);
    }

    void add(Channel channel, Report report, long now) {
        if (young.size() >= CHANNELS_MAX || now - youngSince > GENERATION_NANOS) {
            old = young;
            oldSince = youngSince;
            young = new HashMap<>();
            youngSince = now;
        }
        young.merge(channel, report, Report::and);
    }

    /** Whether everything that was reported since then is known. */
    boolean covers(long asOf) {
        return asOf - oldSince >= 0;
    }

    Report of(Channel channel) {
        return old.getOrDefault(channel, NOTHING).and(young.getOrDefault(channel, NOTHING));
    }

    /** Forgets everything: what was seen of any channel before is not to be relied on. */
    void clear(long now) {
        young = new HashMap<>();
        old = Map.of();
        youngSince = now;
        oldSince = now;
    }
}
