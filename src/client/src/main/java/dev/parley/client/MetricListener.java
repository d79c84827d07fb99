package dev.parley.client;

/** Hears metrics; thread rule as for {@link ParleyListener}. Values in between may be skipped, never reordered. */
@FunctionalInterface
public interface MetricListener {
    /** @param at when it was measured, ISO 8601 in UTC */
    void changed(String metricId, double value, String at);
}
