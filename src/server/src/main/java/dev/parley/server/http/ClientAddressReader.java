package dev.parley.server.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Optional;

/** Reads the {@link ClientAddress} of a request. */
public final class ClientAddressReader {
    private ClientAddressReader() {}

    public static ClientAddress read(HttpServletRequest http, TrustedProxies proxies) {
        String host = Optional.ofNullable(http.getHeader("Host")).orElse(http.getServerName());
        return proxies.resolve(
                new ClientAddress(http.getRemoteAddr(), http.getScheme(), host),
                name -> Collections.list(http.getHeaders(name)));
    }
}
