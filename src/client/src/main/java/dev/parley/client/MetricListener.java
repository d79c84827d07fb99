package dev.parley.client;

/**
 * Receives the values of metrics. Thread rule as for {@link ParleyListener}. Intermediate values may be skipped, but
 * values are never reordered.
 */
@FunctionalInterface
public interface MetricListener {
    /** @param at time of the measurement, ISO 8601 in UTC */
    void changed(String metricId, double value, String at);
}
