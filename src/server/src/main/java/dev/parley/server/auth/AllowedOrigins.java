package dev.parley.server.auth;

import dev.parley.protocol.ErrorCode;
import dev.parley.server.config.InvalidSettings;
import dev.parley.server.http.Problem;
import dev.parley.server.http.WebOrigin;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The origins whose pages may connect. Browsers let every page open a WebSocket to every host, and only the
 * {@code Origin} header shows where the page is from (RFC 6455 section 10.2). So an origin must match exactly: scheme,
 * host and port.
 */
public final class AllowedOrigins {
    private static final String SELF = "self";
    private static final String NULL = "null";

    private final Set<String> allowed;
    private final boolean isRequired;

    /**
     * @param allowed {@code self}, {@code null}, or scheme://host:port
     * @param isRequired whether a connection without an Origin is refused
     */
    public AllowedOrigins(List<String> allowed, boolean isRequired) {
        this.allowed = allowed.stream()
                .map(origin -> origin.equals(SELF) || origin.equals(NULL)
                        ? origin
                        : WebOrigin.normalize(origin)
                                .orElseThrow(() -> new InvalidSettings(List.of("parley.origins holds '" + origin
                                        + "', but an origin is self, null, or scheme://host:port without a path."))))
                .collect(Collectors.toUnmodifiableSet());
        this.isRequired = isRequired;
    }

    /**
     * @param headers every Origin header of the request
     * @param self the origin of the request's own address, such as {@code http://localhost:8080}
     */
    public boolean isAllowed(List<String> headers, String self) {
        if (headers.isEmpty()) {
            return !isRequired;
        }
        return headers.size() == 1 && isAllowed(headers.get(0), WebOrigin.normalize(self));
    }

    /** The response to a request from another origin. */
    public static Problem problem() {
        return Problem.of(
                403,
                ErrorCode.FORBIDDEN.wireName(),
                "Pages of this origin may not connect. The setting parley.origins lists those that may.");
    }

    /**
     * Whether the origin is allowed for some address of this server, for callers that do not know the request's
     * address.
     */
    public boolean isAllowedForSomeHost(String header) {
        if (header == null || header.isEmpty()) {
            return !isRequired;
        }
        return isAllowed(header, WebOrigin.normalize(header));
    }

    private boolean isAllowed(String header, Optional<String> self) {
        if (header.equals(NULL)) {
            return allowed.contains(NULL);
        }
        Optional<String> origin = WebOrigin.normalize(header);
        return origin.isPresent()
                && (allowed.contains(origin.get()) || (allowed.contains(SELF) && origin.equals(self)));
    }
}
