package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ClientMessage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MicrometerObserverTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerObserver observer = new MicrometerObserver(registry, "test");
    private final TestClient test = new TestClient(2, 10, Duration.ofSeconds(60), 5, observer);

    private double count(String name) {
        return registry.get("parley.client." + name)
                .tag("client", "test")
                .counter()
                .count();
    }

    @Test
    void eventsAreCounted() {
        observer.watch(test.client);
        ScriptedTransport transport = test.connected();
        transport.chat("lobby", 11);
        transport.chat("lobby", 11);
        test.client.chat("lobby", "1");
        test.time.advance(Duration.ofMillis(20));
        transport.acks(transport.take(ClientMessage.Chat.class));
        test.client.chat("lobby", "2");
        transport.refuses(transport.take(ClientMessage.Chat.class), "forbidden", 0);
        test.client.chat("lobby", "3");
        observer.binaryIgnored();
        assertThat(count("connections")).isEqualTo(1);
        assertThat(count("binary.ignored")).isEqualTo(1);
        assertThat(count("received")).isEqualTo(1);
        assertThat(count("duplicates")).isEqualTo(1);
        assertThat(registry.get("parley.client.acked").timer().totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(20);
        assertThat(registry.get("parley.client.failed")
                        .tag("code", "forbidden")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("parley.client.unacked").gauge().value()).isEqualTo(1);
    }

    @Test
    void unknownErrorCodesShareOneMeter() {
        for (int i = 0; i < 100; i++) {
            observer.failed("made_up_" + i);
        }
        assertThat(registry.get("parley.client.failed")
                        .tag("code", "other")
                        .counter()
                        .count())
                .isEqualTo(100);
    }
}
