package dev.parley.server.auth;

import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import dev.parley.server.config.Settings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Checks the claims of a token (RFC 8725 sections 3.8 to 3.10) by the node's own clock. */
final class ClaimsVerifier extends DefaultJWTClaimsVerifier<SecurityContext> {
    private static final List<String> TIMES = List.of("exp", "nbf", "iat");

    /**
     * The end of the year 9999. A later value is not a plausible time, and overflows in the library when it is
     * converted to milliseconds.
     */
    private static final long SECOND_MAX = 253_402_300_799L;

    private final InstantSource clock;
    private final Duration skew;

    ClaimsVerifier(Settings settings, InstantSource clock) {
        super(settings.tokenAudience().orElse(null), exact(settings), Set.of(settings.tokenUser(), "exp"));
        this.clock = clock;
        this.skew = settings.tokenSkew();
        setMaxClockSkew((int) skew.toSeconds());
    }

    private static JWTClaimsSet exact(Settings settings) {
        JWTClaimsSet.Builder exact = new JWTClaimsSet.Builder();
        settings.tokenIssuer().ifPresent(exact::issuer);
        return exact.build();
    }

    /**
     * The first claim that should be a time (RFC 7519 section 2, NumericDate) and is not. Must be checked before
     * {@link #verify}, whose claims are converted already: the library converts {@code 1e300} to a time in 1969.
     *
     * @param claims claims as they are written in the token
     */
    static Optional<String> noTime(Map<String, Object> claims) {
        return TIMES.stream()
                .filter(claims::containsKey)
                .filter(name -> !isTime(claims.get(name)))
                .findFirst();
    }

    private static boolean isTime(Object claim) {
        return claim instanceof Number seconds && seconds.doubleValue() >= 0 && seconds.doubleValue() <= SECOND_MAX;
    }

    @Override
    protected Date currentTime() {
        return Date.from(clock.instant());
    }

    @Override
    public void verify(JWTClaimsSet claims, SecurityContext context) throws BadJWTException {
        super.verify(claims, context);
        if (claims.getIssueTime() != null) {
            Instant issued = claims.getIssueTime().toInstant();
            if (issued.isAfter(clock.instant().plus(skew))) {
                throw new BadJWTException("iat is in the future");
            }
        }
    }
}
