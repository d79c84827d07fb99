package dev.parley.server.session;

import java.util.concurrent.atomic.LongAdder;

/** Counts the messages received and sent since the node started. Any thread. */
public final class TrafficCounters {
    private final LongAdder messagesIn = new LongAdder();
    private final LongAdder deliveriesOut = new LongAdder();

    public void messageIn() {
        messagesIn.increment();
    }

    void deliveriesOut(int messages) {
        deliveriesOut.add(messages);
    }

    /** Valid messages received from clients. */
    public long messagesIn() {
        return messagesIn.sum();
    }

    /** Messages queued in outboxes. */
    public long deliveriesOut() {
        return deliveriesOut.sum();
    }
}
