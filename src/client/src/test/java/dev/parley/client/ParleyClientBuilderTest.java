package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.Position;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParleyClientBuilderTest {
    private final ParleyClientBuilder builder = ParleyClient.builder(URI.create("ws://server.example/chat"));

    @ParameterizedTest
    @ValueSource(strings = {"http://server.example/chat", "ws:chat", "chat"})
    void invalidUrisAreRefused(String uri) {
        assertThatThrownBy(() -> ParleyClient.builder(URI.create(uri))).hasMessageContaining("'" + uri + "'");
    }

    @Test
    void passwordInTheUriIsRefusedAndNotShown() {
        assertThatThrownBy(() -> ParleyClient.builder(URI.create("ws://me:secret@server.example/chat")))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("secret");
    }

    @Test
    void tooLongDurationsAreRefused() {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        assertThatThrownBy(() -> builder.sendTimeout(ages)).hasMessageContaining("sendTimeout must be 10 days or less");
        assertThatThrownBy(() -> builder.connectTimeout(ages)).hasMessageContaining("connectTimeout");
        assertThatThrownBy(() -> builder.reconnectDelay(ages)).hasMessageContaining("reconnectDelay");
        assertThatThrownBy(() -> builder.maxReconnectDelay(ages)).hasMessageContaining("maxReconnectDelay");
        assertThatThrownBy(() -> builder.reconnectResetAfter(ages)).hasMessageContaining("reconnectResetAfter");
    }

    @Test
    void tooSmallListenerQueueIsRefused() {
        assertThatThrownBy(() -> builder.maxWaitingForListeners(9, 1_000)).hasMessageContaining("10 messages or more");
        assertThatThrownBy(() -> builder.maxWaitingForListeners(10, 0)).hasMessageContaining("positive");
    }

    @Test
    void invalidLoginSettingsAreRefusedAtOnce() {
        assertThatThrownBy(() -> builder.username("x".repeat(65))).hasMessageContaining("username");
        assertThatThrownBy(() -> builder.positions(Map.of("lobby", new Position("e", 1))))
                .hasMessageContaining("'lobby'");
    }
}
