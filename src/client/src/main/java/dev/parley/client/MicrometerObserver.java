package dev.parley.client;

import dev.parley.client.internal.transport.ClientErrors;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * An observer that counts in a Micrometer registry. An application that uses it must add
 * {@code io.micrometer:micrometer-core}. Meters, each with the tag {@code client}: {@code parley.client.acked} (timer),
 * {@code .failed} (tag {@code code}; {@code other} for one that this version does not know), {@code .received},
 * {@code .duplicates}, {@code .connections} (opened), {@code .binary.ignored}, {@code .listener.threw},
 * {@code .listener.stuck}. {@link #watch} adds gauges.
 */
public final class MicrometerObserver implements ClientObserver {
    private static final String PREFIX = "parley.client.";

    private final MeterRegistry registry;
    private final Tags tags;
    private final Timer acked;
    private final Counter received;
    private final Counter duplicates;
    private final Counter connections;
    private final Counter binaryIgnored;
    private final Counter threw;
    private final Counter stuck;

    /** @param client value of the tag, for example the builder's {@code name} */
    public MicrometerObserver(MeterRegistry registry, String client) {
        this.registry = registry;
        this.tags = Tags.of("client", client);
        acked = registry.timer(PREFIX + "acked", tags);
        received = registry.counter(PREFIX + "received", tags);
        duplicates = registry.counter(PREFIX + "duplicates", tags);
        connections = registry.counter(PREFIX + "connections", tags);
        binaryIgnored = registry.counter(PREFIX + "binary.ignored", tags);
        threw = registry.counter(PREFIX + "listener.threw", tags);
        stuck = registry.counter(PREFIX + "listener.stuck", tags);
    }

    /** Registers the gauges {@code parley.client.unacked} and {@code .waiting}. They hold the client weakly. */
    public void watch(ParleyClient client) {
        Gauge.builder(PREFIX + "unacked", client, ParleyClient::unacked)
                .tags(tags)
                .register(registry);
        Gauge.builder(PREFIX + "waiting", client, ParleyClient::waitingForListeners)
                .tags(tags)
                .register(registry);
    }

    @Override
    public void stateChanged(ClientState state) {
        if (state == ClientState.OPEN) {
            connections.increment();
        }
    }

    @Override
    public void acked(Duration waited) {
        acked.record(waited);
    }

    @Override
    public void failed(String code) {
        // A server may send any number of different codes, and a registry keeps a meter for each.
        String known = ClientErrors.isKnown(code) ? code : "other";
        registry.counter(PREFIX + "failed", tags.and("code", known)).increment();
    }

    @Override
    public void received() {
        received.increment();
    }

    @Override
    public void duplicateDropped() {
        duplicates.increment();
    }

    @Override
    public void binaryIgnored() {
        binaryIgnored.increment();
    }

    @Override
    public void listenerThrew() {
        threw.increment();
    }

    @Override
    public void listenerStuck(Duration busy) {
        stuck.increment();
    }
}
