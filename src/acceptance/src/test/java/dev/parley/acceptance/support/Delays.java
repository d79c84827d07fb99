package dev.parley.acceptance.support;

import dev.parley.acceptance.checker.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Measures how long messages take from the sender's connection to the receivers'. Any thread may call any method. */
public final class Delays {
    private static final double P99 = 0.99;

    private final Map<Message, Long> sentAt = new HashMap<>();
    private List<Long> nanos = new ArrayList<>();

    public synchronized void sent(Message message) {
        sentAt.putIfAbsent(message, System.nanoTime());
    }

    public synchronized void received(Message message, long at) {
        Long sent = sentAt.get(message);
        if (sent != null) {
            nanos.add(at - sent);
        }
    }

    /** The 99th percentile of the delays since the last call. */
    public synchronized Duration takeP99() {
        List<Long> sorted = nanos.stream().sorted().toList();
        nanos = new ArrayList<>();
        if (sorted.isEmpty()) {
            throw new AssertionError("Nothing was received, so nothing was measured.");
        }
        return Duration.ofNanos(sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(sorted.size() * P99))));
    }
}
