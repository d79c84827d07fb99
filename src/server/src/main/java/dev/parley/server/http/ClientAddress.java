package dev.parley.server.http;

/**
 * Who called and by what address, as the client saw it: with the words of trusted proxies in between, without those of
 * strangers.
 *
 * @param address the client's, of IP
 * @param scheme {@code http} or {@code https}
 * @param host with its port where the client named one, such as {@code localhost:8080}
 */
public record ClientAddress(String address, String scheme, String host) {
    /** Of a page that this server serves to this caller. */
    public String origin() {
        return scheme + "://" + host;
    }

    public boolean isSecure() {
        return scheme.equals("https");
    }
}
