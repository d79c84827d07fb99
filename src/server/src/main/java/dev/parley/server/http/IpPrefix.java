package dev.parley.server.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** What counts as one address where something is counted by address. */
public final class IpPrefix {
    private static final int NETWORK_BYTES = 8;

    private IpPrefix() {}

    /**
     * An address of IPv4 as it is; of IPv6 its network of 64 bits, because one subscriber has that many addresses (RFC
     * 6177). What is no address stays what it is.
     */
    public static String of(String address) {
        if (address.indexOf(':') < 0) {
            return address;
        }
        try {
            // In brackets it is an address or an error, never a name to look up; after % comes a network interface.
            InetAddress parsed = InetAddress.getByName("[" + address.split("%", 2)[0] + "]");
            // One that stands for IPv4 (::ffff:192.0.2.1) is parsed as that.
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
