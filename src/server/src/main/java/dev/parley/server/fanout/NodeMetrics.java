package dev.parley.server.fanout;

import dev.parley.protocol.ServerMessage;
import dev.parley.protocol.Timestamp;
import dev.parley.server.session.Sessions;
import dev.parley.server.session.TrafficCounters;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.Optional;
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
    private final String prefix;

    /**
     * @param commits number of the store's commits since its start
     * @param node name of this node among others; empty if it is the only one
     */
    public NodeMetrics(
            MetricFanOut metrics,
            Sessions sessions,
            TrafficCounters traffic,
            LongSupplier commits,
            InstantSource clock,
            Optional<String> node) {
        this.metrics = metrics;
        this.sessions = sessions;
        this.traffic = traffic;
        this.commits = commits;
        this.clock = clock;
        this.prefix = node.map(name -> "parley." + name + ".").orElse("parley.");
    }

    /** Called once a second. */
    public void publish() {
        publish("sessions", sessions.count());
        publish("messages.in", traffic.messagesIn());
        publish("commits", commits.getAsLong());
        publish("deliveries.out", traffic.deliveriesOut());
        publish(
                "heap.used",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        publish("cpu", processCpuLoad());
    }

    private void publish(String name, double value) {
        metrics.metric(new ServerMessage.Value(prefix + name, value, Timestamp.of(clock.instant())));
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
