package dev.parley.server.handshake;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which pages may connect. Browsers let every page open a WebSocket to every host and tell only by {@code Origin} whose
 * page it is (RFC 6455 section 10.2), so an origin must match exactly: scheme, host and port.
 */
public final class Origins {
    private static final String SELF = "self";
    private static final String NULL = "null";

    private final Set<String> allowed;
    private final boolean isRequired;

    /**
     * @param allowed {@code self}, {@code null}, or scheme://host:port
     * @param isRequired whether a connection without an Origin is refused
     */
    public Origins(List<String> allowed, boolean isRequired) {
        this.allowed = allowed.stream()
                .map(
                        origin -> origin.equals(SELF) || origin.equals(NULL)
                                ? origin
                                : normal(origin)
                                        .orElseThrow(
                                                () -> new IllegalArgumentException(
                                                        "Parley cannot start. parley.origins holds '" + origin
                                                                + "', but an origin is self, null, or scheme://host:port without a path.")))
                .collect(Collectors.toUnmodifiableSet());
        this.isRequired = isRequired;
    }

    /**
     * @param headers every Origin header of the request
     * @param self the origin that the request's own address has, such as {@code http://localhost:8080}
     */
    public boolean allow(List<String> headers, String self) {
        if (headers.isEmpty()) {
            return !isRequired;
        }
        return headers.size() == 1 && allow(headers.get(0), normal(self));
    }

    /** What can be said of an origin where the request's address is not known: whether some address would allow it. */
    public boolean mightAllow(String header) {
        if (header == null || header.isEmpty()) {
            return !isRequired;
        }
        return allow(header, normal(header));
    }

    private boolean allow(String header, Optional<String> self) {
        if (header.equals(NULL)) {
            return allowed.contains(NULL);
        }
        Optional<String> origin = normal(header);
        return origin.isPresent()
                && (allowed.contains(origin.get()) || (allowed.contains(SELF) && origin.equals(self)));
    }

    /** Lower case and with its port, if this is an origin (RFC 6454 section 6.2): a scheme, a host, perhaps a port. */
    static Optional<String> normal(String origin) {
        try {
            URI uri = new URI(origin);
            // Opaque ones, such as about:blank, have no path at all.
            boolean bare = "".equals(uri.getRawPath())
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            if (!bare || uri.getScheme() == null || uri.getHost() == null) {
                return Optional.empty();
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            int port = uri.getPort() != -1 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
            return Optional.of(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + ":" + port);
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
