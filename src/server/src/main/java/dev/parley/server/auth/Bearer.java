package dev.parley.server.auth;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The credential of an {@code Authorization} header (RFC 6750 section 2.1). */
final class Bearer {
    static final String EXPECTED = "The Authorization header must be: Bearer, a space, the token.";

    private static final Pattern BEARER = Pattern.compile("(?i:bearer) +(\\S+) *");

    private Bearer() {}

    /** The bearer token; empty if the header holds none. */
    static Optional<String> token(String authorization) {
        Matcher bearer = BEARER.matcher(authorization);
        return bearer.matches() ? Optional.of(bearer.group(1)) : Optional.empty();
    }
}
