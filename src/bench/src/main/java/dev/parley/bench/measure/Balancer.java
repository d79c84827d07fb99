package dev.parley.bench.measure;

import java.net.InetSocketAddress;
import java.util.List;

/** Chooses a node for each connection as a load balancer does: in turn, among those that are there. Any thread. */
public final class Balancer {
    private List<InetSocketAddress> nodes;
    private int next;

    public Balancer(List<InetSocketAddress> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    public synchronized InetSocketAddress choose() {
        next = (next + 1) % nodes.size();
        return nodes.get(next);
    }

    /** From now on only these are there. */
    public synchronized void only(List<InetSocketAddress> others) {
        nodes = List.copyOf(others);
    }
}
