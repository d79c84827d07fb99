package dev.parley.client.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeHeadersTest {
    @Test
    void redirectDoesNotGetTheToken() {
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer error=\"invalid_token\", error_description=\"token_expired\"",
                "Basic realm=\"x\", Bearer error=\"invalid_token\",error_description=token_expired"
            })
    void expiredTokenIsReadFromTheChallenge(String challenge) {
        // Tyrus splits it at the commas.
        assertThat(answered("www-authenticate", List.of(challenge.split(", "))).isTokenExpired())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer error=\"invalid_token\", error_description=\"login_refused\"",
                "Bearer realm=\"token_expired\"",
                "Bearer error_description=\"token_expired_long_ago\""
            })
    void otherChallengesDoNotMeanAnExpiredToken(String challenge) {
        assertThat(answered("WWW-Authenticate", List.of(challenge)).isTokenExpired())
                .isFalse();
    }

    private static HandshakeHeaders.Answer answered(String header, List<String> values) {
        HandshakeHeaders headers = new HandshakeHeaders(Optional.empty(), Optional.empty(), InstantSource.system());
        headers.afterResponse(() -> Map.of(header, values));
        return headers.answer();
    }
}
