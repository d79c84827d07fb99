package dev.parley.server.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of IP addresses, such as {@code 10.0.0.0/8} or {@code fd00::/8}; a single address is a range of full width.
 * Never queries a name server: only numeric addresses are accepted.
 *
 * @param bits length of the prefix that an address has in common with the network
 */
record CidrRange(InetAddress network, int bits) {
    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    /** Parses {@code ADDRESS} or {@code ADDRESS/BITS}; empty if the text is neither. */
    static Optional<CidrRange> parse(String text) {
        String[] parts = text.split("/", 2);
        return address(parts[0]).flatMap(network -> {
            int width = network.getAddress().length * Byte.SIZE;
            if (parts.length == 1) {
                return Optional.of(new CidrRange(network, width));
            }
            return parts[1].matches("\\d{1,3}") && Integer.parseInt(parts[1]) <= width
                    ? Optional.of(new CidrRange(network, Integer.parseInt(parts[1])))
                    : Optional.empty();
        });
    }

    /** Parses an address. An IPv4-mapped IPv6 address ({@code ::ffff:192.0.2.1}) becomes the IPv4 address. */
    static Optional<InetAddress> address(String text) {
        Matcher ipv4 = IPV4.matcher(text);
        boolean isIpv4 = ipv4.matches();
        if (isIpv4) {
            for (int group = 1; group <= ipv4.groupCount(); group++) {
                if (Integer.parseInt(ipv4.group(group)) > 255) {
                    return Optional.empty();
                }
            }
        }
        if (!isIpv4 && !(text.contains(":") && IPV6.matcher(text).matches())) {
            return Optional.empty();
        }
        try {
            // In brackets the text is an IPv6 address or an error, never a name to look up.
            return Optional.of(InetAddress.getByName(isIpv4 ? text : "[" + text + "]"));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] others = address.getAddress();
        if (mine.length != others.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if (((mine[bit / Byte.SIZE] ^ others[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
