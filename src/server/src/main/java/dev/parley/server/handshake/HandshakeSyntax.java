package dev.parley.server.handshake;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Refuses handshakes that the RFCs forbid and containers accept: Undertow answers 101 to HTTP/1.0, reads the bytes of a
 * body as frames, and passes on NUL in headers to code that logs or forwards them.
 */
final class HandshakeSyntax {
    /** RFC 6455 section 4.1 requires HTTP/1.1 or higher. */
    private static final Set<String> TOO_OLD = Set.of("HTTP/0.9", "HTTP/1.0");

    /** RFC 9110 section 5.5: a field's value holds visible characters, space and tab only. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0A-\\x1F\\x7F]");

    /** RFC 6455 section 4.1: subprotocols are tokens (RFC 9110 section 5.6.2). */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

    private HandshakeSyntax() {}

    /** The error, as a sentence for people; empty if the handshake is valid. */
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
        // Duplicate credentials are refused later, with a message of their own.
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
