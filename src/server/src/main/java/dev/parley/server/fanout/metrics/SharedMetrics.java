package dev.parley.server.fanout.metrics;

import dev.parley.server.session.Encoded;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of metrics that the nodes of a cluster tell each other. Those that are published here leave in batches,
 * the latest of each metric; those of another node carry the number of its batch, so that a late batch replaces no
 * newer value of that node. Of two nodes that publish one metric, the value that came last counts. Confined to the
 * metrics' event loop.
 */
public final class SharedMetrics {
    /** Values in one batch. */
    private static final int BATCH_MAX = 1_000;

    /** Ticks, five a second, after which the last value of a metric is sent once more: its batch may have been lost. */
    private static final int REPEATED_AFTER = 25;

    /** What this node tells the others. Called on the event loop; must not block. */
    public interface Reports {
        /**
         * The latest values of metrics.
         *
         * @param number of the batch; each is greater than the one before
         * @param values {@code metric} messages by the ids of their metrics
         */
        void values(long number, Map<String, Encoded> values);

        /** Asks the other nodes for all their values. */
        void ask();
    }

    private record Own(Encoded metric, int tick) {}

    private record Origin(String node, long number) {}

    private final Reports reports;
    private final Map<String, Encoded> unsent = new LinkedHashMap<>();
    /** The values that were published here. */
    private final Map<String, Own> own = new HashMap<>();

    private final Map<String, Origin> origins = new HashMap<>();
    private long number;
    private int ticks;

    public SharedMetrics(Reports reports) {
        this.reports = reports;
    }

    /** A value was published here; returns whether it is the first that waits to be sent. */
    public boolean published(String metricId, Encoded metric) {
        boolean isFirst = unsent.isEmpty();
        unsent.put(metricId, metric);
        own.put(metricId, new Own(metric, ticks));
        origins.remove(metricId);
        return isFirst;
    }

    /** Sends what waits. */
    public void send() {
        send(unsent);
        unsent.clear();
    }

    private void send(Map<String, Encoded> values) {
        Map<String, Encoded> batch = new HashMap<>();
        for (Map.Entry<String, Encoded> value : values.entrySet()) {
            batch.put(value.getKey(), value.getValue());
            if (batch.size() == BATCH_MAX) {
                reports.values(++number, batch);
                batch = new HashMap<>();
            }
        }
        if (!batch.isEmpty()) {
            reports.values(++number, batch);
        }
    }

    /** Another node wants to know all values. */
    public void asked() {
        Map<String, Encoded> all = new HashMap<>();
        own.forEach((metricId, value) -> all.put(metricId, value.metric()));
        send(all);
    }

    /** Asks the other nodes for all values. */
    public void ask() {
        reports.ask();
    }

    /** Takes a batch of another node; returns the ids of the values in it that are new. */
    public List<String> received(String node, long batch, Map<String, Encoded> values) {
        return values.keySet().stream()
                .filter(metricId -> isNews(metricId, new Origin(node, batch)))
                .toList();
    }

    private boolean isNews(String metricId, Origin origin) {
        Origin known = origins.get(metricId);
        boolean isOld = known != null && known.node().equals(origin.node()) && known.number() >= origin.number();
        if (!isOld) {
            origins.put(metricId, origin);
            own.remove(metricId);
            unsent.remove(metricId);
        }
        return !isOld;
    }

    /** Called several times a second. */
    public void tick() {
        ticks++;
        Map<String, Encoded> repeated = new HashMap<>();
        if (ticks % REPEATED_AFTER == 0) {
            own.forEach((metricId, value) -> {
                int age = ticks - value.tick();
                if (age >= REPEATED_AFTER && age < 3 * REPEATED_AFTER) {
                    repeated.put(metricId, value.metric());
                }
            });
        }
        send(repeated);
    }
}
