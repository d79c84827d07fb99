package dev.parley.server.handshake;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the RFCs forbid of a handshake's form and containers let through: Undertow answers 101 to HTTP/1.0, reads a
 * body's bytes as frames, and passes NUL within headers on to whoever logs or forwards them.
 */
final class HandshakeSyntax {
    /** RFC 6455 section 4.1 asks for HTTP/1.1 or higher. */
    private static final Set<String> TOO_OLD = Set.of("HTTP/0.9", "HTTP/1.0");

    /** RFC 9110 section 5.5: nothing in a field's value but visible characters, space and tab. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0A-\\x1F\\x7F]");

    /** RFC 6455 section 4.1: subprotocols are tokens (RFC 9110 section 5.6.2). */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

    private HandshakeSyntax() {}

    /** A sentence for people; empty where nothing is wrong. */
    static Optional<String> fault(HandshakeRequest request) {
        if (TOO_OLD.contains(request.protocol())) {
            return Optional.of("A WebSocket opens with HTTP/1.1, not with " + request.protocol() + ".");
        }
        if (hasBody(request)) {
            return Optional.of("A WebSocket handshake has no body.");
        }
        boolean holdsControls = request.headers().values().stream()
                .flatMap(List::stream)
                .anyMatch(value -> CONTROL.matcher(value).find());
        if (holdsControls) {
            return Optional.of("A header holds a control character.");
        }
        List<String> subprotocols = request.words("Sec-WebSocket-Protocol");
        boolean areTokens =
                subprotocols.stream().allMatch(word -> TOKEN.matcher(word).matches());
        // Doubled credentials are refused as such.
        List<String> names = subprotocols.stream()
                .filter(word -> !word.startsWith(Handshake.BEARER_SUBPROTOCOL))
                .toList();
        return areTokens && names.stream().distinct().count() == names.size()
                ? Optional.empty()
                : Optional.of("Sec-WebSocket-Protocol must hold tokens, each of them once.");
    }

    private static boolean hasBody(HandshakeRequest request) {
        return !request.all("Transfer-Encoding").isEmpty()
                || request.all("Content-Length").stream().anyMatch(length -> !length.equals("0"));
    }
}
