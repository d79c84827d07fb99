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
import java.security.SecureRandom;
import java.text.ParseException;
import java.util.Map;
import java.util.Optional;

/**
 * The key that signs tickets: HMAC-SHA256, as a JWS (RFC 7515) of a type of our own. Each node has its own key, so a
 * ticket is valid only at the node that issued it. A cluster must share a key; then only this class has to change. Any
 * thread.
 */
public final class TicketKey {
    private static final int BYTES = 32;
    private static final JWSHeader HEADER = new JWSHeader.Builder(JWSAlgorithm.HS256)
            .type(new JOSEObjectType("parley-ticket"))
            .build();

    private final JWSSigner signer;
    private final JWSVerifier verifier;

    private TicketKey(byte[] key) {
        try {
            signer = new MACSigner(key);
            verifier = new MACVerifier(key);
        } catch (JOSEException e) {
            throw new IllegalStateException("HMAC-SHA256 accepts no key of " + key.length + " bytes here.", e);
        }
    }

    /** A random key, which no other process knows and which is lost when this process ends. */
    public static TicketKey random() {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        return new TicketKey(key);
    }

    /** Signs the claims. The result is readable but cannot be changed, and needs no escapes in a URL. */
    String sign(Map<String, Object> claims) {
        JWSObject signed = new JWSObject(HEADER, new Payload(claims));
        try {
            signed.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("A ticket could not be signed.", e);
        }
        return signed.serialize();
    }

    /** The claims of a ticket that this key has signed; empty for any other text. */
    Optional<Map<String, Object>> verified(String ticket) {
        if (TokenSyntax.fault(ticket).isPresent()) {
            return Optional.empty();
        }
        try {
            JWSObject signed = JWSObject.parse(ticket);
            boolean isOurs = HEADER.getAlgorithm().equals(signed.getHeader().getAlgorithm())
                    && HEADER.getType().equals(signed.getHeader().getType())
                    && signed.verify(verifier);
            return isOurs ? Optional.of(signed.getPayload().toJSONObject()) : Optional.empty();
        } catch (ParseException | JOSEException | RuntimeException e) {
            // Some hostile texts end in a bare exception of the library, such as a header that is null.
            return Optional.empty();
        }
    }
}
