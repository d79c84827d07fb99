package dev.parley.server.session;

import java.util.concurrent.atomic.LongAdder;

/** What went through this node since its start; counted by any thread. */
public final class TrafficCounters {
    private final LongAdder messagesIn = new LongAdder();
    private final LongAdder deliveriesOut = new LongAdder();

    public void messageIn() {
        messagesIn.increment();
    }

    void deliveryOut() {
        deliveriesOut.increment();
    }

    /** Valid messages received from clients. */
    public long messagesIn() {
        return messagesIn.sum();
    }

    /** Messages put into outboxes. */
    public long deliveriesOut() {
        return deliveriesOut.sum();
    }
}
