package dev.parley.server.auth;

import dev.parley.protocol.InvalidMessage;
import dev.parley.protocol.StrictJson;
import java.util.Base64;
import java.util.Optional;

/**
 * Checks the syntax of a token or ticket strictly: a JWS in compact serialization (RFC 7515 section 7.1). The library
 * accepts many texts for one token: it skips characters that are not base64url, replaces bytes that are not UTF-8 by
 * U+FFFD, and takes the last of duplicate members. Then the signer and the verifier may read different claims, and a
 * check by a token's text could miss the same token in another form.
 */
final class TokenSyntax {
    private static final int PARTS = 3;
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private TokenSyntax() {}

    /** The syntax error, for people; empty if there is none. Does not check signature and claims. */
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
     * Whether an encoder would write these bytes like this: Java's decoder accepts padding and any unused last bits.
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
