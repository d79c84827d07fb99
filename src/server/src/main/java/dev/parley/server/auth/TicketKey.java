package dev.parley.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key that signs tickets: HMAC-SHA256, as a JWS (RFC 7515) of a type of our own, which names the key. Any thread. */
public final class TicketKey {
    private static final int BYTES = 32;
    private static final JWSAlgorithm ALGORITHM = JWSAlgorithm.HS256;
    private static final String DERIVATION = "HmacSHA256";
    /** What is signed as a token holds no byte 0, so that no signature of a token is a key. */
    private static final byte[] PURPOSE = "parley-ticket\0".getBytes(StandardCharsets.US_ASCII);

    private static final JOSEObjectType TYPE = new JOSEObjectType("parley-ticket");

    private final String id;
    private final JWSSigner signer;
    private final JWSVerifier verifier;

    private TicketKey(String id, byte[] key) {
        this.id = id;
        try {
            signer = new MACSigner(key);
            verifier = new MACVerifier(key);
        } catch (JOSEException e) {
            throw new IllegalStateException("HMAC-SHA256 accepts no key of " + key.length + " bytes here.", e);
        }
    }

    /** A random key, which no other process knows and which is lost when this process ends. */
    public static TicketKey random() {
        return new TicketKey("own", randomBytes());
    }

    /**
     * A key that nodes share.
     *
     * @param secret as of {@link #randomSecret}
     * @param tokenSecret the secret that signs tokens, if there is one: without both, nobody can tell the key
     */
    public static TicketKey of(String id, String secret, Optional<String> tokenSecret) {
        byte[] stored = Base64.getUrlDecoder().decode(secret);
        return new TicketKey(id, tokenSecret.map(own -> derived(own, stored)).orElse(stored));
    }

    private static byte[] derived(String tokenSecret, byte[] stored) {
        try {
            Mac mac = Mac.getInstance(DERIVATION);
            mac.init(new SecretKeySpec(tokenSecret.getBytes(StandardCharsets.UTF_8), DERIVATION));
            mac.update(PURPOSE);
            return mac.doFinal(stored);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java has no " + DERIVATION + ".", e);
        }
    }

    /** A random secret for {@link #of}, in base64url. */
    public static String randomSecret() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(randomBytes());
    }

    private static byte[] randomBytes() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }

    String id() {
        return id;
    }

    /** Signs the claims. The result is readable but cannot be changed, and needs no escapes in a URL. */
    String sign(Map<String, Object> claims) {
        JWSHeader header = new JWSHeader.Builder(ALGORITHM).type(TYPE).keyID(id).build();
        JWSObject signed = new JWSObject(header, new Payload(claims));
        try {
            signed.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("A ticket could not be signed.", e);
        }
        return signed.serialize();
    }

    /** A text that has the form of a ticket. */
    static Optional<JWSObject> parsed(String ticket) {
        if (TokenSyntax.fault(ticket).isPresent()) {
            return Optional.empty();
        }
        try {
            JWSObject signed = JWSObject.parse(ticket);
            boolean isTicket = ALGORITHM.equals(signed.getHeader().getAlgorithm())
                    && TYPE.equals(signed.getHeader().getType());
            return isTicket ? Optional.of(signed) : Optional.empty();
        } catch (ParseException | RuntimeException e) {
            // Some hostile texts end in a bare exception of the library, such as a header that is null.
            return Optional.empty();
        }
    }

    /** The claims of a ticket that this key has signed; empty for any other one. */
    Optional<Map<String, Object>> verified(JWSObject ticket) {
        try {
            return ticket.verify(verifier) ? Optional.of(ticket.getPayload().toJSONObject()) : Optional.empty();
        } catch (JOSEException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
