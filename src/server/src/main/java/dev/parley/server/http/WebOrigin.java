package dev.parley.server.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The origin of a web page (RFC 6454): scheme, host and port. */
public final class WebOrigin {
    /**
     * A host name with an underscore. RFC 952 forbids it, and {@link URI} does not recognise it, but containers and
     * intranets use such names.
     */
    private static final Pattern UNDERSCORED =
            Pattern.compile("((?=[^:]*_)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}))(:\\d{1,5})?");

    private WebOrigin() {}

    /**
     * The origin in lower case and with its port; empty if the text is no origin (RFC 6454 section 6.2): a scheme, a
     * host and perhaps a port.
     */
    public static Optional<String> normalize(String origin) {
        try {
            URI uri = new URI(origin);
            // Opaque URIs, such as about:blank, have no path at all.
            boolean bare = "".equals(uri.getRawPath())
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            if (!bare || uri.getScheme() == null || uri.getRawAuthority() == null) {
                return Optional.empty();
            }
            String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
            String defaultPort = scheme.equals("https") ? ":443" : ":80";
            if (uri.getHost() != null) {
                String port = uri.getPort() != -1 ? ":" + uri.getPort() : defaultPort;
                return Optional.of(scheme + "://" + uri.getHost().toLowerCase(Locale.ROOT) + port);
            }
            Matcher named = UNDERSCORED.matcher(uri.getRawAuthority());
            return named.matches()
                    ? Optional.of(scheme + "://" + named.group(1).toLowerCase(Locale.ROOT)
                            + Optional.ofNullable(named.group(2)).orElse(defaultPort))
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
