package dev.parley.server.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** The key by which clients are counted per address. */
public final class IpPrefix {
    private static final int NETWORK_BYTES = 8;

    private IpPrefix() {}

    /**
     * An IPv4 address as it is, or the /64 network of an IPv6 address, because one subscriber has at least that many
     * addresses (RFC 6177). Any other text is returned unchanged.
     */
    public static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            // In brackets the text is an address or an error, never a name to look up; a network interface follows %.
            InetAddress parsed = InetAddress.getByName("[" + address.split("%", 2)[0] + "]");
            // An IPv4-mapped address (::ffff:192.0.2.1) is parsed as IPv4.
            return parsed instanceof Inet6Address ? network(parsed.getAddress()) : parsed.getHostAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }

    private static String network(byte[] address) throws UnknownHostException {
        byte[] network = Arrays.copyOf(Arrays.copyOf(address, NETWORK_BYTES), address.length);
        return InetAddress.getByAddress(network).getHostAddress() + "/64";
    }
}
