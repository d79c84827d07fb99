package dev.parley.server.http;

import dev.parley.server.config.InvalidSettings;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The proxies in front of this server whose {@code X-Forwarded-*} headers are trusted. Anybody can write such headers,
 * so they count only from a peer on the list. Of each header only the rightmost value counts, which the nearest proxy
 * wrote; X-Forwarded-For is followed further left as long as the hops are trusted proxies.
 */
public final class TrustedProxies {
    /** Limit of the hops that are read, above any real chain of proxies. */
    private static final int HOPS_MAX = 32;

    /** An address as proxies write it, perhaps with a port: 192.0.2.1:4711, [2001:db8::1]:4711, 2001:db8::1. */
    private static final Pattern HOP =
            Pattern.compile("\\[([^\\[\\]]+)](?::\\d{1,5})?|([^:\\[\\]]+)(?::\\d{1,5})?|([^\\[\\]]+)");

    private final List<CidrRange> ranges;
    private final UntrustedProxyWarning warning;

    /** @param ranges addresses, or networks as ADDRESS/BITS */
    public TrustedProxies(List<String> ranges) {
        this(ranges, new UntrustedProxyWarning());
    }

    /** @param warning told of peers that send the headers and are not trusted */
    public TrustedProxies(List<String> ranges, UntrustedProxyWarning warning) {
        this.warning = warning;
        this.ranges = ranges.stream()
                .map(range -> CidrRange.parse(range)
                        .filter(narrow -> narrow.bits() > 0)
                        .orElseThrow(() -> new InvalidSettings(List.of("parley.forwarded.trusted holds '" + range
                                + "', but a proxy is an IP address such as 10.0.0.7 or fd00::7, or a network such"
                                + " as 10.0.0.0/8; one of /0 is everybody."))))
                .toList();
    }

    /**
     * @param direct the peer and the address that it requested, from the connection and the {@code Host} header
     * @param headers the values of all headers of a name
     */
    ClientAddress resolve(ClientAddress direct, Function<String, List<String>> headers) {
        if (!isTrusted(direct.address())) {
            if (!headers.apply("X-Forwarded-For").isEmpty()) {
                warning.forwarded(direct.address());
            }
            return direct;
        }
        return new ClientAddress(
                client(direct.address(), words(headers.apply("X-Forwarded-For"))),
                last(words(headers.apply("X-Forwarded-Proto")))
                        .filter(scheme -> scheme.equals("http") || scheme.equals("https"))
                        .orElse(direct.scheme()),
                last(words(headers.apply("X-Forwarded-Host")))
                        .filter(TrustedProxies::isHost)
                        .orElse(direct.host()));
    }

    /**
     * The client's address, read from the right: each proxy appends the peer that it saw. Entries to the left of the
     * first untrusted hop were written by that hop and are not trusted.
     */
    private String client(String peer, List<String> hops) {
        String known = peer;
        for (int i = hops.size() - 1; i >= 0 && i >= hops.size() - HOPS_MAX; i--) {
            Optional<InetAddress> hop = address(hops.get(i));
            if (hop.isEmpty()) {
                return known;
            }
            known = hop.get().getHostAddress();
            if (!isTrusted(hop.get())) {
                return known;
            }
        }
        return known;
    }

    private boolean isTrusted(String peer) {
        // A link-local address contains the network interface: fe80::1%eth0.
        return !ranges.isEmpty()
                && CidrRange.address(peer.split("%", 2)[0])
                        .filter(this::isTrusted)
                        .isPresent();
    }

    private boolean isTrusted(InetAddress address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static Optional<InetAddress> address(String hop) {
        Matcher matcher = HOP.matcher(hop);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        for (int group = 1; group <= matcher.groupCount(); group++) {
            if (matcher.group(group) != null) {
                return CidrRange.address(matcher.group(group));
            }
        }
        return Optional.empty();
    }

    private static boolean isHost(String text) {
        return WebOrigin.normalize("http://" + text).isPresent();
    }

    private static List<String> words(List<String> values) {
        // An empty entry is kept: it is an invalid hop, not a missing one.
        return values.isEmpty()
                ? List.of()
                : List.of(String.join(",", values).split(",", -1)).stream()
                        .map(String::strip)
                        .toList();
    }

    private static Optional<String> last(List<String> words) {
        return words.isEmpty() ? Optional.empty() : Optional.of(words.get(words.size() - 1));
    }
}
