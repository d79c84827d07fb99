package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HandshakeHeadersTest {
    @Test
    void containerThatFollowsARedirectGetsTheTokenOnce() {
        HandshakeHeaders headers = new HandshakeHeaders(Optional.empty(), Optional.of("jwt"), InstantSource.system());
        Map<String, List<String>> first = new HashMap<>(Map.of("Origin", List.of("http://chat.example")));
        Map<String, List<String>> elsewhere = new HashMap<>();

        headers.beforeRequest(first);
        assertThat(headers.wasRedirected()).isFalse();
        assertThatIllegalStateException().isThrownBy(() -> headers.beforeRequest(elsewhere));

        assertThat(first).isEqualTo(Map.of("Authorization", List.of("Bearer jwt")));
        assertThat(elsewhere).isEmpty();
        assertThat(headers.wasRedirected()).isTrue();
    }
}
