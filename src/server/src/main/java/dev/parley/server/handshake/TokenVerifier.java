package dev.parley.server.handshake;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.InvalidMessage;
import dev.parley.server.config.Settings;
import dev.parley.server.session.Identity;
import dev.parley.server.session.TokenVerdict;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks JWTs (RFC 7519) signed with one shared secret, the way RFC 8725 asks: fixed algorithms, checked claims. */
public final class TokenVerifier {
    private static final Set<JWSAlgorithm> ALGORITHMS =
            Set.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512);

    /** A token is some hundred bytes; nothing longer is worth parsing. */
    private static final int LENGTH_MAX = 8 * 1024;

    private final Optional<DefaultJWTProcessor<SecurityContext>> processor;
    private final String userClaim;
    private final String rolesClaim;

    public TokenVerifier(Settings settings) {
        this.userClaim = settings.tokenUser();
        this.rolesClaim = settings.tokenRoles();
        this.processor = settings.tokenSecret().map(secret -> processor(secret, settings));
    }

    private static DefaultJWTProcessor<SecurityContext> processor(String secret, Settings settings) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
                ALGORITHMS, new ImmutableSecret<>(secret.getBytes(StandardCharsets.UTF_8))));
        JWTClaimsSet.Builder exact = new JWTClaimsSet.Builder();
        settings.tokenIssuer().ifPresent(exact::issuer);
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                settings.tokenAudience().orElse(null), exact.build(), Set.of(settings.tokenUser(), "exp")));
        return processor;
    }

    /** Whether tokens can be checked at all. */
    public boolean isConfigured() {
        return processor.isPresent();
    }

    public TokenVerdict check(String token) {
        if (processor.isEmpty()) {
            return refused("This server accepts no tokens: parley.token.secret is not set.");
        }
        if (token.length() > LENGTH_MAX) {
            return refused("The token is longer than " + LENGTH_MAX + " characters.");
        }
        try {
            return identity(processor.get().process(token, null));
        } catch (ExpiredJWTException e) {
            return new TokenVerdict.Refused(ErrorCode.TOKEN_EXPIRED, "The token has expired. Sign in with a new one.");
        } catch (BadJWTException e) {
            return refused("The token's claims were refused: " + e.getMessage() + ".");
        } catch (ParseException | BadJOSEException | JOSEException e) {
            return refused("The token is no JWT that this server's secret has signed.");
        }
    }

    private TokenVerdict identity(JWTClaimsSet claims) {
        if (!(claims.getClaim(userClaim) instanceof String user)) {
            return refused("The token's claim '" + userClaim + "' is no text.");
        }
        try {
            return new TokenVerdict.Accepted(Identity.user(
                    Field.username(userClaim, user),
                    roles(claims.getClaim(rolesClaim)),
                    claims.getExpirationTime().toInstant()));
        } catch (InvalidMessage e) {
            return refused("The token's user name cannot be used: " + e.getMessage());
        }
    }

    /** An array of strings, or one string with words between spaces, as OAuth writes a scope (RFC 8693 section 4.2). */
    private static Set<String> roles(Object claim) {
        if (claim instanceof Collection<?> many) {
            return many.stream()
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .collect(Collectors.toUnmodifiableSet());
        }
        if (claim instanceof String words) {
            return Arrays.stream(words.split(" "))
                    .filter(word -> !word.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
        }
        return Set.of();
    }

    private static TokenVerdict refused(String reason) {
        return new TokenVerdict.Refused(ErrorCode.LOGIN_REFUSED, reason);
    }
}
