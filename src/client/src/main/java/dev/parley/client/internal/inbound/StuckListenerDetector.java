package dev.parley.client.internal.inbound;

import dev.parley.client.ClientObserver;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Reports, once, a listener that has been busy for so long that it is probably stuck. Confined to the event loop;
 * callers pass the monotonic time in nanoseconds.
 */
public final class StuckListenerDetector {
    private static final Logger LOG = System.getLogger(StuckListenerDetector.class.getName());
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String client;
    private final ListenerQueue listeners;
    private final ClientObserver observer;
    private OptionalLong reported = OptionalLong.empty();

    /** @param client name of the client, for the log */
    public StuckListenerDetector(String client, ListenerQueue listeners, ClientObserver observer) {
        this.client = client;
        this.listeners = listeners;
        this.observer = observer;
    }

    public void check(long nanoTime) {
        listeners.busySince().ifPresent(since -> {
            if (nanoTime - since >= STUCK_NANOS && !reported.equals(OptionalLong.of(since))) {
                reported = OptionalLong.of(since);
                Duration busy = Duration.ofNanos(nanoTime - since);
                LOG.log(Level.WARNING, client + ": a listener has been busy for " + busy.toMillis() + " ms.");
                observer.listenerStuck(busy);
            }
        });
    }

    /** The time of the next {@link #check}, if a listener is busy. */
    public OptionalLong nextCheck() {
        OptionalLong since = listeners.busySince();
        return since.isPresent() && !since.equals(reported)
                ? OptionalLong.of(since.getAsLong() + STUCK_NANOS)
                : OptionalLong.empty();
    }
}
