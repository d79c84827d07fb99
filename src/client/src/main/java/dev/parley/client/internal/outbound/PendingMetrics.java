package dev.parley.client.internal.outbound;

import dev.parley.protocol.ClientMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The latest values of the metrics that wait for the connection. Any thread may call any method. */
public final class PendingMetrics {
    private final int max;
    private final Map<String, ClientMessage.Metric> latest = new LinkedHashMap<>();

    /** @param max maximum number of different metrics */
    public PendingMetrics(int max) {
        this.max = max;
    }

    /** Adds a value. Returns false if too many metrics wait. A newer value of a waiting metric is always accepted. */
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
