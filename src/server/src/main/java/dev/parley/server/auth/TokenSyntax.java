package dev.parley.server.auth;

import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.StrictJson;
import java.util.Base64;
import java.util.Optional;

/**
 * The form of a token or ticket: a JWS in compact serialization (RFC 7515 section 7.1), to the letter. The library
 * takes many texts for one token: it skips what is no base64url, puts U+FFFD where bytes are no UTF-8, and takes the
 * last of two members with one name. Who signed and who checks may then have read different claims, and what is kept by
 * a token's text would not know the same token again.
 */
final class TokenSyntax {
    private static final int PARTS = 3;
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private TokenSyntax() {}

    /** What is wrong with the form, for people; empty where nothing is. Says nothing of signature and claims. */
    static Optional<String> fault(String token) {
        String[] parts = token.split("\\.", PARTS + 1);
        if (parts.length != PARTS) {
            return Optional.of("It is no JWT, which has three parts with dots between them.");
        }
        for (String part : parts) {
            if (!isCanonical(part)) {
                return Optional.of("It is no JWT, whose parts are in base64url without padding.");
            }
        }
        return unreadable("header", parts[0]).or(() -> unreadable("claims", parts[1]));
    }

    /**
     * Whether this is how an encoder writes these bytes: Java's decoder takes padding, and any last bits that mean
     * nothing.
     */
    private static boolean isCanonical(String part) {
        try {
            return ENCODER.encodeToString(DECODER.decode(part)).equals(part);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<String> unreadable(String name, String part) {
        try {
            StrictJson.object(DECODER.decode(part));
            return Optional.empty();
        } catch (InvalidMessage e) {
            return Optional.of("Its " + name + " cannot be read: " + e.getMessage());
        }
    }
}
