package dev.parley.launcher.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.parley.launcher.StartFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrialTokenTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private static JWTClaimsSet claims(Map<String, String> settings) throws Exception {
        var token = SignedJWT.parse(TrialToken.sign(SECRET, new RunSettings(settings), NOW));
        assertThat(token.verify(new MACVerifier(SECRET))).isTrue();
        return token.getJWTClaimsSet();
    }

    @Test
    void tokenIsForOneUserWithEveryRoleFor30Days() throws Exception {
        var claims = claims(Map.of());
        assertThat(claims.getSubject()).isEqualTo("admin");
        assertThat(claims.getStringListClaim("roles")).isEqualTo(List.of("user", "notify", "metrics", "admin"));
        assertThat(claims.getExpirationTime()).isEqualTo(NOW.plus(Duration.ofDays(30)));
        assertThat(claims.getIssuer()).isNull();
        assertThat(claims.getAudience()).isEmpty();
    }

    @Test
    void tokenFollowsTheSettings() throws Exception {
        var claims = claims(Map.of(
                "parley.token.issuer", "us",
                "parley.token.audience", "chat",
                "parley.token.user", "login",
                "parley.token.roles", "groups"));
        assertThat(claims.getIssuer()).isEqualTo("us");
        assertThat(claims.getAudience()).containsExactly("chat");
        assertThat(claims.getStringClaim("login")).isEqualTo("admin");
        assertThat(claims.getStringListClaim("groups")).contains("admin");
    }

    @Test
    void tooShortSecretIsNamedInTheError() {
        var settings = new RunSettings(Map.of());
        assertThatThrownBy(() -> TrialToken.sign("short", settings, NOW))
                .isInstanceOf(StartFailed.class)
                .hasMessageContaining("parley.token.secret");
    }
}
