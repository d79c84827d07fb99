package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Timestamp;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TrafficCounters;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import javax.management.JMException;
import javax.management.ObjectName;

/** Publishes metrics of this node, in the same way as any other metric. */
public final class NodeMetrics {
    private static final Logger LOG = System.getLogger(NodeMetrics.class.getName());

    private final MetricFanOut metrics;
    private final Sessions sessions;
    private final TrafficCounters traffic;
    private final LongSupplier commits;
    private final InstantSource clock;

    /** @param commits number of the store's commits since its start */
    public NodeMetrics(
            MetricFanOut metrics,
            Sessions sessions,
            TrafficCounters traffic,
            LongSupplier commits,
            InstantSource clock) {
        this.metrics = metrics;
        this.sessions = sessions;
        this.traffic = traffic;
        this.commits = commits;
        this.clock = clock;
    }

    /** Called once a second. */
    public void publish() {
        publish("parley.sessions", sessions.count());
        publish("parley.messages.in", traffic.messagesIn());
        publish("parley.commits", commits.getAsLong());
        publish("parley.deliveries.out", traffic.deliveriesOut());
        publish(
                "parley.heap.used",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        publish("parley.cpu", processCpuLoad());
    }

    private void publish(String metricId, double value) {
        metrics.metric(new ServerMessage.Value(metricId, value, Timestamp.of(clock.instant())));
    }

    /**
     * CPU load of this process as a share of all processors, 0 to 1. Read by attribute name: the interface that
     * declares it is in {@code jdk.management}, which some servers hide from applications.
     */
    private static double processCpuLoad() {
        try {
            Object load = ManagementFactory.getPlatformMBeanServer()
                    .getAttribute(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), "ProcessCpuLoad");
            return load instanceof Double share && share >= 0 ? share : 0;
        } catch (JMException e) {
            LOG.log(Level.DEBUG, "This JVM does not report its CPU load.", e);
            return 0;
        }
    }
}
