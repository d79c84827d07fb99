package dev.parley.acceptance.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.acceptance.network.Relay;
import dev.parley.acceptance.network.Relay.Cut;
import dev.parley.client.ClientState;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import org.awaitility.Awaitility;

/** A client whose connection is cut, and whose next handshakes are refused. */
final class Refused implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Relay network;
    private final InstrumentedJavaClient client;

    private final int times;

    private Refused(Relay network, InstrumentedJavaClient client, int times) {
        this.network = network;
        this.client = client;
        this.times = times;
    }

    /**
     * Connects a client through its own relay.
     *
     * @param headers headers of the answer to its next handshake
     */
    static Refused next(JavaSwarm swarm, URI chat, String status, String... headers) {
        return next(swarm, chat, 1, status, headers);
    }

    /** The same for several handshakes. */
    static Refused next(JavaSwarm swarm, URI chat, int times, String status, String... headers) {
        Relay network = Relay.to(chat);
        InstrumentedJavaClient client =
                swarm.enter(network.chat(), ClientFaultsIT.PATIENT, InstrumentedJavaClient.ClientListener.SOUND);
        network.refuse(times, status, headers);
        return new Refused(network, client, times);
    }

    void cut() {
        network.cut(Cut.RESET, 1, new Random());
    }

    void assertStopped(String code) {
        Awaitility.await(code)
                .atMost(PATIENCE)
                .until(() -> client.ending().isPresent()
                        && client.outcomes().settled() == client.outcomes().sent.get());
        assertThat(client.ending().orElseThrow().code()).isEqualTo(code);
        assertThat(network.handshakes()).hasSize(1 + times);
    }

    /** Waits until the handshake after the refused ones has succeeded. */
    void awaitBack() {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> network.handshakes().size() >= 2 + times && client.state() == ClientState.OPEN);
    }

    void assertNoSoonerThan(Duration told) {
        long waited =
                network.handshakes().get(2).at() - network.handshakes().get(1).at();
        assertThat(Duration.ofNanos(waited)).isGreaterThanOrEqualTo(told);
    }

    @Override
    public void close() {
        network.close();
    }
}
