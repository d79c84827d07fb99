package dev.parley.acceptance.faults;

import dev.parley.acceptance.checker.ChannelPosition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Finds out since when 99 % of some clients read on. Confined to the thread of the test. */
final class CaughtUp {
    private static final double SHARE = 0.99;
    private static final long LAG_NANOS = Duration.ofMillis(500).toNanos();
    private static final long STEADY_NANOS = Duration.ofSeconds(3).toNanos();

    private final long begin;
    private final Deque<Heads> heads = new ArrayDeque<>();
    private long lastBehind;

    /** The newest seq of each channel that some client had read at a time. */
    private record Heads(long at, Map<String, Long> seqs) {}

    /** @param begin when the clock starts; monotonic, in nanoseconds */
    CaughtUp(long begin) {
        this.begin = begin;
        this.lastBehind = begin;
    }

    /** Looks at the clients; whether enough of them have read on for three seconds. */
    boolean isSteady(Collection<RecordingClient> clients, long now) {
        Map<String, Long> newest = new HashMap<>();
        clients.forEach(client ->
                client.reached().forEach((channel, position) -> newest.merge(channel, position.seq(), Math::max)));
        heads.addLast(new Heads(now, newest));
        while (heads.size() > 1 && second().at() <= now - LAG_NANOS) {
            heads.removeFirst();
        }
        Map<String, Long> before = heads.getFirst().seqs();
        long reading = clients.stream().filter(client -> reads(client, before)).count();
        if (reading < SHARE * clients.size()) {
            lastBehind = now;
        }
        return now - lastBehind > STEADY_NANOS;
    }

    private Heads second() {
        return heads.stream().skip(1).findFirst().orElseThrow();
    }

    private static boolean reads(RecordingClient client, Map<String, Long> heads) {
        Map<String, ChannelPosition> reached = client.reached();
        return client.state() == RecordingClient.State.OPEN
                && heads.entrySet().stream()
                        .allMatch(head -> !reached.containsKey(head.getKey())
                                || reached.get(head.getKey()).seq() >= head.getValue());
    }

    /** From the begin until enough clients were caught up. */
    Duration after() {
        return Duration.ofNanos(lastBehind - begin);
    }
}
