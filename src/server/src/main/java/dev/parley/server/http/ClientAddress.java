package dev.parley.server.http;

/**
 * The address of the client and the address that it requested, as the client sees them. Headers of trusted proxies are
 * taken into account, others are not.
 *
 * @param address IP address of the client
 * @param scheme {@code http} or {@code https}
 * @param host requested host, with a port if the client named one, such as {@code localhost:8080}
 */
public record ClientAddress(String address, String scheme, String host) {
    /** The origin of a page that this server serves to this client. */
    public String origin() {
        return scheme + "://" + host;
    }

    boolean isSecure() {
        return scheme.equals("https");
    }
}
