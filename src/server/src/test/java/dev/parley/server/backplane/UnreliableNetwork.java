package dev.parley.server.backplane;

import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The nodes of one process, and the lines between them: they lose, double and delay events when they are told to, and
 * count the stored messages that they carry. Any thread.
 */
public final class UnreliableNetwork implements AutoCloseable {
    /**
     * What happens to the events on their way to one node. A share is from 0 to 1; what is late comes after others.
     *
     * @param lateMillis how late
     */
    public record Faults(double lost, double doubled, double late, int lateMillis) {
        public static final Faults NONE = new Faults(0, 0, 0, 0);
    }

    private final LocalBackplane.Network network = new LocalBackplane.Network();
    private final ScheduledExecutorService late = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "late events");
        thread.setDaemon(true);
        return thread;
    });
    private final Random random = new Random(1);
    private final LongAdder carried = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private volatile Faults faults = Faults.NONE;

    /** Adds a node. */
    public Backplane join(String id, Backplane.Listener listener) {
        return new LocalBackplane(id, network, new Backplane.Listener() {
            @Override
            public void received(String node, NodeEvent event) {
                carry(node, event, listener);
            }

            @Override
            public void regained() {
                listener.regained();
            }
        });
    }

    private void carry(String node, NodeEvent event, Backplane.Listener to) {
        boolean isStored = event instanceof NodeEvent.Stored;
        if (isStored) {
            carried.increment();
        }
        Faults now = faults;
        if (random.nextDouble() < now.lost()) {
            if (isStored) {
                lost.increment();
            }
            return;
        }
        if (random.nextDouble() < now.doubled()) {
            to.received(node, event);
        }
        if (random.nextDouble() < now.late()) {
            late.schedule(() -> to.received(node, event), now.lateMillis(), TimeUnit.MILLISECONDS);
        } else {
            to.received(node, event);
        }
    }

    public void fail(Faults from) {
        faults = from;
    }

    /** Stored messages that nodes told each other, once for each receiver; lost ones too, doubled ones once. */
    public long carried() {
        return carried.sum();
    }

    /** Those of them that did not arrive. */
    public long lost() {
        return lost.sum();
    }

    @Override
    public void close() {
        late.shutdownNow();
    }
}
