package dev.parley.launcher.run;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.parley.launcher.StartFailed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** A token for trying everything out: one user with every role, signed with the server's secret. */
final class TrialToken {
    static final String USER = "admin";
    static final List<String> ROLES = List.of("user", "notify", "metrics", "admin");
    static final Duration LIFETIME = Duration.ofDays(30);

    private TrialToken() {}

    static String sign(String secret, RunSettings settings, Instant now) {
        var claims = new JWTClaimsSet.Builder()
                .subject(USER)
                .claim(settings.get("parley.token.user").orElse("sub"), USER)
                .claim(settings.get("parley.token.roles").orElse("roles"), ROLES)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFETIME)));
        settings.get("parley.token.issuer").ifPresent(claims::issuer);
        settings.get("parley.token.audience").ifPresent(claims::audience);
        try {
            var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
            token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
            return token.serialize();
        } catch (JOSEException e) {
            throw new StartFailed(RunSettings.SECRET + " cannot sign tokens: " + e.getMessage());
        }
    }
}
