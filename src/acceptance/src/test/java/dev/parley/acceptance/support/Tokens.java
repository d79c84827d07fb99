package dev.parley.acceptance.support;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** Signs tokens in place of an identity provider. */
public final class Tokens {
    public static final String SECRET = "a secret of the tests, long enough for HS256";

    private Tokens() {}

    public static String of(String user, String... roles) {
        return of(user, Duration.ofHours(1), roles);
    }

    /** @param lifetime negative for a token that has expired */
    public static String of(String user, Duration lifetime, String... roles) {
        return signed(new JWTClaimsSet.Builder()
                .subject(user)
                .claim("roles", List.of(roles))
                .issueTime(new Date())
                .expirationTime(Date.from(Instant.now().plus(lifetime)))
                .build());
    }

    /** A token of this user with the signature of another one. */
    public static String forged(String user) {
        String token = of(user);
        String other = of(user + "-2");
        return token.substring(0, token.lastIndexOf('.')) + other.substring(other.lastIndexOf('.'));
    }

    public static String withoutIssueTime(String user) {
        return signed(new JWTClaimsSet.Builder()
                .subject(user)
                .expirationTime(Date.from(Instant.now().plusSeconds(3_600)))
                .build());
    }

    private static String signed(JWTClaimsSet claims) {
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        try {
            token.sign(new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));
        } catch (JOSEException e) {
            throw new IllegalStateException("The tests' secret cannot sign.", e);
        }
        return token.serialize();
    }
}
