package dev.parley.client.internal.inbound;

import dev.parley.client.ClientObserver;
import dev.parley.client.ClientState;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** Calls an application's observer and catches what it throws, so that the client's work goes on. */
public final class GuardedObserver implements ClientObserver {
    private static final Logger LOG = System.getLogger(GuardedObserver.class.getName());

    private final ClientObserver observer;
    private final AtomicBoolean hasThrown = new AtomicBoolean();

    public GuardedObserver(ClientObserver observer) {
        this.observer = observer;
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            // A warning only once: some methods are called for every message.
            LOG.log(hasThrown.getAndSet(true) ? Level.DEBUG : Level.WARNING, "A Parley client's observer threw.", e);
        }
    }

    @Override
    public void stateChanged(ClientState state) {
        guarded(() -> observer.stateChanged(state));
    }

    @Override
    public void acked(Duration waited) {
        guarded(() -> observer.acked(waited));
    }

    @Override
    public void failed(String code) {
        guarded(() -> observer.failed(code));
    }

    @Override
    public void received() {
        guarded(observer::received);
    }

    @Override
    public void duplicateDropped() {
        guarded(observer::duplicateDropped);
    }

    @Override
    public void binaryIgnored() {
        guarded(observer::binaryIgnored);
    }

    @Override
    public void listenerThrew() {
        guarded(observer::listenerThrew);
    }

    @Override
    public void listenerStuck(Duration busy) {
        guarded(() -> observer.listenerStuck(busy));
    }
}
