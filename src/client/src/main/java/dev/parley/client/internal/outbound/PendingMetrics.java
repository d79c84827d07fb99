package dev.parley.client.internal.outbound;

import dev.parley.protocol.ClientMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The metrics that wait for the connection, the latest value of each. Any thread may call any method. */
public final class PendingMetrics {
    private final int max;
    private final Map<String, ClientMessage.Metric> latest = new LinkedHashMap<>();

    /** @param max different metrics that may wait */
    public PendingMetrics(int max) {
        this.max = max;
    }

    /** Whether there was room for it; a newer value of one that waits always has. */
    public synchronized boolean put(ClientMessage.Metric metric) {
        if (latest.size() >= max && !latest.containsKey(metric.metricId())) {
            return false;
        }
        latest.put(metric.metricId(), metric);
        return true;
    }

    synchronized Optional<ClientMessage.Metric> next() {
        Iterator<ClientMessage.Metric> metrics = latest.values().iterator();
        if (!metrics.hasNext()) {
            return Optional.empty();
        }
        ClientMessage.Metric metric = metrics.next();
        metrics.remove();
        return Optional.of(metric);
    }

    synchronized boolean isEmpty() {
        return latest.isEmpty();
    }

    synchronized void clear() {
        latest.clear();
    }
}
