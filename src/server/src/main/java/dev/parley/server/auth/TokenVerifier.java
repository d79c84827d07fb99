package dev.parley.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSKeySelector;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Field;
import dev.parley.protocol.InvalidMessage;
import dev.parley.server.config.Settings;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.interfaces.RSAPublicKey;
import java.text.Normalizer;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks JWTs (RFC 7519) as RFC 8725 recommends: the configured kind of key, not the token, decides which algorithms
 * are accepted, and the claims are checked. Any thread.
 */
public final class TokenVerifier implements AutoCloseable {
    private static final Set<JWSAlgorithm> OF_A_SECRET =
            Set.of(JWSAlgorithm.HS256, JWSAlgorithm.HS384, JWSAlgorithm.HS512);

    private static final Set<JWSAlgorithm> OF_A_KEY_PAIR = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    /** Minimum length of an RSA key (RFC 7518 section 3.3). */
    private static final int RSA_BITS_MIN = 2_048;

    /** Limit before parsing; a usual token has some hundred bytes. */
    private static final int LENGTH_MAX = 8 * 1024;

    private static final Logger LOG = System.getLogger(TokenVerifier.class.getName());

    /** The accepted types; the last two are those of access tokens (RFC 9068 section 4). */
    private static final DefaultJOSEObjectTypeVerifier<SecurityContext> TYPES = new DefaultJOSEObjectTypeVerifier<>(
            null, JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), new JOSEObjectType("application/at+jwt"));

    private final Optional<JwksCache> keys;
    private final ClaimsVerifier claimsVerifier;
    private final Optional<DefaultJWTProcessor<SecurityContext>> processor;
    private final String userClaim;
    private final String rolesClaim;
    private final Duration skew;

    /**
     * @param clock the wall clock
     * @param nanoTime the monotonic clock
     * @param threads factory of the thread that refreshes the keys
     */
    public TokenVerifier(Settings settings, InstantSource clock, LongSupplier nanoTime, ThreadFactory threads) {
        this.userClaim = settings.tokenUser();
        this.rolesClaim = settings.tokenRoles();
        this.skew = settings.tokenSkew();
        this.claimsVerifier = new ClaimsVerifier(settings, clock);
        this.keys = settings.tokenJwks()
                .map(address -> new JwksCache(
                        new JwksFetcher(address, JwksFetcher.DEADLINE),
                        JwksCache.RefreshIntervals.USUAL,
                        nanoTime,
                        threads));
        this.processor = keys.<JWSKeySelector<SecurityContext>>map(StrongKeys::new)
                .or(() -> settings.tokenSecret().map(TokenVerifier::secret))
                .map(this::processor);
    }

    private DefaultJWTProcessor<SecurityContext> processor(JWSKeySelector<SecurityContext> selector) {
        DefaultJWTProcessor<SecurityContext> made = new DefaultJWTProcessor<>();
        made.setJWSTypeVerifier(TYPES);
        made.setJWSKeySelector(selector);
        made.setJWTClaimsSetVerifier(claimsVerifier);
        return made;
    }

    /** Selects the secret, whatever key the header names. */
    private static JWSKeySelector<SecurityContext> secret(String secret) {
        List<Key> key = List.of(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HMAC"));
        return (header, context) -> OF_A_SECRET.contains(header.getAlgorithm()) ? key : List.of();
    }

    /** Leaves out keys that are too short to trust. */
    private static final class StrongKeys extends JWSVerificationKeySelector<SecurityContext> {
        StrongKeys(JWKSource<SecurityContext> keys) {
            super(OF_A_KEY_PAIR, keys);
        }

        @Override
        public List<Key> selectJWSKeys(JWSHeader header, SecurityContext context) throws KeySourceException {
            return super.selectJWSKeys(header, context).stream()
                    .filter(key -> !(key instanceof RSAPublicKey rsa)
                            || rsa.getModulus().bitLength() >= RSA_BITS_MIN)
                    .toList();
        }
    }

    /** Whether a key is configured, so that tokens can be checked. */
    public boolean isConfigured() {
        return processor.isPresent();
    }

    /** Whether a check may have to wait for the identity provider. */
    boolean mayBlock() {
        return keys.isPresent();
    }

    /** Fetches the keys. Blocks for some seconds at most. To be called before clients connect. */
    public void start() {
        keys.ifPresent(JwksCache::start);
    }

    @Override
    public void close() {
        keys.ifPresent(JwksCache::close);
    }

    /** Checks a token. If it names an unknown key, one caller in half a minute blocks for some seconds to fetch it. */
    public TokenVerdict check(String token) {
        if (processor.isEmpty()) {
            return refused("This server accepts no tokens: neither parley.token.jwks nor parley.token.secret is set.");
        }
        if (token.length() > LENGTH_MAX) {
            return refused("The token is longer than " + LENGTH_MAX + " characters.");
        }
        Optional<String> fault = TokenSyntax.fault(token);
        if (fault.isPresent()) {
            return refused("The token cannot be used. " + fault.get());
        }
        try {
            SignedJWT signed = SignedJWT.parse(token);
            if (signed.getHeader().getCriticalParams() != null) {
                return refused("The token asks for an extension that this server does not know.");
            }
            Map<String, Object> claims = signed.getPayload().toJSONObject();
            if (claims == null) {
                return refused("The token is no JWT: its claims hold a number that no reader can hold.");
            }
            Optional<String> noTime = ClaimsVerifier.noTime(claims);
            if (noTime.isPresent()) {
                return refused("The token's claim '" + noTime.get() + "' is no time.");
            }
            return check(signed, processor.get());
        } catch (ExpiredJWTException e) {
            return new TokenVerdict.Refused(ErrorCode.TOKEN_EXPIRED, "The token has expired. Sign in with a new one.");
        } catch (BadJWTException e) {
            return refused("The token's claims were refused: " + e.getMessage() + ".");
        } catch (ParseException | BadJOSEException | JOSEException | RuntimeException e) {
            // Some hostile texts end in a bare exception of the library, such as a header that is null.
            LOG.log(Level.DEBUG, () -> "A token was refused: " + Field.shown(String.valueOf(e.getMessage())));
            return refused("The token is no JWT that this server's keys have signed.");
        }
    }

    private TokenVerdict check(SignedJWT signed, DefaultJWTProcessor<SecurityContext> by)
            throws ParseException, BadJOSEException, JOSEException {
        try {
            return identity(signed, by.process(signed, null));
        } catch (JwksCache.UnknownKey e) {
            // An expired token, or one for another audience, is refused whatever key signed it: no need to fetch keys.
            claimsVerifier.verify(signed.getJWTClaimsSet(), null);
        }
        return keys.orElseThrow().refreshForUnknownKey()
                ? identity(signed, by.process(signed, null))
                : new TokenVerdict.Unknown(
                        "This server does not know the key of this token and cannot fetch it at the moment.");
    }

    private TokenVerdict identity(SignedJWT signed, JWTClaimsSet claims) {
        // From the payload as written: the library converts a number in 'sub' to text.
        if (!(signed.getPayload().toJSONObject().get(userClaim) instanceof String user)) {
            return refused("The token's claim '" + userClaim + "' is no text.");
        }
        try {
            String name = Field.username(userClaim, user);
            // Two accounts of the provider, such as 'admin' in wide letters and 'admin', must not be the same user
            // here.
            if (!Normalizer.normalize(user, Normalizer.Form.NFC).equals(name)) {
                return refused("The token's user name cannot be used: it could pass for '" + Field.shown(name) + "'.");
            }
            return new TokenVerdict.Accepted(Identity.user(
                    name,
                    roles(at(claims.getClaims(), rolesClaim)),
                    claims.getExpirationTime().toInstant().plus(skew),
                    Optional.ofNullable(claims.getIssueTime()).map(Date::toInstant)));
        } catch (InvalidMessage e) {
            return refused("The token's user name cannot be used: " + e.getMessage());
        }
    }

    /** A claim by its name, or by a path such as {@code realm_access.roles}; null if there is none. */
    private static Object at(Map<String, Object> claims, String path) {
        if (claims.containsKey(path)) {
            return claims.get(path);
        }
        int dot = path.indexOf('.');
        if (dot < 0 || !(claims.get(path.substring(0, dot)) instanceof Map<?, ?> inner)) {
            return null;
        }
        return at(
                inner.entrySet().stream()
                        .filter(claim -> claim.getKey() instanceof String && claim.getValue() != null)
                        .collect(Collectors.toMap(claim -> (String) claim.getKey(), claim -> claim.getValue())),
                path.substring(dot + 1));
    }

    /**
     * Roles from an array of strings, or from one string of words separated by spaces, as in an OAuth scope (RFC 8693
     * section 4.2).
     */
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
