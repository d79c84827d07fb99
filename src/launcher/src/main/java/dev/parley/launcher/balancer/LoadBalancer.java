package dev.parley.launcher.balancer;

import java.net.URI;

/**
 * A started load balancer on the loopback address. It gives new connections to the nodes that are ready. Any thread may
 * call any method.
 */
public sealed interface LoadBalancer extends AutoCloseable permits Haproxy, TcpBalancer {
    /** What it is, in a few words. */
    String description();

    /** The address of all nodes, with a slash at the end. */
    URI address();

    /** Ends it, and all connections through it. */
    @Override
    void close();
}
